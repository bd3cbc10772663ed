import Digests
import JSON
package import Trajectories

/// Turns the bytes of an image file into a picture; throws if they are none, or too large.
package typealias ImageDecoder = @Sendable ([UInt8]) throws -> RGBImage

/// Turns a picture into the bytes of an image file.
package typealias ImageEncoder = @Sendable (RGBImage) throws -> [UInt8]

/// The keys under which `metadata.jsonl` holds what a problem needs.
package struct ColumnMapping: Hashable, Codable, Sendable {
    /// A file name, or a list of them in the order in which the prompt shows the images; a line without it is text alone.
    package var images = "file_name"
    /// The question, a text.
    package var problem = "problem"
    /// The gold answer, a text or a number.
    package var answer = "answer"
    /// The visual annotations, a list of texts; a line without it has none.
    package var annotations = "visual_key_info"
    /// The problem's id, a text; a line without it is named after its number, "line-00012".
    package var id = "id"

    package init() {}
}

/// A folder of images with a `metadata.jsonl`: one JSON object a line and problem.
///
/// The metadata is read and checked at once; images are read and decoded on demand, and can be checked before (``fault(ofPicture:inspect:)``).
/// Lines that can't be used are left out, counted and listed in ``report``. A file name must be relative, without "..", and lead to a regular file inside the folder after symbolic links are followed;
/// that is checked again at each read, so that a folder that changes can't lead out either.
package struct ImageFolder: ProblemSource {
    /// The largest line that is read, in bytes.
    static let lineLimit = 1 << 20
    /// The largest metadata file that is read, in bytes.
    static let metadataLimit = 1 << 30
    /// The largest image file that is read, in bytes.
    static let imageLimit = 64 << 20
    /// The most images that a problem may have.
    static let imageCountLimit = 64

    /// What was used and what was left out.
    package let report: LoadReport
    /// The image files of all problems, each once, in the order of first use: names inside the folder.
    package let pictures: [String]
    /// Of `metadata.jsonl` and the columns.
    package let digest: String

    let root: FolderRoot
    let records: [ImageFolderRecord]
    private let decode: ImageDecoder

    /// Reads and checks `directory/metadata.jsonl`.
    ///
    /// - Parameters:
    ///   - directory: The folder's path.
    ///   - columns: Which keys hold what.
    ///   - decode: Decodes an image file.
    /// - Throws: ``DatasetError`` if the folder or its metadata can't be read, or if no line is usable (`empty`, with the first reasons).
    package init(directory: String, columns: ColumnMapping = ColumnMapping(), decode: @escaping ImageDecoder) throws {
        root = try FolderRoot(directory)
        self.decode = decode
        let metadata = try root.read(Self.metadataName, limit: Self.metadataLimit)
        var reading = MetadataReading(columns: columns, root: root)
        if let fault = JSONLines.encodingFault(of: metadata) {
            throw DatasetError(.malformed, "\(root.fullPath(Self.metadataName)) \(fault)")
        }
        JSONLines.forEach(metadata) { reading.add(line: $0, $1) }
        records = reading.records
        report = reading.report
        guard !records.isEmpty else { throw DatasetError(.empty, "there is no usable problem: \(report)") }
        var known: Set<String> = []
        pictures = records.flatMap(\.content.files).filter { known.insert($0).inserted }
        var sha = SHA256()
        sha.update(metadata)
        for column in [columns.images, columns.problem, columns.answer, columns.annotations, columns.id] { sha.update(column) }
        digest = sha.hex
    }

    /// The name of the file of problems.
    package static let metadataName = "metadata.jsonl"

    package var count: Int { records.count }

    package var losses: String? { report.hasLosses ? report.summary : nil }

    package func annotations(at index: Int) throws -> [String] { try record(at: index).annotations }

    private func record(at index: Int) throws -> ImageFolderRecord {
        guard records.indices.contains(index) else {
            throw DatasetError(.invalidParameter, "problem \(index) does not exist: the folder has \(count), counted from 0")
        }
        return records[index]
    }

    package func problem(at index: Int) throws -> Problem {
        let record = try record(at: index)
        let images = try record.content.files.map { file in
            do {
                return try using(file, try root.read(file, limit: Self.imageLimit)) { try decode($0) }
            } catch {
                throw DatasetError(.picture, "\(place(of: record)): \(error)")
            }
        }
        return Problem(
            id: ProblemID(record.id), images: images, question: record.content.problem, answer: record.answer,
            annotations: record.annotations)
    }

    /// Where a problem stands, with the file's full path.
    func place(of record: ImageFolderRecord) -> String { "\(root.fullPath(Self.metadataName)), line \(record.line)" }

    /// Does something with the bytes of a picture; an error names the picture with its full path.
    func using<Result>(_ picture: String, _ bytes: [UInt8], _ body: ([UInt8]) throws -> Result) throws -> Result {
        do { return try body(bytes) } catch { throw DatasetError(.picture, "\(root.fullPath(picture)): \(error)") }
    }
}

/// The lines of a `metadata.jsonl`, as they become records.
private struct MetadataReading {
    let columns: ColumnMapping
    let root: FolderRoot
    var records: [ImageFolderRecord] = []
    var report: LoadReport
    private var lineOfID: [String: Int] = [:]
    private var lineOfContent: [ImageFolderRecord.Content: Int] = [:]

    init(columns: ColumnMapping, root: FolderRoot) {
        self.columns = columns
        self.root = root
        report = LoadReport(file: root.fullPath(ImageFolder.metadataName))
    }

    mutating func add(line: Int, _ bytes: ArraySlice<UInt8>) {
        do {
            guard bytes.count <= ImageFolder.lineLimit else {
                throw DatasetError(.malformed, "the line is longer than \(ImageFolder.lineLimit) bytes")
            }
            let record = try ImageFolderRecord(json: Array(bytes), line: line, columns: columns)
            guard record.content.files.count <= ImageFolder.imageCountLimit else {
                throw DatasetError(.malformed, "more than \(ImageFolder.imageCountLimit) images")
            }
            for file in record.content.files { try checkPlace(of: file) }
            if let first = lineOfID[record.id] {
                report.duplicates.add(line, "same \(columns.id) \"\(record.id)\" as line \(first)")
            } else if let first = lineOfContent[record.content] {
                report.duplicates.add(line, "same images and \(columns.problem) as line \(first)")
            } else {
                lineOfID[record.id] = line
                lineOfContent[record.content] = line
                records.append(record)
                report.accepted += 1
                report.repeatedAnnotations += record.repeatedAnnotationCount
            }
        } catch {
            report.malformed.add(line, "\(error)")
        }
    }

    /// Refuses names that lead out of the folder. Whether a file is there is found when pictures are looked at: a line's number among the problems
    /// does not depend on it.
    private func checkPlace(of file: String) throws(DatasetError) {
        do throws(DatasetError) { _ = try root.resolve(file) } catch { if error.code != .unreadable { throw error } }
    }
}
