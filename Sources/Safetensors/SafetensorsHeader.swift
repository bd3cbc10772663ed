import JSON

/// One tensor of a safetensors file.
///
/// - Invariant: `byteRange.count == elementCount * dataType.byteCount`, and it lies inside the file.
package struct TensorInfo: Hashable, Sendable {
    package let name: String
    package let dataType: TensorDataType
    /// Row-major extents, outermost first; empty for a scalar.
    package let shape: [Int]
    /// The bytes of the tensor, counted from the start of the *file*.
    package let byteRange: Range<Int>

    /// Product of `shape`.
    package var elementCount: Int { byteRange.count / dataType.byteCount }
}

/// The table of contents of a safetensors file: 8 bytes of little-endian length, then that many bytes of JSON, then the data.
///
/// Every rule of the format is checked before anything is used: known types, shapes whose product doesn't overflow, byte ranges that
/// have the size of their shape, lie inside the file, don't overlap and leave no holes.
///
/// - SeeAlso: github.com/huggingface/safetensors, "Format".
package struct SafetensorsHeader: Hashable, Sendable {
    /// The tensors in order of their names.
    package let tensors: [TensorInfo]
    /// `__metadata__`, empty if the file has none.
    package let metadata: [String: String]
    /// Where the data begins, counted from the start of the file.
    package let dataStart: Int

    /// The longest header that is accepted, in bytes: the bound of the reference implementation.
    package static let maximumByteCount = 100_000_000

    /// The header of the file whose bytes are `file`; `path` is for messages.
    /// - Throws: ``SafetensorsError`` with code `truncated`, `invalidHeader` or `invalidTensor`.
    package init(file: UnsafeRawBufferPointer, path: String) throws(SafetensorsError) {
        guard file.count >= 8 else {
            throw SafetensorsError(.truncated, path: path, "\(file.count) bytes are too few for a safetensors header")
        }
        let declared = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
        guard declared <= UInt64(Self.maximumByteCount) else {
            throw SafetensorsError(
                .invalidHeader, path: path,
                "header length \(declared) exceeds the bound of \(Self.maximumByteCount) bytes: not a safetensors file?")
        }
        let length = Int(declared)
        guard length <= file.count - 8 else {
            throw SafetensorsError(.truncated, path: path, "header of \(length) bytes, but only \(file.count - 8) bytes follow its length")
        }
        let text = UnsafeRawBufferPointer(rebasing: file[8..<(8 + length)])
        guard text.first == UInt8(ascii: "{") else {
            throw SafetensorsError(.invalidHeader, path: path, "the header does not start with '{'")
        }
        let root: JSONValue
        do {
            root = try JSONValue(parsing: Array(text), name: path, rules: .strict)
        } catch {
            throw SafetensorsError(.invalidHeader, path: path, "header, byte \(error.offset): \(error.reason)")
        }
        dataStart = 8 + length
        var tensors: [TensorInfo] = []
        var metadata: [String: String] = [:]
        for member in root.members ?? [] {
            if member.key == "__metadata__" {
                for pair in member.value.members ?? [] { metadata[pair.key] = pair.value.string }
                guard let pairs = member.value.members, pairs.count == metadata.count else {
                    throw SafetensorsError(.invalidHeader, path: path, "__metadata__ must map strings to strings")
                }
            } else {
                tensors.append(try Self.tensor(member, dataStart: dataStart, dataCount: file.count - dataStart, path: path))
            }
        }
        try Self.checkCover(tensors, dataStart: dataStart, end: file.count, path: path)
        self.tensors = tensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        self.metadata = metadata
    }

    private static func tensor(_ member: JSONValue.Member, dataStart: Int, dataCount: Int, path: String) throws(SafetensorsError)
        -> TensorInfo
    {
        func invalid(_ message: String) -> SafetensorsError {
            SafetensorsError(.invalidTensor, path: path, "tensor \"\(member.key)\": \(message)")
        }
        guard let fields = member.value.members, fields.count == 3 else {
            throw invalid("must have exactly dtype, shape and data_offsets")
        }
        guard let spelling = member.value["dtype"]?.string, let dataType = TensorDataType(rawValue: spelling) else {
            throw invalid("unknown dtype \(member.value["dtype"]?.string ?? "(none)")")
        }
        guard let extents = member.value["shape"]?.elements else { throw invalid("shape must be a list of whole numbers") }
        var shape: [Int] = []
        var byteCount = dataType.byteCount
        for extent in extents {
            guard let size = extent.integer, size >= 0 else { throw invalid("shape must be a list of whole numbers") }
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
            guard !overflow else { throw invalid("its shape has more elements than can be addressed") }
            byteCount = product
            shape.append(size)
        }
        guard let offsets = member.value["data_offsets"]?.elements, offsets.count == 2,
            let begin = offsets[0].integer, let end = offsets[1].integer, begin >= 0, begin <= end
        else { throw invalid("data_offsets must be two ascending whole numbers") }
        guard end <= dataCount else {
            throw invalid("data_offsets [\(begin), \(end)] reach beyond the \(dataCount) bytes of data: the file is cut or corrupt")
        }
        guard end - begin == byteCount else {
            throw invalid("\(spelling) of shape \(shape) needs \(byteCount) bytes, data_offsets hold \(end - begin)")
        }
        return TensorInfo(name: member.key, dataType: dataType, shape: shape, byteRange: (dataStart + begin)..<(dataStart + end))
    }

    /// The tensors must tile the data: each byte belongs to exactly one.
    private static func checkCover(_ tensors: [TensorInfo], dataStart: Int, end: Int, path: String) throws(SafetensorsError) {
        var position = dataStart
        var previous = "the header"
        let byPlace = tensors.sorted {
            ($0.byteRange.lowerBound, $0.byteRange.upperBound) < ($1.byteRange.lowerBound, $1.byteRange.upperBound)
        }
        for tensor in byPlace {
            if tensor.byteRange.lowerBound < position {
                throw SafetensorsError(.invalidTensor, path: path, "tensors \"\(previous)\" and \"\(tensor.name)\" overlap")
            }
            if tensor.byteRange.lowerBound > position {
                throw SafetensorsError(
                    .invalidTensor, path: path,
                    "\(tensor.byteRange.lowerBound - position) bytes before tensor \"\(tensor.name)\" belong to none")
            }
            position = tensor.byteRange.upperBound
            previous = tensor.name
        }
        guard position == end else {
            throw SafetensorsError(.invalidTensor, path: path, "\(end - position) bytes at the end belong to no tensor")
        }
    }
}
