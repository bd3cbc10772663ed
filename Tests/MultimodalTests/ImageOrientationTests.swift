import Foundation
import Multimodal
import Safetensors
import Testing
import Trajectories

/// Pictures that lie on their side (Fixtures/orientation/make_orientation.py).
@Suite("Images turned upright against Pillow")
struct ImageOrientationTests {
    @Test("every EXIF orientation, also ones that don't exist, gives Pillow's picture", arguments: 0..<10)
    func orientations(orientation: Int) throws {
        let expected = try Fixture.safetensors("orientation/orientation.safetensors")
        for (suffix, tolerance) in [("png", 0), ("jpg", 2)] {
            let name = "orientation\(orientation).\(suffix)"
            let tensor = try expected.tensor(named: name)
            let image = try RGBImage(contentsOf: Fixture.url("orientation/\(name)"))
            #expect([image.height, image.width, 3] == tensor.shape)
            let theirs = expected.withBytes(of: tensor) { Array($0) }
            try #require(theirs.count == image.pixels.count)
            #expect(zip(image.pixels, theirs).allSatisfy { abs(Int($0) - Int($1)) <= tolerance }, "\(name)")
        }
    }

    @Test("a damaged EXIF block is none: the picture decodes as it stands, or is refused, and never crashes")
    func damagedBlocks() throws {
        let upright = try RGBImage(contentsOf: Fixture.url("orientation/orientation1.jpg"))
        let bytes = try Fixture.bytes("orientation/orientation6.jpg")
        let start = try #require(bytes.firstIndex(of: 0xE1)) + 1
        for index in start..<start + 50 {
            for value: UInt8 in [0, 1, 0x7F, 0xFF] {
                var damaged = bytes
                damaged[index] = value
                guard let image = try? RGBImage(decoding: damaged) else { continue }
                #expect(image.pixels.count == upright.pixels.count)
            }
        }
        // The first directory at the end of the address space, and one with more tags than bytes.
        for patch: [UInt8] in [[0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 9]] {
            var damaged = bytes
            damaged.replaceSubrange(start + 12..<start + 16, with: patch)
            #expect(try RGBImage(decoding: damaged).width == upright.width)
        }
    }
}
