import Digests
import Files
import Foundation
import Glibc

/// Files whose bytes are on disk when a call returns.
enum DurableFile {
    private static func failure(_ code: CheckpointError.Code, _ path: String, _ operation: String) -> CheckpointError {
        CheckpointError(code, path: path, "\(operation): \(String(cString: strerror(errno)))")
    }

    /// Creates or replaces a file in place and syncs it. Only for files in a folder that nobody reads yet.
    static func write(_ bytes: [UInt8], to path: String) throws(CheckpointError) {
        var failure: CheckpointError?
        bytes.withUnsafeBytes { bytes in
            do throws(CheckpointError) { try write(bytes, to: path) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// The same for bytes anywhere in memory.
    static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws(CheckpointError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(.unwritable, path, "can't create") }
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, min(bytes.count - done, 1 << 30))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                let error = failure(.unwritable, path, "can't write \(bytes.count) bytes")
                close(descriptor)
                throw error
            }
            done += count
        }
        guard fsync(descriptor) == 0 else {
            let error = failure(.unwritable, path, "can't sync")
            close(descriptor)
            throw error
        }
        guard close(descriptor) == 0 else { throw failure(.unwritable, path, "can't close") }
    }

    /// Creates or replaces a file by rename: readers see the old bytes or the new ones.
    static func replace(_ path: String, with bytes: [UInt8]) throws(CheckpointError) {
        try write(bytes, to: path + ".partial")
        try rename(path + ".partial", to: path)
    }

    /// Renames and syncs the folder: when it returns, the rename survives a power cut.
    static func rename(_ source: String, to target: String) throws(CheckpointError) {
        try move(source, to: target)
        try sync(target.range(of: "/", options: .backwards).map { String(target[..<$0.lowerBound]) } ?? ".")
    }

    /// Renames. Until the folder is synced, a power cut may undo it.
    static func move(_ source: String, to target: String) throws(CheckpointError) {
        guard Glibc.rename(source, target) == 0 else { throw failure(.unwritable, target, "can't rename \(source)") }
    }

    /// Whether there is anything of this name.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Syncs a file that someone else wrote, or a folder's entries.
    static func sync(_ path: String) throws(CheckpointError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(.unwritable, path, "can't open") }
        let result = fsync(descriptor)
        let error = failure(.unwritable, path, "can't sync")
        close(descriptor)
        guard result == 0 else { throw error }
    }

    /// All bytes of a regular file of at most `limit` bytes.
    static func read(_ path: String, limit: Int) throws(CheckpointError) -> [UInt8] {
        var bytes: [UInt8] = []
        try forEachBlock(of: path, limit: limit) { bytes.append(contentsOf: $0) }
        return bytes
    }

    /// The size and SHA-256 of a file.
    static func digest(of path: String) throws(CheckpointError) -> (byteCount: Int, sha256: String) {
        var hash = SHA256()
        var byteCount = 0
        try forEachBlock(of: path, limit: .max) { block in
            hash.update(block)
            byteCount += block.count
        }
        return (byteCount, SHA256.hex(hash.finalize()))
    }

    private static func forEachBlock(
        of path: String, limit: Int, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(CheckpointError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(.unreadable, path, "can't open") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw CheckpointError(.unreadable, path: path, "not a regular file")
        }
        guard Int(status.st_size) <= limit else {
            throw CheckpointError(.corrupt, path: path, "\(status.st_size) bytes, at most \(limit) are expected")
        }
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { block.deallocate() }
        var total = 0
        while true {
            let count = Glibc.read(descriptor, block.baseAddress, block.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(.unreadable, path, "can't read") }
            total += count
            guard total <= limit else { throw CheckpointError(.corrupt, path: path, "more than \(limit) bytes") }
            if count == 0 { return }
            body(UnsafeRawBufferPointer(rebasing: block[..<count]))
        }
    }

    /// Creates a folder and those above it.
    static func createFolder(_ path: String) throws(CheckpointError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw CheckpointError(.unwritable, path: path, "can't create the folder: \(FileFailure.words(of: error))")
        }
    }

    /// Removes a file or folder with all it holds; nothing there is fine.
    static func remove(_ path: String) throws(CheckpointError) {
        guard exists(path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw CheckpointError(.unwritable, path: path, "can't remove: \(FileFailure.words(of: error))")
        }
    }
}
