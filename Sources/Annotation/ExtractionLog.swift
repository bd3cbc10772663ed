import Foundation
import Synchronization
import Telemetry

/// What became of one chain of thought: a line of `extractions.jsonl`.
package struct ExtractionRecord: Hashable, Codable, Sendable {
    /// See ``ExtractionRequest/key(extractor:)``.
    package let key: String
    package let problemID: String
    package let extractor: String
    /// The statements extracted, before any rule; nil where no answer could be read.
    package let statements: [String]?
    /// Why there are none: a ``FactTags/Fault`` after all attempts, or the kind of a final ``ExtractionFailure``.
    package let loss: String?
    /// Requests made, at least 1.
    package let attempts: Int
    /// Faults of the attempts that were asked again.
    package let retried: [String]
    package let promptTokens: Int
    package let completionTokens: Int

    package init(
        key: String, problemID: String, extractor: String, statements: [String]?, loss: String?, attempts: Int, retried: [String],
        promptTokens: Int, completionTokens: Int
    ) {
        self.key = key
        self.problemID = problemID
        self.extractor = extractor
        self.statements = statements
        self.loss = loss
        self.attempts = attempts
        self.retried = retried
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
    }

    /// Whether its counts can be counts. The sums over every log of such records are numbers too.
    var isPlausible: Bool {
        let counts = 0...1 << 40
        return counts.contains(attempts) && counts.contains(promptTokens) && counts.contains(completionTokens)
    }

    private enum CodingKeys: String, CodingKey {
        case key
        case problemID = "problem_id"
        case extractor, statements, loss, attempts, retried
        case promptTokens = "prompt_tokens"
        case completionTokens = "completion_tokens"
    }
}

/// The answers so far, appended one by one, so that a run that ends anyhow goes on where it was.
///
/// A torn last line is removed when the file is opened; a line that is no record is counted and passed over, and its chain asked again.
package final class ExtractionLog: Sendable {
    /// The file's name in the output folder.
    package static let fileName = "extractions.jsonl"

    private let log: JSONLinesLog
    private let records: Mutex<[String: ExtractionRecord]>
    /// Bytes of a torn last line that opening removed.
    package var repairedByteCount: Int { log.repairedByteCount }
    /// Lines that are no record.
    package let damagedLineCount: Int

    /// Opens or makes the file and reads what it holds.
    ///
    /// - Throws: `TelemetryError`.
    package init(path: String) throws {
        log = try JSONLinesLog(path: path)
        var found: [String: ExtractionRecord] = [:]
        var damaged = 0
        try JSONLinesLog.forEachLine(in: path) { line in
            if let record = try? JSONDecoder().decode(ExtractionRecord.self, from: Data(line.text.utf8)), record.isPlausible {
                found[record.key] = record
            } else {
                damaged += 1
            }
        }
        damagedLineCount = damaged
        records = Mutex(found)
    }

    /// The record of a key; nil if it is still to be asked.
    package subscript(key: String) -> ExtractionRecord? { records.withLock { $0[key] } }

    /// Writes a record and remembers it.
    ///
    /// - Throws: `TelemetryError`, if the file can't take it.
    package func append(_ record: ExtractionRecord) throws {
        try log.append(try JSONLine.text(record))
        records.withLock { $0[record.key] = record }
    }
}

/// A value as one line of JSON, keys sorted.
enum JSONLine {
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// The line with its end.
    static func encode(_ value: some Encodable) throws -> Data { Data((try text(value) + "\n").utf8) }
}
