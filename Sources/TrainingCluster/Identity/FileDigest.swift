import Digests
import Files
import Foundation

/// SHA-256 of whole files, as `sha256sum` prints it.
enum FileDigest {
    private static let blockSize = 1 << 20

    /// - Parameter progressed: told of each block's bytes.
    /// - Throws: `FileFailure` naming the file.
    static func of(_ path: String, progressed: (_ byteCount: Int) -> Void = { _ in }) throws(FileFailure) -> String {
        try FileFailure.naming("read", path) {
            let handle = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? handle.close() }
            var sha = SHA256()
            while let block = try handle.read(upToCount: blockSize), !block.isEmpty {
                block.withUnsafeBytes { sha.update($0) }
                progressed(block.count)
            }
            return sha.hex
        }
    }

    static func size(of path: String) -> Int {
        ((try? FileManager.default.attributesOfItem(atPath: URL(filePath: path).resolvingSymlinksInPath().path))?[.size] as? Int) ?? 0
    }
}
