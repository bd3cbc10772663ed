import Glibc
import JSON

/// One tensor to be written: elements in memory, or made while the file is written.
package struct TensorSource {
    private enum Content {
        case memory(UnsafeRawBufferPointer)
        case made((_ elements: Range<Int>, _ target: UnsafeMutableRawPointer) -> Void)
    }

    package let name: String
    package let dataType: TensorDataType
    package let shape: [Int]
    private let content: Content

    /// - Parameter bytes: the elements, little-endian, row-major. They must stay valid and unchanged until the write returns.
    /// - Precondition: `bytes` has exactly the size that `shape` and `dataType` need.
    package init(name: String, dataType: TensorDataType, shape: [Int], bytes: UnsafeRawBufferPointer) {
        precondition(
            bytes.count == shape.reduce(dataType.byteCount, *), "\(name): \(bytes.count) bytes for \(dataType.rawValue) \(shape)")
        self.name = name
        self.dataType = dataType
        self.shape = shape
        content = .memory(bytes)
    }

    /// - Parameter make: writes a range of elements, little-endian, to memory that has room for them; called for one range after another.
    package init(
        name: String, dataType: TensorDataType, shape: [Int],
        make: @escaping (_ elements: Range<Int>, _ target: UnsafeMutableRawPointer) -> Void
    ) {
        self.name = name
        self.dataType = dataType
        self.shape = shape
        content = .made(make)
    }

    /// Size of all elements.
    package var byteCount: Int { shape.reduce(dataType.byteCount, *) }

    /// Elements that are made at once.
    private static let partCount = 1 << 18

    /// Calls `body` with all bytes, part by part, until it returns false; returns its last answer.
    fileprivate func forEachPart(_ body: (UnsafeRawBufferPointer) -> Bool) -> Bool {
        switch content {
        case .memory(let bytes): return body(bytes)
        case .made(let make):
            let count = byteCount / dataType.byteCount
            let part = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(1, min(count, Self.partCount)) * dataType.byteCount, alignment: 64)
            defer { part.deallocate() }
            guard let target = part.baseAddress else { return count == 0 }
            for start in stride(from: 0, to: count, by: Self.partCount) {
                let elements = start..<min(start + Self.partCount, count)
                make(elements, target)
                guard body(UnsafeRawBufferPointer(start: target, count: elements.count * dataType.byteCount)) else { return false }
            }
            return true
        }
    }

    /// F32 elements.
    package init(name: String, shape: [Int], floats: UnsafeBufferPointer<Float>) {
        self.init(name: name, dataType: .float32, shape: shape, bytes: UnsafeRawBufferPointer(floats))
    }
}

/// Writes safetensors files: wider types first, then by name, data from a multiple of 64 bytes, without gaps (the reference reader allows
/// none). The same tensors give the same bytes.
package enum SafetensorsWriter {
    /// Where each tensor of a file will stand.
    package struct Layout: Sendable {
        /// Length, JSON and padding: all bytes before the data.
        package let head: [UInt8]
        /// The tensors in the order of their data.
        package let tensors: [TensorInfo]
        /// Size of the whole file.
        package let fileByteCount: Int
        /// For each of ``tensors`` the place of its source.
        fileprivate let order: [Int]
    }

    /// The layout of a file of `sources`.
    /// - Precondition: Names are unique and none is `__metadata__`.
    package static func layout(of sources: [TensorSource], metadata: [String: String] = [:]) -> Layout {
        precondition(Set(sources.map(\.name)).count == sources.count, "a tensor's name occurs twice")
        precondition(!sources.contains { $0.name == "__metadata__" }, "__metadata__ is no tensor's name")
        let order = sources.indices.sorted {
            let (a, b) = (sources[$0], sources[$1])
            if a.dataType.byteCount != b.dataType.byteCount { return a.dataType.byteCount > b.dataType.byteCount }
            return a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
        }
        var members: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            let texts = pairs.map { "\(JSONValue.quoted($0.key)):\(JSONValue.quoted($0.value))" }
            members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
        }
        var offset = 0
        for place in order {
            let source = sources[place]
            let end = offset + source.byteCount
            let shape = source.shape.map(String.init).joined(separator: ",")
            members.append(
                "\(JSONValue.quoted(source.name)):{\"dtype\":\"\(source.dataType.rawValue)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
            )
            offset = end
        }
        var text = Array("{\(members.joined(separator: ","))}".utf8)
        text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (64 - (8 + text.count) % 64) % 64))
        let head = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
        var start = head.count
        let infos = order.map { place in
            let source = sources[place]
            defer { start += source.byteCount }
            return TensorInfo(
                name: source.name, dataType: source.dataType, shape: source.shape, byteRange: start..<(start + source.byteCount))
        }
        return Layout(head: head, tensors: infos, fileByteCount: head.count + offset, order: order)
    }

    /// Writes `sources` to `path` under another name, syncs, and renames: the file is there whole or not at all.
    ///
    /// - Parameters:
    ///   - sources: The tensors, in any order.
    ///   - metadata: Strings for `__metadata__`.
    ///   - path: The file to write or replace.
    /// - Returns: Where each tensor stands in the file.
    /// - Throws: ``SafetensorsError`` with code `unwritable`; what was there before stays.
    @discardableResult
    package static func write(_ sources: [TensorSource], metadata: [String: String] = [:], to path: String) throws(SafetensorsError)
        -> Layout
    {
        let layout = layout(of: sources, metadata: metadata)
        let partial = path + ".partial"
        func failure(_ operation: String) -> SafetensorsError {
            let reason = String(cString: strerror(errno))
            unlink(partial)
            return SafetensorsError(.unwritable, path: path, "\(operation): \(reason)")
        }
        let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("can't create") }
        var isWritten = layout.head.withUnsafeBytes { writeAll($0, to: descriptor) }
        for place in layout.order where isWritten { isWritten = sources[place].forEachPart { writeAll($0, to: descriptor) } }
        guard isWritten, fsync(descriptor) == 0 else {
            let error = failure("can't write \(layout.fileByteCount) bytes")
            close(descriptor)
            throw error
        }
        guard close(descriptor) == 0, rename(partial, path) == 0 else { throw failure("can't finish") }
        return layout
    }

    private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        guard let start = bytes.baseAddress else { return true }
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, start + done, min(bytes.count - done, 1 << 30))
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            done += count
        }
        return true
    }
}
