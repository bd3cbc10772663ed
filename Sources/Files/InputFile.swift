package import Foundation
import Glibc

/// Files that are read: the one door through which bytes come in (an architecture test sees to it).
///
/// Nothing but a regular file comes in: a pipe that nobody writes to would be waited for without end, and a device may have no end. And nothing longer
/// than who reads it has use for.
package enum InputFile {
    /// For files of settings, reports and records that are read as a whole.
    package static let usualLimit = 64 << 20

    /// All bytes of a regular file of at most `limit` bytes.
    ///
    /// - Throws: ``FileFailure`` naming the file: it can't be opened or read, is something else than a file, or is longer.
    package static func read(_ path: String, limit: Int = usualLimit) throws(FileFailure) -> Data {
        let data = try read(path, upTo: limit + 1)
        guard data.count <= limit else { throw FileFailure("read", path, Unusable(words: "it has more than \(limit) bytes")) }
        return data
    }

    /// The first bytes of a regular file, at most `count`, from `offset` on.
    ///
    /// - Throws: ``FileFailure``.
    package static func read(_ path: String, from offset: Int = 0, upTo count: Int) throws(FileFailure) -> Data {
        let descriptor = try open(path)
        defer { close(descriptor) }
        var data = Data()
        var block = [UInt8](repeating: 0, count: min(max(count, 1), 1 << 18))
        var position = offset
        while data.count < count {
            let found = pread(descriptor, &block, min(block.count, count - data.count), off_t(position))
            if found < 0, errno == EINTR { continue }
            guard found >= 0 else { throw FileFailure("read", path, systemError()) }
            if found == 0 { break }
            data.append(contentsOf: block[..<found])
            position += found
        }
        return data
    }

    /// The text of a regular file.
    ///
    /// - Throws: ``FileFailure``, also if it is not UTF-8.
    package static func text(_ path: String, limit: Int = usualLimit) throws(FileFailure) -> String {
        guard let text = String(validating: try read(path, limit: limit), as: UTF8.self) else {
            throw FileFailure("read", path, Unusable(words: "it is not UTF-8 text"))
        }
        return text
    }

    /// A regular file's bytes, mapped and not copied: for weights. The file must not be shortened meanwhile.
    ///
    /// - Throws: ``FileFailure``.
    package static func map(_ path: String) throws(FileFailure) -> Data {
        let descriptor = try open(path)
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileFailure("measure", path, systemError()) }
        let count = Int(status.st_size)
        guard count > 0 else { return Data() }
        guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            throw FileFailure("map", path, systemError())
        }
        return Data(bytesNoCopy: start, count: count, deallocator: .custom { munmap($0, $1) })
    }

    /// Opens a regular file for reading.
    ///
    /// - Returns: A descriptor that who asked closes.
    /// - Throws: ``FileFailure``.
    package static func open(_ path: String) throws(FileFailure) -> Int32 {
        // Without waiting: a pipe without a writer opens at once, and is refused.
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileFailure("read", path, systemError()) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FileFailure("read", path, Unusable(words: "it is \(kind(status.st_mode)), and a file is needed"))
        }
        return descriptor
    }

    private static func kind(_ mode: mode_t) -> String {
        switch mode & S_IFMT {
        case S_IFDIR: "a folder"
        case S_IFIFO: "a pipe"
        case S_IFCHR, S_IFBLK: "a device"
        case S_IFSOCK: "a socket"
        default: "no file"
        }
    }

    private static func systemError() -> Unusable { Unusable(words: FileFailure.systemWords(errno)) }

    private struct Unusable: Error, CustomStringConvertible {
        let words: String
        var description: String { words }
    }
}
