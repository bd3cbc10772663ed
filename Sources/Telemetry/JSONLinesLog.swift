import Files
import Glibc
import JSON
import Synchronization

/// An append-only file of records, one a line: `metrics.jsonl`, `samples.jsonl`.
///
/// A line is written by one `write` call, so a reader sees whole lines and at most one torn one at the end, which the next opening
/// removes. One process writes (the run folder's lease sees to that). Calls block on the disk: keep them off the cooperative pool
/// where that matters.
package final class JSONLinesLog: Sendable {
    /// One record of a file.
    package struct Line: Hashable, Sendable {
        /// Counted from 1.
        package let number: Int
        /// Where its first byte stands.
        package let byteOffset: Int
        /// Without the line end.
        package let text: String
    }

    private struct State {
        var descriptor: Int32
        var byteOffset: Int
    }

    package let path: String
    /// Bytes of a torn last line that opening removed; 0 if the file was whole.
    package let repairedByteCount: Int
    private let state: Mutex<State>

    /// Opens a file for appending and creates it if need be. What stands behind its last line end is removed.
    ///
    /// - Throws: ``TelemetryError/file(path:operation:reason:)``.
    package init(path: String) throws(TelemetryError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure(path, "open") }
        do throws(TelemetryError) {
            let size = Int(lseek(descriptor, 0, SEEK_END))
            guard size >= 0 else { throw Self.failure(path, "measure") }
            let whole = try Self.endOfLastLine(descriptor, size: size, path: path)
            if whole < size, ftruncate(descriptor, off_t(whole)) != 0 { throw Self.failure(path, "remove the torn last line of") }
            self.path = path
            repairedByteCount = size - whole
            state = Mutex(State(descriptor: descriptor, byteOffset: whole))
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    deinit {
        state.withLock { if $0.descriptor >= 0 { _ = Glibc.close($0.descriptor) } }
    }

    /// Where the next line will start; belongs into a checkpoint's `state.json`.
    package var byteOffset: Int { state.withLock { $0.byteOffset } }

    /// Appends one line.
    ///
    /// - Parameter line: JSON without line ends.
    /// - Throws: ``TelemetryError``; on a full disk what was written of the line is removed again.
    package func append(_ line: String) throws(TelemetryError) {
        guard !line.utf8.contains(0x0A) else { throw .record(reason: "a record for \(path) holds a line end") }
        let bytes = Array(line.utf8) + [0x0A]
        try state.withLock { (state: inout State) throws(TelemetryError) in
            try requireOpen(state)
            let size = Int(lseek(state.descriptor, 0, SEEK_END))
            guard size == state.byteOffset else {
                throw .file(
                    path: path, operation: "append to",
                    reason: "it has \(size) bytes where \(state.byteOffset) were written: something else has changed it")
            }
            var written = -1
            repeat { written = Glibc.write(state.descriptor, bytes, bytes.count) } while written < 0 && errno == EINTR
            guard written == bytes.count else {
                // A short count without an error means that the disk is full or a size limit is reached.
                let reason = written < 0 ? Self.systemReason(errno) : "only \(written) of \(bytes.count) bytes fit: is the disk full?"
                if written > 0 { _ = ftruncate(state.descriptor, off_t(state.byteOffset)) }
                throw .file(path: path, operation: "append to", reason: reason)
            }
            state.byteOffset += bytes.count
        }
    }

    /// Appends a step's metrics.
    ///
    /// - Throws: ``TelemetryError``.
    package func append(_ record: MetricRecord) throws(TelemetryError) { try append(record.json.text) }

    /// Appends a sample.
    ///
    /// - Throws: ``TelemetryError``.
    package func append(_ record: SampleRecord) throws(TelemetryError) { try append(record.line()) }

    /// Returns when everything appended is on the disk.
    ///
    /// - Throws: ``TelemetryError/file(path:operation:reason:)``.
    package func synchronize() throws(TelemetryError) {
        try state.withLock { (state: inout State) throws(TelemetryError) in
            try requireOpen(state)
            guard fsync(state.descriptor) == 0 else { throw Self.failure(path, "write to disk") }
        }
    }

    /// Removes everything from a byte offset on, as known from ``byteOffset`` or a ``Line``.
    ///
    /// - Throws: ``TelemetryError`` if the offset is not between two lines of the file.
    package func truncate(toOffset offset: Int) throws(TelemetryError) {
        try state.withLock { (state: inout State) throws(TelemetryError) in
            try requireOpen(state)
            guard offset >= 0, offset <= state.byteOffset else {
                throw .file(
                    path: path, operation: "cut",
                    reason: "byte \(offset) was asked for but the file ends at byte \(state.byteOffset): it is not this run's file")
            }
            guard Self.startsLine(state, at: offset) else {
                throw .file(path: path, operation: "cut", reason: "byte \(offset) is inside a line: it is not this run's file")
            }
            guard ftruncate(state.descriptor, off_t(offset)) == 0 else { throw Self.failure(path, "cut") }
            state.byteOffset = offset
        }
    }

    /// Whether a line starts, or the next one will, at a byte offset.
    package func startsLine(at offset: Int) -> Bool {
        state.withLock { (0...$0.byteOffset).contains(offset) && Self.startsLine($0, at: offset) }
    }

    private static func startsLine(_ state: State, at offset: Int) -> Bool {
        var byte: UInt8 = 0
        return offset == 0 || pread(state.descriptor, &byte, 1, off_t(offset - 1)) == 1 && byte == 0x0A
    }

    /// Closes the file; later calls throw. Done at the end of the object's life too.
    package func close() {
        state.withLock { state in
            if state.descriptor >= 0 { _ = Glibc.close(state.descriptor) }
            state.descriptor = -1
        }
    }

    // MARK: - Reading

    /// Calls `body` for each whole line from a byte offset on; a torn last line is not a line.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - offset: Where to start; the start of a line. Line numbers count from there if it is not 0.
    ///   - longest: Lines with more bytes are refused.
    ///   - repairsEncoding: What is not UTF-8 becomes U+FFFD; otherwise it is refused.
    ///   - body: Gets each line in order.
    /// - Throws: ``TelemetryError`` and what `body` throws.
    package static func forEachLine(
        in path: String, fromOffset offset: Int = 0, longest: Int = 64 << 20, repairsEncoding: Bool = false, _ body: (Line) throws -> Void
    ) throws {
        let descriptor: Int32
        do { descriptor = try InputFile.open(path) } catch {
            throw TelemetryError.file(path: path, operation: "open", reason: error.reason)
        }
        defer { _ = Glibc.close(descriptor) }
        guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else { throw failure(path, "read") }
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        var pending: [UInt8] = []
        var number = 1
        var lineOffset = offset
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure(path, "read") }
            if count == 0 { return }
            var start = 0
            while let end = chunk[start..<count].firstIndex(of: 0x0A) {
                pending += chunk[start..<end]
                let valid = String(validating: pending, as: UTF8.self)
                guard let text = valid ?? (repairsEncoding ? String(decoding: pending, as: UTF8.self) : nil) else {
                    throw TelemetryError.line(path: path, number: number, reason: "is not UTF-8")
                }
                try body(Line(number: number, byteOffset: lineOffset, text: text))
                lineOffset += pending.count + 1
                number += 1
                pending.removeAll(keepingCapacity: true)
                start = end + 1
            }
            pending += chunk[start..<count]
            guard pending.count <= longest else {
                throw TelemetryError.line(path: path, number: number, reason: "is longer than \(longest) bytes")
            }
        }
    }

    /// All metrics of a file, each with its line.
    ///
    /// - Throws: ``TelemetryError``, naming the line.
    package static func metrics(in path: String) throws -> [(line: Line, record: MetricRecord)] {
        var records: [(line: Line, record: MetricRecord)] = []
        try forEachLine(in: path) { line in
            do {
                records.append((line, try MetricRecord(JSONValue(parsing: line.text))))
            } catch {
                throw TelemetryError.line(path: path, number: line.number, reason: "\(error)")
            }
        }
        return records
    }

    // MARK: - System calls

    private func requireOpen(_ state: State) throws(TelemetryError) {
        guard state.descriptor >= 0 else { throw .file(path: path, operation: "use", reason: "it was closed") }
    }

    /// The offset behind the last line end.
    private static func endOfLastLine(_ descriptor: Int32, size: Int, path: String) throws(TelemetryError) -> Int {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        var end = size
        while end > 0 {
            let length = min(chunk.count, end)
            guard pread(descriptor, &chunk, length, off_t(end - length)) == length else { throw failure(path, "read") }
            if let last = chunk[..<length].lastIndex(of: 0x0A) { return end - length + last + 1 }
            end -= length
        }
        return 0
    }

    private static func failure(_ path: String, _ operation: String) -> TelemetryError {
        .file(path: path, operation: operation, reason: systemReason(errno))
    }

    static func systemReason(_ code: Int32) -> String { FileFailure.systemWords(code) }
}
