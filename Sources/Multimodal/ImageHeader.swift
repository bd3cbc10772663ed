import CImageCodecs
import Trajectories

/// What the header of a PNG or JPEG file says: nothing is decoded.
package struct ImageHeader: Sendable {
    /// Pixels as they are stored, before any orientation.
    package let width: Int
    package let height: Int
    let format: ImageFormat

    /// - Parameters:
    ///   - bytes: the file, or as much of its start as holds the header.
    ///   - name: what errors call the image.
    ///   - pixelLimit: `width * height` may not exceed it.
    /// - Throws: ``ImageError`` if the bytes are no image, too large by their header, or end in it.
    package init(
        decoding bytes: [UInt8], name: String = "the image", pixelLimit: Int = RGBImage.defaultPixelLimit
    ) throws(ImageError) {
        format = try ImageFormat(recognizing: bytes, name: name)
        var message = [CChar](repeating: 0, count: Int(IMAGE_CODECS_MESSAGE_CAPACITY))
        var (width, height) = (UInt32(0), UInt32(0))
        let status =
            switch format {
            case .png: image_codecs_png_size(bytes, bytes.count, &width, &height, &message)
            case .jpeg: image_codecs_jpeg_size(bytes, bytes.count, &width, &height, &message)
            }
        guard status == 0 else { throw .corrupt(name, format, message) }
        let (pixelCount, overflows) = Int(width).multipliedReportingOverflow(by: Int(height))
        guard pixelCount > 0 else { throw ImageError(.corrupt, "\(name) is empty: its header says \(width) x \(height) pixels") }
        guard !overflows, pixelCount <= pixelLimit else {
            throw ImageError(.tooLarge, "\(name) has \(width) x \(height) pixels, more than the limit of \(pixelLimit): make it smaller")
        }
        (self.width, self.height) = (Int(width), Int(height))
    }
}
