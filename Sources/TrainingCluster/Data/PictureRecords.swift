import Datasets
import Files
import Foundation

/// `pictures.json` of a run folder: what checks of pictures found, and so which problems the run draws from.
///
/// Entries go by ``PictureCheck/digest``, which names all that a result depends on. A run that has steps keeps its list of problems whatever becomes
/// of the files: what can't be read any more is dropped when it is drawn, and the sequence of problems stays the same.
struct PictureRecords: Sendable {
    static let fileName = "pictures.json"
    /// The longest file that is read: a fault takes some 200 bytes.
    private static let byteLimit = 256 << 20

    /// One check.
    private struct Entry: Codable {
        /// ``PictureCheck/listDigest``.
        let list: String
        /// How many pictures were looked at.
        let pictures: Int
        let faults: [PictureFault]
    }

    private let path: String
    private let earlier: [String: Entry]
    private var used: [String: Entry] = [:]

    /// Reads the file of an earlier attempt. One that is absent or can't be read is as good as none: everything is checked again.
    init(folder: String) {
        path = folder + "/" + Self.fileName
        let data = (try? InputFile.read(path, limit: Self.byteLimit)) ?? Data()
        earlier = data.count > 0 ? (try? JSONDecoder().decode([String: Entry].self, from: data)) ?? [:] : [:]
    }

    /// What an equal check found; nil if there was none.
    ///
    /// - Parameter keepsList: whether one of the same problems is as good, though files have changed since.
    mutating func faults(of check: PictureCheck, keepsList: Bool) -> [PictureFault]? {
        let list = check.listDigest
        let digest = keepsList ? earlier.filter { $0.value.list == list }.keys.min() ?? check.digest : check.digest
        guard let entry = earlier[digest], entry.list == list, entry.pictures == check.count,
            entry.faults.allSatisfy({ (0..<check.count).contains($0.picture) })
        else { return nil }
        used[digest] = entry
        return entry.faults
    }

    mutating func add(_ faults: [PictureFault], of check: PictureCheck) {
        used[check.digest] = Entry(list: check.listDigest, pictures: check.count, faults: faults)
    }

    /// Replaces the file by the entries that were used or added.
    ///
    /// - Throws: `FileFailure`.
    func write() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(used) + Data("\n".utf8)
        try FileFailure.naming("write", path) { try data.write(to: URL(fileURLWithPath: path), options: .atomic) }
    }
}
