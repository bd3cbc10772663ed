/// A safetensors file, memory-mapped: its header is checked in full when it opens, its data is read on demand.
///
/// - Isolation: immutable; any thread may read.
package struct SafetensorsFile: Sendable {
    package let path: String
    package let header: SafetensorsHeader
    private let file: MappedFile
    private let places: [String: Int]

    /// Opens the file at `path`.
    /// - Throws: ``SafetensorsError`` with code `unreadable`, `truncated`, `invalidHeader` or `invalidTensor`.
    package init(path: String) throws(SafetensorsError) {
        let file = try MappedFile(path: path)
        let header = try SafetensorsHeader(file: file.bytes, path: path)
        self.path = path
        self.header = header
        self.file = file
        places = Dictionary(uniqueKeysWithValues: header.tensors.enumerated().map { ($1.name, $0) })
    }

    /// The tensors in order of their names.
    package var tensors: [TensorInfo] { header.tensors }

    /// The tensor called `name`, or nil.
    package func info(named name: String) -> TensorInfo? { places[name].map { header.tensors[$0] } }

    /// The tensor called `name`.
    /// - Throws: ``SafetensorsError`` with code `missingTensor`.
    package func tensor(named name: String) throws(SafetensorsError) -> TensorInfo {
        guard let info = info(named: name) else {
            throw SafetensorsError(.missingTensor, path: path, "there is no tensor \"\(name)\"")
        }
        return info
    }

    /// Calls `body` with the tensor's bytes as the file holds them (little-endian, possibly unaligned). The pointer is valid inside only.
    /// - Precondition: `tensor` is one of ``tensors``.
    package func withBytes<Result, Failure: Error>(
        of tensor: TensorInfo, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withExtendedLifetime(file) { () throws(Failure) -> Result in
            try body(UnsafeRawBufferPointer(rebasing: file.bytes[tensor.byteRange]))
        }
    }

    /// Gives back the memory that reading a tensor took, as far as this process is concerned: for loaders that read each tensor once.
    package func releasePages(ofTensor name: String) {
        if let info = info(named: name) { file.releasePages(info.byteRange) }
    }

    /// Calls `body` with all bytes of the file, header included. The pointer is valid inside only.
    package func withFileBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withExtendedLifetime(file) { () throws(Failure) -> Result in try body(file.bytes) }
    }

    /// Reads F32, F16 or BF16 elements `range` of a tensor (all by default) into `destination` as `Float`s, exactly.
    ///
    /// - Parameters:
    ///   - name: The tensor's name.
    ///   - range: Which elements in row-major order; nil for all.
    ///   - destination: As many `Float`s as the range has elements.
    ///   - requiringFinite: Whether an infinity or NaN is an error.
    /// - Throws: ``SafetensorsError`` with code `missingTensor`, `unexpectedTensor` (another type or count) or `nonFinite`.
    package func readFloats(
        named name: String, range: Range<Int>? = nil, into destination: UnsafeMutableBufferPointer<Float>, requiringFinite: Bool = false
    ) throws(SafetensorsError) {
        let info = try tensor(named: name)
        let range = range ?? 0..<info.elementCount
        guard range.lowerBound >= 0, range.upperBound <= info.elementCount, destination.count == range.count else {
            throw SafetensorsError(
                .unexpectedTensor, path: path,
                "tensor \"\(name)\" has \(info.elementCount) elements: can't read \(range) into \(destination.count) places")
        }
        try withBytes(of: info) { (bytes) throws(SafetensorsError) in
            switch info.dataType {
            case .float32:
                let source = UnsafeRawBufferPointer(rebasing: bytes[(range.lowerBound * 4)..<(range.upperBound * 4)])
                UnsafeMutableRawBufferPointer(destination).copyMemory(from: source)
            case .float16:
                for (place, index) in range.enumerated() {
                    destination[place] = Float(
                        halfBits: UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)))
                }
            case .bfloat16:
                for (place, index) in range.enumerated() {
                    destination[place] = Float(
                        brainBits: UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)))
                }
            default:
                throw SafetensorsError(
                    .unexpectedTensor, path: path, "tensor \"\(name)\" is \(info.dataType.rawValue): only F32, F16 and BF16 are weights")
            }
        }
        if requiringFinite, let place = destination.firstIndex(where: { !$0.isFinite }) {
            throw SafetensorsError(.nonFinite, path: path, "tensor \"\(name)\", element \(range.lowerBound + place): \(destination[place])")
        }
    }

    /// All elements of an F32, F16 or BF16 tensor as `Float`s.
    /// - Throws: ``SafetensorsError`` with code `missingTensor`, `unexpectedTensor` (another type) or `nonFinite`.
    package func floats(named name: String, requiringFinite: Bool = false) throws(SafetensorsError) -> [Float] {
        let count = try tensor(named: name).elementCount
        var values = [Float](repeating: 0, count: count)
        var failure: SafetensorsError?
        values.withUnsafeMutableBufferPointer { destination in
            do throws(SafetensorsError) {
                try readFloats(named: name, into: destination, requiringFinite: requiringFinite)
            } catch { failure = error }
        }
        if let failure { throw failure }
        return values
    }

    /// All elements of an integer or BOOL tensor as `Int`s: what goldens and token tables are made of.
    /// - Throws: ``SafetensorsError`` with code `missingTensor` or `unexpectedTensor` (a float type, or a value beyond `Int`).
    package func integers(named name: String) throws(SafetensorsError) -> [Int] {
        let info = try tensor(named: name)
        return try withBytes(of: info) { (bytes) throws(SafetensorsError) -> [Int] in
            func load<Element: FixedWidthInteger>(_: Element.Type) throws(SafetensorsError) -> [Int] {
                var result: [Int] = []
                result.reserveCapacity(info.elementCount)
                for index in 0..<info.elementCount {
                    let element = Element(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Element>.size, as: Element.self))
                    guard let value = Int(exactly: element) else {
                        throw SafetensorsError(
                            .unexpectedTensor, path: path, "tensor \"\(name)\", element \(index): \(element) is too large")
                    }
                    result.append(value)
                }
                return result
            }
            switch info.dataType {
            case .bool, .uint8: return try load(UInt8.self)
            case .int8: return try load(Int8.self)
            case .uint16: return try load(UInt16.self)
            case .int16: return try load(Int16.self)
            case .uint32: return try load(UInt32.self)
            case .int32: return try load(Int32.self)
            case .uint64: return try load(UInt64.self)
            case .int64: return try load(Int64.self)
            case .float16, .bfloat16, .float32, .float64:
                throw SafetensorsError(.unexpectedTensor, path: path, "tensor \"\(name)\" is \(info.dataType.rawValue), not whole numbers")
            }
        }
    }
}
