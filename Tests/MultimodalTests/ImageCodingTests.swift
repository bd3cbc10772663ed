import Foundation
import Multimodal
import Safetensors
import Testing
import Trajectories

@Suite("Image files")
struct ImageCodingTests {
    @Test(
        "a file that is neither PNG nor JPEG is called what it is, whatever its name says",
        arguments: [
            ("RIFF\u{10}\0\0\0WEBPVP8 ", "WebP"), ("GIF89a\u{1}", "GIF"), ("BM\u{10}\0", "BMP"), ("\0\0\0\u{1C}ftypheic", "HEIC"),
            ("\0\0\0\u{1C}ftypavif", "AVIF"), ("II*\0", "TIFF"), ("%PDF-1.7", "PDF"), ("<?xml?>\n<svg width=\"1\">", "SVG"),
            ("<!DOCTYPE html><html>404", "a web page"), ("version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
            ("", "is empty"), ("hello", "neither PNG nor JPEG"),
        ])
    func otherKinds(start: String, kind: String) {
        let error = #expect(throws: ImageError.self) { try RGBImage(decoding: Array(start.utf8), name: "a.png") }
        #expect(error?.code == .unknownFormat && error?.message.hasPrefix("a.png is ") == true)
        #expect(error?.message.contains(kind) == true, "\(error?.message ?? "")")
    }

    @Test("a header says the size that decoding gives, and refuses what decoding would refuse for its size")
    func header() throws {
        let image = RGBImage(width: 31, height: 17, pixels: [UInt8](repeating: 5, count: 31 * 17 * 3))
        let bytes = try image.pngEncoded()
        let header = try ImageHeader(decoding: Array(bytes.prefix(60)))
        #expect(header.width == 31 && header.height == 17)
        #expect(throws: ImageError.self) { try ImageHeader(decoding: bytes, pixelLimit: 31 * 17 - 1) }
        #expect(throws: ImageError.self) { try ImageHeader(decoding: Array(bytes.prefix(20))) }
    }

    static let exactFiles = [
        "rgb.png", "grey.png", "bilevel.png", "rgba.png", "greyalpha.png", "palette.png", "palette-transparent.png", "palette-4bit.png",
        "rgb16.png",
        "grey16.png", "interlaced.png",
    ]
    static let jpegFiles = ["baseline.jpg", "grey.jpg", "progressive.jpg", "cmyk.jpg"]

    /// The file as we decode it, and as Pillow's convert("RGB") does (16-bit grey: its high byte).
    private func compare(_ name: String) throws -> (ours: RGBImage, theirs: [UInt8]) {
        let expected = try Fixture.safetensors("images/expected.safetensors")
        let shape = try expected.tensor(named: name).shape
        let ours = try RGBImage(contentsOf: Fixture.url("images/\(name)"))
        #expect([ours.height, ours.width, 3] == shape)
        return (ours, try expected.withBytes(of: expected.tensor(named: name)) { Array($0) })
    }

    @Test("a PNG of each kind decodes to Pillow's pixels", arguments: exactFiles)
    func pngKinds(name: String) throws {
        let (ours, theirs) = try compare(name)
        #expect(ours.pixels == theirs)
    }

    @Test("a JPEG of each kind decodes to Pillow's pixels, up to the decoders' versions", arguments: jpegFiles)
    func jpegKinds(name: String) throws {
        let (ours, theirs) = try compare(name)
        let differences = zip(ours.pixels, theirs).map { abs(Int($0) - Int($1)) }
        #expect(differences.max() ?? 255 <= 2)
    }

    @Test("a PNG file that we write decodes to the same image", arguments: [(1, 1), (7, 3), (64, 40)])
    func pngRoundTrip(width: Int, height: Int) throws {
        let image = RGBImage(
            width: width, height: height, pixels: (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 &* 37 ^ $0 >> 3) })
        let file = try image.pngEncoded()
        #expect(try RGBImage(decoding: file) == image)
        #expect(try image.pngEncoded() == file)
    }

