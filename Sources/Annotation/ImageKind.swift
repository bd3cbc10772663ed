/// The kind of an image file by its first bytes.
package enum ImageKind {
    case png, jpeg, other

    package init(_ bytes: [UInt8]) {
        self =
            bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
            ? .png : bytes.starts(with: [0xFF, 0xD8, 0xFF]) ? .jpeg : .other
    }

    var fileExtension: String {
        switch self {
        case .png: "png"
        case .jpeg: "jpg"
        case .other: "image"
        }
    }

    /// What a data URL calls it; nil for kinds that a page should not be given.
    package var mediaType: String? {
        switch self {
        case .png: "image/png"
        case .jpeg: "image/jpeg"
        case .other: nil
        }
    }
}
