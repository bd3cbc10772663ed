/// The table of contents of a GGUF file: magic, version, metadata, and where each tensor stands.
///
/// Every rule of the format is checked before anything is used: counts that the file has room for, strings in UTF-8, types and extents
/// whose product doesn't overflow, offsets that are aligned, lie inside the file and don't overlap.
///
/// - SeeAlso: github.com/ggml-org/ggml, `docs/gguf.md`.
package struct GGUFHeader: Hashable, Sendable {
    package let metadata: [String: GGUFValue]
    /// The tensors in the file's order.
    package let tensors: [GGUFTensor]

    /// The most metadata entries and the most tensors that are accepted. Files have some dozens and some hundreds.
    package static let maximumEntryCount = 1 << 16

    /// The header of the file whose bytes are `file`; `path` is for messages.
    /// - Throws: ``GGUFError`` with code `truncated`, `invalidHeader`, `invalidTensor` or `unsupported`.
    package init(file: UnsafeRawBufferPointer, path: String) throws(GGUFError) {
        var cursor = GGUFCursor(file, path: path)
        guard try cursor.next(UInt32.self, "the magic number") == 0x4655_4747 else {
            throw GGUFError(.invalidHeader, path: path, "not a GGUF file: it doesn't begin with \"GGUF\"")
        }
        let version = try cursor.next(UInt32.self, "the version")
        guard version == 2 || version == 3 else {
            let isSwapped = version.byteSwapped == 2 || version.byteSwapped == 3
            throw GGUFError(
                .unsupported, path: path,
                isSwapped ? "a big-endian file; convert it to little-endian" : "GGUF version \(version) is not supported; use 2 or 3")
        }
        let tensorCount = try cursor.length(upTo: Self.maximumEntryCount, "the number of tensors")
        let entryCount = try cursor.length(upTo: Self.maximumEntryCount, "the number of metadata entries")
        var metadata: [String: GGUFValue] = [:]
        for index in 0..<entryCount {
            let key = try cursor.string(upTo: GGUFCursor.maximumNameByteCount, "the key of metadata entry \(index)")
            let number = try cursor.next(UInt32.self, "the type of \"\(key)\"")
            guard let type = GGUFValueType(rawValue: number) else {
                throw GGUFError(.invalidHeader, path: path, "\"\(key)\" has the unknown type \(number)")
            }
            let value = try cursor.value(of: type, "the value of \"\(key)\"")
            guard metadata.updateValue(value, forKey: key) == nil else {
                throw GGUFError(.invalidHeader, path: path, "\"\(key)\" occurs twice")
            }
        }
        self.metadata = metadata
        if case .integer(let partCount)? = metadata["split.count"], partCount > 1 {
            throw GGUFError(.unsupported, path: path, "one of \(partCount) parts of a model; merge them into one file (gguf-split --merge)")
        }
        let alignment = try Self.alignment(metadata, path: path)
        var places: [TensorPlace] = []
        for index in 0..<tensorCount { places.append(try TensorPlace(&cursor, index: index)) }
        // An offset counts from the first aligned byte behind the header.
        let dataStart = (cursor.position + alignment - 1) / alignment * alignment
        var tensors: [GGUFTensor] = []
        for place in places {
            tensors.append(try place.tensor(dataStart: dataStart, fileCount: file.count, alignment: alignment, path: path))
        }
        try Self.checkApart(tensors, path: path)
        self.tensors = tensors
    }

    private static func alignment(_ metadata: [String: GGUFValue], path: String) throws(GGUFError) -> Int {
        guard let value = metadata["general.alignment"] else { return 32 }
        guard case .integer(let alignment) = value, alignment >= 8, alignment <= 1 << 20, alignment.nonzeroBitCount == 1 else {
            throw GGUFError(.invalidHeader, path: path, "general.alignment must be a power of two from 8 to \(1 << 20)")
        }
        return alignment
    }

    /// No name twice, no byte in two tensors.
    private static func checkApart(_ tensors: [GGUFTensor], path: String) throws(GGUFError) {
        var names: Set<String> = []
        for tensor in tensors where !names.insert(tensor.name).inserted {
            throw GGUFError(.invalidTensor, path: path, "the tensor \"\(tensor.name)\" occurs twice")
        }
        let byPlace = tensors.sorted { $0.byteRange.lowerBound < $1.byteRange.lowerBound }
        for (before, after) in zip(byPlace, byPlace.dropFirst()) where after.byteRange.lowerBound < before.byteRange.upperBound {
            throw GGUFError(.invalidTensor, path: path, "the tensors \"\(before.name)\" and \"\(after.name)\" overlap")
        }
    }
}

