import Foundation
package import Trajectories

/// A data set in the layout of its authors, read as problems: what stands behind ``Geometry3K`` and ``MathVision``.
///
/// Files are named relative to the data set's folder and never lead out of it. Every image is decoded once when the data set is read, so that
/// a damaged one is counted as a loss rather than met later; pixels are not kept.
package struct ForeignProblems: ProblemSource {
    /// One usable problem.
    struct Record: Sendable {
        let id: String
        let files: [String]
        let question: String
        let answer: String
        let annotations: [String]
    }

    /// What was used and what was left out.
    package let report: ConversionReport

    private let root: FolderRoot
    private let records: [Record]
    private let decode: ImageDecoder

    /// - Throws: ``DatasetError`` (`empty`) if there is no usable problem.
    init(_ name: String, root: FolderRoot, records: [Record], report: ConversionReport, decode: @escaping ImageDecoder) throws {
        var report = report
        var kept: [Record] = []
        var ids: Set<String> = []
        for record in records {
            guard ids.insert(record.id).inserted else {
                report.leaveOut(record.id, because: .duplicate, "an earlier problem has the same id")
                continue
            }
            do {
                for file in record.files { _ = try Self.image(file, root, decode) }
                kept.append(record)
            } catch {
                report.leaveOut(record.id, because: .image, "\(error)")
            }
        }
        report.accepted = kept.count
        guard !kept.isEmpty else { throw DatasetError(.empty, "\(name) has no usable problem\n\(report)") }
        self.root = root
        self.records = kept
        self.report = report
        self.decode = decode
    }

    package var count: Int { records.count }

    package func problem(at index: Int) throws -> Problem {
        guard records.indices.contains(index) else {
            throw DatasetError(.invalidParameter, "problem \(index) does not exist: the data set has \(count), counted from 0")
        }
        let record = records[index]
        return Problem(
            id: ProblemID(record.id), images: try record.files.map { try Self.image($0, root, decode) }, question: record.question,
            answer: record.answer, annotations: record.annotations)
    }

    private static func image(_ file: String, _ root: FolderRoot, _ decode: ImageDecoder) throws -> RGBImage {
        let bytes = try root.read(file, limit: ImageFolder.imageLimit)
        do {
            return try decode(bytes)
        } catch {
            throw DatasetError(.picture, "\(root.fullPath(file)): \(error)")
        }
    }
}
