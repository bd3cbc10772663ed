import ArgumentParser

/// A number of bytes as people write it: `5GB` (powers of 1000), `512MiB` (powers of 1024), or plain bytes.
struct ByteSize: ExpressibleByArgument, Hashable {
    let byteCount: Int

    /// - Returns: nil for anything that is not a positive size below 2^62 bytes.
    init?(argument: String) {
        let text = argument.lowercased()
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(digits), let unit = Self.units[String(text.dropFirst(digits.count))] else { return nil }
        let bytes = (number * unit).rounded()
        guard bytes >= 1, bytes < 0x1p62 else { return nil }
        byteCount = Int(bytes)
    }

    private static let units: [String: Double] = [
        "": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 0x1p10, "mib": 0x1p20, "gib": 0x1p30, "tib": 0x1p40,
    ]
}
