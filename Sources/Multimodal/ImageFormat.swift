/// The formats that are read, told by their first bytes: what a file is called says nothing.
enum ImageFormat: String {
    case png = "PNG"
    case jpeg = "JPEG"

    /// - Throws: ``ImageError`` (`unknownFormat`) that says what the file is instead, where that is known.
    init(recognizing bytes: [UInt8], name: String) throws(ImageError) {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.isEmpty {
            throw ImageError(.unknownFormat, "\(name) is empty: no bytes")
        } else if let other = Self.otherKind(of: bytes) {
            throw ImageError(.unknownFormat, "\(name) is \(other) by its first bytes, whatever its name says: convert it to PNG or JPEG")
        } else {
            throw ImageError(.unknownFormat, "\(name) is neither PNG nor JPEG (by its first bytes): convert it to one of them")
        }
    }

    /// What files are that people take for pictures.
    private static func otherKind(of bytes: [UInt8]) -> String? {
        func has(_ text: String, at place: Int = 0) -> Bool { bytes.dropFirst(place).starts(with: text.utf8) }
        if has("RIFF"), has("WEBP", at: 8) { return "WebP" }
        if has("GIF8") { return "GIF" }
        if has("BM") { return "BMP" }
        if bytes.starts(with: [0x49, 0x49, 0x2A, 0]) || bytes.starts(with: [0x4D, 0x4D, 0, 0x2A]) { return "TIFF" }
        if has("ftypavif", at: 4) || has("ftypavis", at: 4) { return "AVIF" }
        if has("ftyphei", at: 4) || has("ftypmif1", at: 4) { return "HEIC" }
        if has("JXL ", at: 4) || bytes.starts(with: [0xFF, 0x0A]) { return "JPEG XL" }
        if has("jP  ", at: 4) || bytes.starts(with: [0xFF, 0x4F, 0xFF, 0x51]) { return "JPEG 2000" }
        if has("%PDF-") { return "PDF" }
        if has("version https://git-lfs") { return "a Git LFS pointer (git lfs pull fetches the picture)" }
        let start = String(decoding: bytes.prefix(256), as: UTF8.self).lowercased()
        if start.contains("<svg") { return "SVG" }
        if start.contains("<html") || start.contains("<!doctype html") { return "a web page" }
        return nil
    }
}