/// What the header says of a tensor, before it is compared with the file.
private struct TensorPlace {
    let name: String
    /// The file's order: innermost extent first.
    let extents: [UInt64]
    let typeNumber: UInt32
    let offset: UInt64

    init(_ cursor: inout GGUFCursor, index: Int) throws(GGUFError) {
        name = try cursor.string(upTo: GGUFCursor.maximumNameByteCount, "the name of tensor \(index)")
        let what = "the description of tensor \"\(name)\""
        let extentCount = try cursor.next(UInt32.self, what)
        guard extentCount <= 4 else {
            throw GGUFError(.invalidTensor, path: cursor.path, "tensor \"\(name)\" has \(extentCount) extents; 4 is the most")
        }
        var extents: [UInt64] = []
        for _ in 0..<extentCount { extents.append(try cursor.next(UInt64.self, what)) }
        self.extents = extents
        typeNumber = try cursor.next(UInt32.self, what)
        offset = try cursor.next(UInt64.self, what)
    }

    func tensor(dataStart: Int, fileCount: Int, alignment: Int, path: String) throws(GGUFError) -> GGUFTensor {
        func invalid(_ message: String) -> GGUFError { GGUFError(.invalidTensor, path: path, "tensor \"\(name)\": \(message)") }
        guard let type = GGUFTensorType(rawValue: typeNumber) else {
            throw GGUFError(
                .unsupported, path: path,
                "tensor \"\(name)\" is \(GGUFTensorType.name(ofNumber: typeNumber)); "
                    + "supported are \(GGUFTensorType.allCases.map(\.name).joined(separator: ", "))")
        }
        var shape: [Int] = []
        var elementCount = 1
        for extent in extents.reversed() {
            guard let size = Int(exactly: extent), size > 0 else { throw invalid("an extent of \(extent)") }
            let (product, overflow) = elementCount.multipliedReportingOverflow(by: size)
            guard !overflow else { throw invalid("its shape has more elements than can be addressed") }
            elementCount = product
            shape.append(size)
        }
        guard (shape.last ?? 1) % type.blockSize == 0 else {
            throw invalid("\(type.name) needs rows of a multiple of \(type.blockSize) elements, not \(shape.last ?? 1)")
        }
        let (byteCount, overflow) = (elementCount / type.blockSize).multipliedReportingOverflow(by: type.blockByteCount)
        guard !overflow else { throw invalid("its shape has more bytes than can be addressed") }
        guard offset % UInt64(alignment) == 0 else { throw invalid("its offset \(offset) is not a multiple of \(alignment)") }
        guard dataStart <= fileCount, offset <= UInt64(fileCount - dataStart), byteCount <= fileCount - dataStart - Int(offset) else {
            throw GGUFError(
                .truncated, path: path,
                "tensor \"\(name)\" needs \(byteCount) bytes at offset \(offset) of the data, which the file of \(fileCount) bytes does not have: it is cut or corrupt"
            )
        }
        let start = dataStart + Int(offset)
        return GGUFTensor(name: name, type: type, shape: shape, elementCount: elementCount, byteRange: start..<(start + byteCount))
    }
}
