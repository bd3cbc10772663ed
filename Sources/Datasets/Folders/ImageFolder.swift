import Foundation
package import Trajectories

/// Turns the bytes of an image file into a picture; throws if they are none, or too large.
package typealias ImageDecoder = @Sendable ([UInt8]) throws -> RGBImage

/// Turns a picture into the bytes of an image file.
package typealias ImageEncoder = @Sendable (RGBImage) throws -> [UInt8]

/// The keys under which `metadata.jsonl` holds what a problem needs.
package struct ColumnMapping: Hashable, Codable, Sendable {
    /// A file name, or a list of them in the order in which the prompt shows the images.
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
/// The metadata is read and checked at once; images are read and decoded on demand. Lines that can't be used are left out, counted and listed
/// in ``report``. A file name must be relative, without "..", and lead to a regular file inside the folder after symbolic links are followed;
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
        let metadata = try root.read("metadata.jsonl", limit: Self.metadataLimit)
        var records: [ImageFolderRecord] = []
        var report = LoadReport()
        var lineOfID: [String: Int] = [:]
        var lineOfContent: [ImageFolderRecord.Content: Int] = [:]
        for (index, bytes) in metadata.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let line = index + 1
            if bytes.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\t") }) { continue }
            do {
                guard bytes.count <= Self.lineLimit else {
                    throw DatasetError(.malformed, "the line is longer than \(Self.lineLimit) bytes")
                }
                let record = try ImageFolderRecord(json: Array(bytes), line: line, columns: columns)
                guard record.content.files.count <= Self.imageCountLimit else {
                    throw DatasetError(.malformed, "more than \(Self.imageCountLimit) images")
                }
                for file in record.content.files { _ = try root.resolve(file) }
                if let first = lineOfID[record.id] {
                    report.duplicates.append(.init(line: line, reason: "same \(columns.id) \"\(record.id)\" as line \(first)"))
                } else if let first = lineOfContent[record.content] {
                    report.duplicates.append(.init(line: line, reason: "same images and \(columns.problem) as line \(first)"))
                } else {
                    lineOfID[record.id] = line
                    lineOfContent[record.content] = line
                    records.append(record)
                }
            } catch {
                report.malformed.append(.init(line: line, reason: "\(error)"))
            }
        }
        report.accepted = records.count
        guard !records.isEmpty else {
            throw DatasetError(.empty, "\(directory)/metadata.jsonl has no usable problem\n\(report)")
        }
        self.records = records
        self.report = report
    }

    package var count: Int { records.count }

    package var losses: String? { report.hasLosses ? report.line : nil }

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
            let bytes = try root.read(file, limit: Self.imageLimit)
            do {
                return try decode(bytes)
            } catch {
                throw DatasetError(.malformed, "metadata.jsonl line \(record.line): image \(file): \(error)")
            }
        }
        return Problem(
            id: ProblemID(record.id), images: images, question: record.content.problem, answer: record.answer,
            annotations: record.annotations)
    }
}
