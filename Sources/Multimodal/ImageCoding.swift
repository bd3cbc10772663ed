import CImageCodecs
package import Foundation
package import Trajectories

extension RGBImage {
    /// As many pixels as an image may have unless the caller says otherwise: 2^26, 192 MiB decoded.
    package static let defaultPixelLimit = 1 << 26

    /// The longest file that is read: 256 MiB.
    private static let fileByteLimit = 1 << 28

    /// Decodes a PNG or JPEG file held in memory.
    ///
    /// Grey is repeated in the three channels, palettes are looked up, alpha is dropped (not blended), CMYK is converted: what Pillow's
    /// `convert("RGB")` does. 16-bit samples keep their high byte (Pillow clips 16-bit grey instead, which turns it white).
    /// A picture whose EXIF block says that it lies on its side or its head is turned upright.
    ///
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - name: what errors call the image.
    ///   - pixelLimit: the header's width x height may not exceed it; checked before anything is decoded.
    /// - Throws: ``ImageError`` if the bytes are no image, too large, truncated or damaged.
    package init(decoding bytes: [UInt8], name: String = "the image", pixelLimit: Int = RGBImage.defaultPixelLimit) throws(ImageError) {
        let header = try ImageHeader(decoding: bytes, name: name, pixelLimit: pixelLimit)
        let (format, pixelCount) = (header.format, header.width * header.height)
        var message = [CChar](repeating: 0, count: Int(IMAGE_CODECS_MESSAGE_CAPACITY))
        var status: Int32 = 0
        let pixels = [UInt8](unsafeUninitializedCapacity: pixelCount * 3) { buffer, count in
            status =
                switch format {
                case .png: image_codecs_png_decode(bytes, bytes.count, buffer.baseAddress, pixelCount * 3, &message)
                case .jpeg: image_codecs_jpeg_decode(bytes, bytes.count, buffer.baseAddress, pixelCount * 3, &message)
                }
            count = status == 0 ? pixelCount * 3 : 0
        }
        guard status == 0 else { throw .corrupt(name, format, message) }
        let image = RGBImage(width: header.width, height: header.height, pixels: pixels)
        self = ImageOrientation(of: bytes, format: format).applied(to: image)
    }

    /// Decodes the PNG or JPEG file at `url`; errors name its path.
    ///
    /// - Throws: ``ImageError`` as ``init(decoding:name:pixelLimit:)``, or if the file can't be read or is longer than 256 MiB.
    package init(contentsOf url: URL, pixelLimit: Int = RGBImage.defaultPixelLimit) throws(ImageError) {
        let bytes: [UInt8]
        do {
            bytes = try readFile(at: url, byteLimit: Self.fileByteLimit)
        } catch {
            throw ImageError(.unreadable, error.message)
        }
        try self.init(decoding: bytes, name: url.path, pixelLimit: pixelLimit)
    }

    /// The image as a PNG file: 8-bit RGB, the same bytes each time for one version of libpng and zlib.
    ///
    /// - Throws: ``ImageError`` if the image is empty or memory runs out.
    package func pngEncoded() throws(ImageError) -> [UInt8] {
        guard width > 0, height > 0 else {
            throw ImageError(.encodingFailed, "an image of \(width) x \(height) pixels can't be written as PNG")
        }
        var message = [CChar](repeating: 0, count: Int(IMAGE_CODECS_MESSAGE_CAPACITY))
        var encoded: UnsafeMutablePointer<UInt8>?
        var count = 0
        guard image_codecs_png_encode(pixels, UInt32(width), UInt32(height), &encoded, &count, &message) == 0, let encoded else {
            throw ImageError(.encodingFailed, "the image can't be written as PNG: \(text(message))")
        }
        defer { image_codecs_free(encoded) }
        return [UInt8](UnsafeBufferPointer(start: encoded, count: count))
    }
}

extension ImageError {
    static func corrupt(_ name: String, _ format: ImageFormat, _ message: [CChar]) -> ImageError {
        ImageError(.corrupt, "\(name) can't be decoded as \(format.rawValue): \(text(message))")
    }
}

/// The C string in `message`.
private func text(_ message: [CChar]) -> String {
    String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
