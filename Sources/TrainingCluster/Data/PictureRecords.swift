import Tasks
import Digests
import Files
import Foundation

/// `pictures.json` of a run folder: what the run's pictures were when it began, and so which problems it draws from.
///
/// Entries go by ``PictureCheck/listDigest``. A run that has steps keeps its list of problems whatever becomes of the files: what can't be read any more
/// is dropped when it is drawn, and the sequence of problems stays the same. A picture that can be read and is another one is no loss, but another run.
struct PictureRecords: Sendable {
    static let fileName = "pictures.json"
    /// What the pictures of a data set are called in a run's identity, behind its key.
    static let claimName = "pictures"
    /// The longest file that is read: a picture takes 70 bytes, a fault some 200.
    private static let byteLimit = 1 << 30

    /// The pictures of one data set.
    struct Entry: Codable {
        /// ``PictureCheck/listDigest``.
        let list: String
        /// How many pictures there are.
        let pictures: Int
        let faults: [PictureFault]
        /// SHA-256 of each picture in its order; "" for one that could not be read. Absent in files of earlier builds.
        let digests: [String]?

        /// What names the pictures in a run's identity.
        var digest: String {
            var sha = SHA256()
            for digest in digests ?? [] { sha.update(digest) }
            return sha.hex
        }
    }

    private let path: String
    private let earlier: [String: Entry]
    private var used: [String: Entry] = [:]

    /// Reads the file of an earlier attempt. One that is absent or can't be read is as good as none.
    init(folder: String) {
        path = folder + "/" + Self.fileName
        let data = (try? InputFile.read(path, limit: Self.byteLimit)) ?? Data()
        earlier = data.count > 0 ? (try? JSONDecoder().decode([String: Entry].self, from: data)) ?? [:] : [:]
    }

    /// What the run's pictures were; nil if nothing is known of them.
    func entry(of check: PictureCheck) -> Entry? {
        let list = check.listDigest
        guard let entry = earlier.filter({ $0.value.list == list }).min(by: { $0.key < $1.key })?.value, entry.pictures == check.count,
            entry.digests.map({ $0.count == check.count }) ?? true, entry.faults.allSatisfy({ (0..<check.count).contains($0.picture) })
        else { return nil }
        return entry
    }

    mutating func add(_ entry: Entry) { used[entry.list] = entry }

    /// Replaces the file by the entries that were added.
    ///
    /// - Throws: `FileFailure`.
    func write() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(used) + Data("\n".utf8)
        try FileFailure.naming("write", path) { try data.write(to: URL(fileURLWithPath: path), options: .atomic) }
    }
}
