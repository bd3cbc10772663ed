package import Tasks
import Files
package import Foundation
import Telemetry
import Trajectories

/// The output of annotating: an image folder that training reads, with the log, the sheet and the report beside it.
///
/// ```
/// OUT/
///   metadata.jsonl       written last: problems with their facts after review
///   images/000012-0.png  copies of the problems' files
///   extractions.jsonl    one line a chain of thought: resumes
///   candidates.jsonl     problems with their facts before review
///   review.json          a reviewer's marks, once applied
///   review.html          the sheet
///   report.json          every count
/// ```
package struct AnnotatedFolder: Sendable {
    package let path: String

    /// Opens the folder, or makes it.
    ///
    /// - Throws: ``AnnotationError`` (`unwritable`) if it holds a `metadata.jsonl` that annotating did not write.
    package init(path: String) throws {
        self.path = path
        let manager = FileManager.default
        guard !manager.fileExists(atPath: path + "/metadata.jsonl") || manager.fileExists(atPath: path + "/" + ExtractionLog.fileName)
        else {
            throw AnnotationError(
                .unwritable,
                "\(path) holds a data set of another origin (metadata.jsonl without \(ExtractionLog.fileName)): choose another folder")
        }
        do {
            try manager.createDirectory(atPath: path + "/images", withIntermediateDirectories: true)
        } catch {
            throw AnnotationError(.unwritable, "the folder \(path) can't be made: \(FileFailure.words(of: error))")
        }
    }

    /// A file's path in the folder.
    package func file(_ name: String) -> String { path + "/" + name }

    /// Writes a file as a whole: readers see the old one or this one.
    ///
    /// - Throws: ``AnnotationError`` (`unwritable`).
    package func write(_ data: Data, to name: String) throws {
        do {
            try data.write(to: URL(fileURLWithPath: file(name)), options: .atomic)
        } catch {
            throw AnnotationError(.unwritable, "\(file(name)) can't be written: \(FileFailure.words(of: error))")
        }
    }

    /// The marks that were applied before; none if there is no `review.json`.
    ///
    /// - Throws: ``AnnotationError`` if it is no review.
    package func review() throws -> Review {
        FileManager.default.fileExists(atPath: file(Review.fileName)) ? try Review(path: file(Review.fileName)) : Review()
    }

    // MARK: - Candidates

    /// Copies the images of the problems with facts and writes `candidates.jsonl`.
    ///
    /// Images are read through `source`, whose paths can't lead out of its folder, and numbered anew: no name of the source is used as a
    /// path here.
    ///
    /// - Parameters:
    ///   - set: The facts of all problems.
    ///   - keepsUnannotated: Whether problems without facts are written too.
    ///   - source: Where the images are.
    /// - Throws: `DatasetError` if an image can't be read, ``AnnotationError`` if a file can't be written.
    package func writeCandidates(of set: AnnotationSet, keepsUnannotated: Bool, from source: ImageFolder) throws {
        var lines = Data()
        for (index, item) in set.items.enumerated() where keepsUnannotated || !item.kept.isEmpty {
            let files = try item.problem.files.enumerated().map { number, name in
                try copyImage(try source.bytes(ofImage: name), problem: index, number: number)
            }
            let candidate = AnnotationCandidate(
                id: item.problem.id, question: item.problem.question, answer: item.problem.answer, files: files, facts: item.kept,
                isUnannotated: item.kept.isEmpty)
            lines += try JSONLine.encode(candidate)
        }
        try write(lines, to: AnnotationCandidate.fileName)
    }

    private func copyImage(_ bytes: [UInt8], problem: Int, number: Int) throws -> String {
        let digits = String(problem)
        let zeros = String(repeating: "0", count: max(0, 6 - digits.count))
        let name = "images/\(zeros)\(digits)-\(number).\(ImageKind(bytes).fileExtension)"
        let data = Data(bytes)
        if (try? InputFile.read(file(name), limit: bytes.count)) != data { try write(data, to: name) }
        return name
    }

    /// Reads `candidates.jsonl`.
    ///
    /// - Throws: ``AnnotationError`` naming the line, `TelemetryError` if there is no such file.
    package func candidates() throws -> [AnnotationCandidate] {
        var candidates: [AnnotationCandidate] = []
        try JSONLinesLog.forEachLine(in: file(AnnotationCandidate.fileName)) { line in
            do {
                candidates.append(try JSONDecoder().decode(AnnotationCandidate.self, from: Data(line.text.utf8)))
            } catch {
                throw AnnotationError(
                    .malformed, "\(file(AnnotationCandidate.fileName)), line \(line.number) is no candidate: run percept annotate again")
            }
        }
        return candidates
    }

    /// Writes `metadata.jsonl`: the candidates less what the review rejects.
    ///
    /// - Parameters:
    ///   - review: The marks; facts without one stay, unless `onlyAccepted`.
    ///   - onlyAccepted: Whether a fact needs an accepting mark.
    /// - Returns: What the review did.
    /// - Throws: ``AnnotationError``, `TelemetryError`.
    package func writeMetadata(review: Review, onlyAccepted: Bool = false) throws -> ReviewOutcome {
        let marks = ReviewMarks(review)
        var outcome = ReviewOutcome()
        var lines = Data()
        var applied = 0
        for candidate in try candidates() {
            let facts = candidate.facts.filter { fact in
                let mark = marks[fact]
                if mark != nil { applied += 1 }
                outcome.count(mark)
                return mark == .accept || (mark == nil && !onlyAccepted)
            }
            outcome.facts += facts.count
            guard !facts.isEmpty || candidate.isUnannotated else {
                outcome.emptiedProblems += 1
                continue
            }
            outcome.problems += 1
            let problem = Problem(
                id: ProblemID(candidate.id), images: [], question: candidate.question, answer: candidate.answer,
                annotations: facts.map(\.text))
            lines += try ImageFolderWriter.line(problem, files: candidate.files)
        }
        outcome.staleMarks = marks.count - applied
        try write(lines, to: "metadata.jsonl")
        return outcome
    }
}

/// One problem that may be written, before review: a line of `candidates.jsonl`.
package struct AnnotationCandidate: Hashable, Codable, Sendable {
    /// The file's name in the output folder.
    package static let fileName = "candidates.jsonl"

    package let id: String
    package let question: String
    package let answer: String
    /// Names inside the output folder.
    package let files: [String]
    package let facts: [SupportedFact]
    /// Written without facts on purpose, not because a review rejected them all.
    package let isUnannotated: Bool
}

/// What a review did to the facts.
package struct ReviewOutcome: Hashable, Codable, Sendable {
    package fileprivate(set) var accepted = 0
    package fileprivate(set) var rejected = 0
    package fileprivate(set) var unmarked = 0
    /// Marks of facts that are no more, or are worded otherwise.
    package fileprivate(set) var staleMarks = 0
    /// Problems that lost all their facts.
    package fileprivate(set) var emptiedProblems = 0
    /// Problems and facts written.
    package fileprivate(set) var problems = 0
    package fileprivate(set) var facts = 0

    package init() {}

    fileprivate mutating func count(_ mark: Review.Mark?) {
        switch mark {
        case .accept: accepted += 1
        case .reject: rejected += 1
        case nil: unmarked += 1
        }
    }
}