    @Test("a file cut anywhere is refused as corrupt or as no image, and never crashes", arguments: exactFiles + jpegFiles)
    func truncation(name: String) throws {
        let bytes = try Fixture.bytes("images/\(name)")
        for count in bytes.indices {
            let error = #expect(throws: ImageError.self) { try RGBImage(decoding: Array(bytes[..<count])) }
            #expect([.corrupt, .unknownFormat].contains(error?.code))
        }
    }

    @Test("a file with flipped bits decodes or is refused, and never crashes", arguments: exactFiles + jpegFiles)
    func corruption(name: String) throws {
        let bytes = try Fixture.bytes("images/\(name)")
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        for _ in 0..<400 {
            var damaged = bytes
            for _ in 0..<3 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                damaged[Int(state >> 33) % damaged.count] ^= UInt8(1 << (state >> 20 & 7))
            }
            do {
                let image = try RGBImage(decoding: damaged, pixelLimit: 1 << 16)
                #expect(image.pixels.count == image.width * image.height * 3)
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
    }

    @Test("an image larger than the limit is refused by its header alone")
    func pixelLimit() throws {
        let bytes = try Fixture.bytes("images/rgb.png")
        let error = #expect(throws: ImageError.self) { try RGBImage(decoding: bytes, name: "x.png", pixelLimit: 24 * 17 - 1) }
        #expect(error?.code == .tooLarge)
        #expect(error?.message.contains("24 x 17") == true)
        // 2^31 - 1 pixels square, and no pixel data at all: the header (with its checksum) is enough.
        let huge: [UInt8] = [
            0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF,
            0xFF, 8, 2, 0,
            0, 0, 0x9B, 0xAB, 0x9C, 0x31, 0, 0, 0, 0, 0x49, 0x44, 0x41, 0x54, 0x35, 0xAF, 0x06, 0x1E,
        ]
        let hugeError = #expect(throws: ImageError.self) { try RGBImage(decoding: huge) }
        #expect(hugeError?.code == .tooLarge)
    }

    @Test("a wrong checksum is an error in any chunk of a PNG file")
    func checksums() throws {
        let bytes = try Fixture.bytes("orientation/orientation6.png")
        var position = 8
        var names: [String] = []
        while position + 12 <= bytes.count {
            let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            names.append(String(decoding: bytes[position + 4..<position + 8], as: UTF8.self))
            var damaged = bytes
            damaged[position + 8 + length] ^= 1
            let error = #expect(throws: ImageError.self) { try RGBImage(decoding: damaged, name: "x.png") }
            #expect(error?.code == .corrupt)
            #expect(error?.message.hasPrefix("x.png can't be decoded as PNG: ") == true)
            position += 12 + length
        }
        #expect(names == ["IHDR", "eXIf", "IDAT", "IEND"])
    }

    @Test("a JPEG header of 65,500 x 65,500 pixels is refused before anything is decoded")
    func hugeJPEG() throws {
        var bytes = try Fixture.bytes("images/baseline.jpg")
        let frame = try #require(bytes.indices.dropLast(9).first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
        bytes.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
        let error = #expect(throws: ImageError.self) { try RGBImage(decoding: bytes) }
        #expect(error?.code == .tooLarge)
        #expect(error?.message.contains("65500 x 65500") == true)
    }

    @Test("what is neither PNG nor JPEG, or isn't there, is named")
    func unknownFiles() {
        #expect(throws: ImageError.self) { try RGBImage(decoding: []) }
        let gif = #expect(throws: ImageError.self) { try RGBImage(decoding: Array("GIF89a".utf8), name: "cat.gif") }
        #expect(gif?.code == .unknownFormat)
        #expect(gif?.message.contains("cat.gif") == true)
        let missing = #expect(throws: ImageError.self) { try RGBImage(contentsOf: Fixture.url("images/absent.png")) }
        #expect(missing?.code == .unreadable)
    }
}
