import Trajectories

/// How a picture must be turned to be seen upright: the EXIF tag 0x0112 that cameras write.
///
/// The raw value is the tag's: where the file's first row and first column are when the picture is upright.
/// Source: CIPA DC-008 (Exif 2.3), table 6. Pillow's `exif_transpose`, which transformers applies to each image, does the same.
enum ImageOrientation: Int {
    case upright = 1
    case mirrored
    case halfTurned
    case flipped
    case transposed
    /// To be turned by 90 degrees clockwise.
    case quarterTurned
    case transversed
    /// To be turned by 90 degrees counterclockwise.
    case threeQuarterTurned

    /// The orientation that a PNG or JPEG file names; upright if it names none, or none that exists.
    ///
    /// Everything is read within bounds: a damaged EXIF block is none.
    init(of file: [UInt8], format: ImageFormat) {
        let block =
            switch format {
            case .jpeg: Self.exifOfJPEG(file)
            case .png: Self.exifOfPNG(file)
            }
        self = block.flatMap { Self.tag(in: $0) }.flatMap { Self(rawValue: $0) } ?? .upright
    }

    /// `image` turned upright.
    func applied(to image: RGBImage) -> RGBImage {
        guard self != .upright else { return image }
        let (width, height) = (image.width, image.height)
        let isOnItsSide = rawValue >= Self.transposed.rawValue
        let (newWidth, newHeight) = isOnItsSide ? (height, width) : (width, height)
        let pixels = [UInt8](unsafeUninitializedCapacity: image.pixels.count) { target, count in
            var next = 0
            for y in 0..<newHeight {
                for x in 0..<newWidth {
                    let source = place(x, y, width: width, height: height) * 3
                    for channel in 0..<3 { target[next + channel] = image.pixels[source + channel] }
                    next += 3
                }
            }
            count = next
        }
        return RGBImage(width: newWidth, height: newHeight, pixels: pixels)
    }

    /// Where in the file's picture the upright picture's pixel (x, y) is.
    private func place(_ x: Int, _ y: Int, width: Int, height: Int) -> Int {
        switch self {
        case .upright: y * width + x
        case .mirrored: y * width + width - 1 - x
        case .halfTurned: (height - 1 - y) * width + width - 1 - x
        case .flipped: (height - 1 - y) * width + x
        case .transposed: x * width + y
        case .quarterTurned: (height - 1 - x) * width + y
        case .transversed: (height - 1 - x) * width + width - 1 - y
        case .threeQuarterTurned: x * width + width - 1 - y
        }
    }

    /// The content of the APP1 segment that begins with "Exif", of those before the pixels.
    private static func exifOfJPEG(_ file: [UInt8]) -> ArraySlice<UInt8>? {
        let signature = Array("Exif\0\0".utf8)
        var position = 2
        while position + 4 <= file.count, file[position] == 0xFF {
            let marker = file[position + 1]
            // Fill bytes.
            if marker == 0xFF {
                position += 1
                continue
            }
            let length = Int(file[position + 2]) << 8 | Int(file[position + 3])
            let end = position + 2 + length
            // The scan begins, or the file is damaged: then decoding says so.
            guard marker != 0xDA, length >= 2, end <= file.count else { return nil }
            let content = file[position + 4..<end]
            if marker == 0xE1, content.starts(with: signature) { return content.dropFirst(signature.count) }
            position = end
        }
        return nil
    }

    /// The content of the chunk `eXIf`.
    private static func exifOfPNG(_ file: [UInt8]) -> ArraySlice<UInt8>? {
        var position = 8
        while position + 12 <= file.count {
            let length = file[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length <= file.count - position - 12 else { return nil }
            if file[position + 4..<position + 8].elementsEqual("eXIf".utf8) { return file[position + 8..<position + 8 + length] }
            position += 12 + length
        }
        return nil
    }

    /// The value of the orientation tag in the first directory of a TIFF block.
    private static func tag(in block: ArraySlice<UInt8>) -> Int? {
        let bytes = Array(block)
        guard bytes.count >= 8 else { return nil }
        let isLittle = bytes.starts(with: "II".utf8)
        guard isLittle || bytes.starts(with: "MM".utf8) else { return nil }
        func number(at start: Int, _ count: Int) -> Int? {
            guard start >= 0, start + count <= bytes.count else { return nil }
            let digits = bytes[start..<start + count]
            return (isLittle ? Array(digits.reversed()) : Array(digits)).reduce(0) { $0 << 8 | Int($1) }
        }
        guard number(at: 2, 2) == 42, let directory = number(at: 4, 4), let count = number(at: directory, 2) else { return nil }
        for index in 0..<count {
            let entry = directory + 2 + index * 12
            guard let name = number(at: entry, 2) else { return nil }
            // One number of the type SHORT, or as some write it LONG.
            guard name == 0x0112, let type = number(at: entry + 2, 2), type == 3 || type == 4 else { continue }
            return number(at: entry + 8, type == 3 ? 2 : 4)
        }
        return nil
    }
}
