import Files
import Foundation

/// A folder that no path leads out of. Errors name files with their full path.
struct FolderRoot: Sendable {
    /// The folder's absolute path as it was given, which is what people know it by.
    let name: String
    /// The real path, symbolic links followed.
    private let path: String

    init(_ directory: String) throws {
        name = URL(fileURLWithPath: directory, isDirectory: true).path
        guard let path = Self.realPath(directory) else {
            throw DatasetError(.unreadable, "the data folder \(name) does not exist or can't be entered")
        }
        self.path = path
    }

    /// The full path of a file inside the folder, for people.
    func fullPath(_ file: String) -> String { name == "/" ? "/" + file : name + "/" + file }

    /// The real path of `file`, a regular file inside the folder.
    ///
    /// - Throws: ``DatasetError`` with code `pathEscape` for absolute names, names with ".." and links that lead out, `unreadable` for names that
    ///   lead to no regular file.
    func resolve(_ file: String) throws(DatasetError) -> String {
        let parts = file.split(separator: "/", omittingEmptySubsequences: false)
        guard !file.isEmpty, !file.utf8.contains(0), !file.hasPrefix("/"), !parts.contains("..") else {
            throw DatasetError(.pathEscape, "the file name \"\(file)\" is empty, absolute or has \"..\": name a file inside \(name)")
        }
        guard let real = Self.realPath(path + "/" + file) else {
            throw DatasetError(.unreadable, "\(fullPath(file)) does not exist or can't be reached")
        }
        guard real.utf8.starts(with: (path == "/" ? path : path + "/").utf8) else {
            throw DatasetError(.pathEscape, "\(fullPath(file)) is a link out of the data folder: put the file itself there")
        }
        var status = stat()
        guard stat(real, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw DatasetError(.unreadable, "\(fullPath(file)) is not a regular file")
        }
        return real
    }

    /// The bytes of `file`.
    ///
    /// - Parameter prefix: how many bytes from the start are enough; nil for all.
    /// - Throws: ``DatasetError`` as ``resolve(_:)``, or if the file has more than `limit` bytes or can't be read.
    func read(_ file: String, limit: Int, prefix: Int? = nil) throws(DatasetError) -> [UInt8] {
        let real = try resolve(file)
        let data: Data
        do {
            // One byte beyond the limit tells a file that is too large, even one that grows.
            data = try InputFile.read(real, upTo: prefix ?? limit + 1)
        } catch {
            throw DatasetError(.unreadable, "\(fullPath(file)) can't be read: \(FileFailure.words(of: error))")
        }
        guard data.count <= limit else { throw DatasetError(.unreadable, "\(fullPath(file)) has more than \(limit) bytes") }
        return [UInt8](data)
    }

    private static func realPath(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }
}
