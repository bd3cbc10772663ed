import Digests
import Files
import Foundation

/// SHA-256 of whole files, as `sha256sum` prints it.
enum FileDigest {
    private static let blockSize = 1 << 20

    /// - Parameter progressed: told of each block's bytes.
    /// - Throws: `FileFailure` naming the file.
    static func of(_ path: String, progressed: (_ byteCount: Int) -> Void = { _ in }) throws(FileFailure) -> String {
        var sha = SHA256()
        var position = 0
        while true {
            let block = try InputFile.read(path, from: position, upTo: blockSize)
            guard !block.isEmpty else { return sha.hex }
            block.withUnsafeBytes { sha.update($0) }
            position += block.count
            progressed(block.count)
        }
    }

    static func size(of path: String) -> Int {
        ((try? FileManager.default.attributesOfItem(atPath: URL(filePath: path).resolvingSymlinksInPath().path))?[.size] as? Int) ?? 0
    }
}
