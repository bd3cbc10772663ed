import Foundation

/// A folder that no path leads out of.
struct FolderRoot: Sendable {
    /// The real path, symbolic links followed.
    private let path: String

    init(_ directory: String) throws {
        guard let path = Self.realPath(directory) else {
            throw DatasetError(.unreadable, "the data folder \(directory) does not exist or can't be entered")
        }
        self.path = path
    }

    /// The real path of `name`, a regular file inside the folder.
    ///
    /// - Throws: ``DatasetError`` with code `pathEscape` for absolute names, names with ".." and links that lead out, `unreadable` for names that
    ///   lead to no regular file.
    func resolve(_ name: String) throws -> String {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !name.isEmpty, !name.utf8.contains(0), !name.hasPrefix("/"), !parts.contains("..") else {
            throw DatasetError(
                .pathEscape, "the file name \"\(name)\" is empty, absolute or has \"..\": name a file inside the data folder")
        }
        guard let real = Self.realPath(path + "/" + name) else {
            throw DatasetError(.unreadable, "the file \(name) does not exist in the data folder")
        }
        guard real.utf8.starts(with: (path == "/" ? path : path + "/").utf8) else {
            throw DatasetError(.pathEscape, "the file \(name) is a link out of the data folder: put the file itself there")
        }
        var status = stat()
        guard stat(real, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw DatasetError(.unreadable, "\(name) is not a regular file")
        }
        return real
    }

    /// The bytes of `name`.
    ///
    /// - Throws: ``DatasetError`` as ``resolve(_:)``, or if the file has more than `limit` bytes or can't be read.
    func read(_ name: String, limit: Int) throws -> [UInt8] {
        let real = try resolve(name)
        guard let handle = FileHandle(forReadingAtPath: real) else {
            throw DatasetError(.unreadable, "the file \(name) can't be opened: check its permissions")
        }
        defer { try? handle.close() }
        do {
            // One byte beyond the limit tells a file that is too large, even one that grows.
            let data = try handle.read(upToCount: limit + 1) ?? Data()
            guard data.count <= limit else {
                throw DatasetError(.unreadable, "the file \(name) has more than \(limit) bytes")
            }
            return [UInt8](data)
        } catch let error as DatasetError {
            throw error
        } catch {
            throw DatasetError(.unreadable, "the file \(name) can't be read: \(error)")
        }
    }

    private static func realPath(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }
}
