import Safetensors

/// A GGUF file, memory-mapped: its header is checked in full when it opens, arrays and tensors are read on demand.
///
/// - Isolation: immutable; any thread may read.
package struct GGUFFile: Sendable {
    package let path: String
    package let header: GGUFHeader
    private let file: MappedFile
    private let places: [String: Int]

    /// Opens the file at `path`.
    /// - Throws: ``GGUFError`` with code `unreadable`, `truncated`, `invalidHeader`, `invalidTensor` or `unsupported`.
    package init(path: String) throws(GGUFError) {
        let file: MappedFile
        do {
            file = try MappedFile(path: path)
        } catch {
            throw GGUFError(.unreadable, path: path, error.message)
        }
        let header = try GGUFHeader(file: file.bytes, path: path)
        self.path = path
        self.header = header
        self.file = file
        places = Dictionary(uniqueKeysWithValues: header.tensors.enumerated().map { ($1.name, $0) })
    }

    /// Whether a model location names a GGUF file rather than a folder.
    package static func isNamed(by path: String) -> Bool { path.lowercased().hasSuffix(".gguf") }

    /// The tensor called `name`, or nil.
    package func tensor(named name: String) -> GGUFTensor? { places[name].map { header.tensors[$0] } }

    /// Gives back the memory that reading a tensor took, as far as this process is concerned: for loaders that read each tensor once.
    package func releasePages(of tensor: GGUFTensor) { file.releasePages(tensor.byteRange) }

    // MARK: - Metadata

    /// The whole number called `key`; nil if there is no such entry.
    /// - Throws: ``GGUFError`` (`invalidMetadata`) if it is something else.
    package func integer(_ key: String) throws(GGUFError) -> Int? {
        guard let value = header.metadata[key] else { return nil }
        guard case .integer(let number) = value else { throw unexpected(key, value, "a whole number") }
        return number
    }

    /// The number called `key`, whole or real; nil if there is no such entry.
    /// - Throws: ``GGUFError`` (`invalidMetadata`) if it is something else.
    package func real(_ key: String) throws(GGUFError) -> Double? {
        switch header.metadata[key] {
        case nil: return nil
        case .real(let number): return number
        case .integer(let number): return Double(number)
        case .some(let value): throw unexpected(key, value, "a number")
        }
    }

    /// The truth value called `key`; nil if there is no such entry.
    /// - Throws: ``GGUFError`` (`invalidMetadata`) if it is something else.
    package func bool(_ key: String) throws(GGUFError) -> Bool? {
        guard let value = header.metadata[key] else { return nil }
        guard case .bool(let bool) = value else { throw unexpected(key, value, "a truth value") }
        return bool
    }

    /// The string called `key`; nil if there is no such entry.
    /// - Throws: ``GGUFError`` (`invalidMetadata`) if it is something else.
    package func string(_ key: String) throws(GGUFError) -> String? {
        guard let value = header.metadata[key] else { return nil }
        guard case .string(let string) = value else { throw unexpected(key, value, "a string") }
        return string
    }

    /// The array of strings called `key`; nil if there is no such entry.
    /// - Throws: ``GGUFError`` (`invalidMetadata`) if it is something else or holds what isn't UTF-8.
    package func strings(_ key: String) throws(GGUFError) -> [String]? {
        guard let value = header.metadata[key] else { return nil }
        guard case .array(let array) = value, array.elementType == .string else { throw unexpected(key, value, "an array of strings") }
        return try withExtendedLifetime(file) { () throws(GGUFError) -> [String] in
            var strings: [String] = []
            strings.reserveCapacity(array.count)
            var position = array.byteRange.lowerBound
            for index in 0..<array.count {
                // The header has stepped over these lengths: they are inside the file.
                let length = Int(UInt64(littleEndian: file.bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
                let range = (position + 8)..<(position + 8 + length)
                guard let string = String(validating: file.bytes[range], as: UTF8.self) else {
                    throw GGUFError(.invalidMetadata, path: path, "\(key)[\(index)] is not UTF-8")
                }
                strings.append(string)
                position = range.upperBound
            }
            return strings
        }
    }

    /// The array of 32-bit whole numbers called `key`; nil if there is no such entry.
    /// - Throws: ``GGUFError`` (`invalidMetadata`) if it is something else.
    package func integers(_ key: String) throws(GGUFError) -> [Int]? {
        guard let value = header.metadata[key] else { return nil }
        guard case .array(let array) = value, [.int32, .uint32].contains(array.elementType) else {
            throw unexpected(key, value, "an array of whole numbers of 32 bits")
        }
        return withExtendedLifetime(file) {
            (0..<array.count).map { index in
                let bits = UInt32(
                    littleEndian: file.bytes.loadUnaligned(fromByteOffset: array.byteRange.lowerBound + 4 * index, as: UInt32.self))
                return array.elementType == .int32 ? Int(Int32(bitPattern: bits)) : Int(bits)
            }
        }
    }

    private func unexpected(_ key: String, _ value: GGUFValue, _ wanted: String) -> GGUFError {
        GGUFError(.invalidMetadata, path: path, "\"\(key)\" must be \(wanted), but is \(value.kind)")
    }

    // MARK: - Tensors

    /// Reads elements `range` of a tensor, counted in row-major order, into `destination` as `Float`s.
    ///
    /// - Parameters:
    ///   - tensor: One of this file's.
    ///   - range: Any elements; blocks that lie partly outside are decoded aside.
    ///   - destination: As many `Float`s as the range has elements.
    /// - Throws: ``GGUFError``: `invalidTensor` if the range doesn't fit tensor or destination; `nonFinite` if a value is infinite or NaN.
    package func readFloats(of tensor: GGUFTensor, _ range: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>)
        throws(GGUFError)
    {
        guard range.lowerBound >= 0, range.upperBound <= tensor.elementCount, destination.count == range.count else {
            throw GGUFError(
                .invalidTensor, path: path,
                "tensor \"\(tensor.name)\" has \(tensor.elementCount) elements: can't read \(range) into \(destination.count) places")
        }
        guard let target = destination.baseAddress, let base = file.bytes.baseAddress, !range.isEmpty else { return }
        let (type, size) = (tensor.type, tensor.type.blockSize)
        withExtendedLifetime(file) {
            let source = base + tensor.byteRange.lowerBound
            var position = range.lowerBound
            while position < range.upperBound {
                let (block, skipped) = position.quotientAndRemainder(dividingBy: size)
                let wholeCount = skipped == 0 ? (range.upperBound - position) / size : 0
                let place = target + (position - range.lowerBound)
                if wholeCount > 0 {
                    type.dequantize(source + block * type.blockByteCount, blockCount: wholeCount, into: place)
                    position += wholeCount * size
                } else {
                    let count = min(size - skipped, range.upperBound - position)
                    withUnsafeTemporaryAllocation(of: Float.self, capacity: size) { aside in
                        guard let start = aside.baseAddress else { return }
                        type.dequantize(source + block * type.blockByteCount, blockCount: 1, into: start)
                        place.update(from: start + skipped, count: count)
                    }
                    position += count
                }
            }
        }
        if let place = destination.firstIndex(where: { !$0.isFinite }) {
            throw GGUFError(
                .nonFinite, path: path, "tensor \"\(tensor.name)\", element \(range.lowerBound + place): \(destination[place])")
        }
    }
}
