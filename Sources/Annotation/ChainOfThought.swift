import Tasks
import JSON
import Telemetry

/// One response to a problem: a line of a chains-of-thought file, whoever wrote it.
package struct ChainOfThought: Hashable, Sendable {
    /// The problem's id in its image folder.
    package let problemID: String
    package let response: String
    /// Who answered; empty where the file doesn't say.
    package let model: String
    /// The grade that the file gives, if it gives one. It decides nothing: it is compared with the answer check and counted.
    package let statedGrade: Bool?

    package init(problemID: String, response: String, model: String = "", statedGrade: Bool? = nil) {
        self.problemID = problemID
        self.response = response
        self.model = model
        self.statedGrade = statedGrade
    }
}

/// The chains of thought of one or several JSONL files, in their order, and what was left out.
package struct ChainFile: Sendable {
    /// The names of the keys of a line.
    package struct Keys: Hashable, Sendable {
        /// The problem's id: a text or a whole number.
        package var problem = "id"
        /// The chain of thought: a text.
        package var response = "response"
        /// What stands before the file's ids in the image folder: "mathvision-" makes 4 the problem mathvision-4.
        package var prefix = ""

        package init() {}
    }

    /// A line that is no chain of thought.
    package struct Line: Hashable, Sendable, Codable {
        package let file: String
        /// Counted from 1.
        package let line: Int
        package let reason: String
    }

    /// The longest response that is read, in bytes; what is longer is a runaway.
    package static let responseLimit = 1 << 18
    /// The longest line, in bytes.
    private static let lineLimit = 4 << 20
    /// The most chains that are held.
    private static let chainLimit = 4_000_000

    package private(set) var chains: [ChainOfThought] = []
    package private(set) var unusable: [Line] = []

    package init() {}

    /// Adds the chains of a file. A torn last line is no line.
    ///
    /// - Parameters:
    ///   - path: The file: one JSON object a line with `keys.problem` and `keys.response`; `model` (a text) and `correct` (true or false) may
    ///     stand beside them, other keys are ignored.
    ///   - keys: The names of the two keys.
    /// - Throws: `TelemetryError` if the file can't be read, ``AnnotationError`` if there are more chains than can be held.
    package mutating func read(_ path: String, keys: Keys = Keys()) throws {
        try JSONLinesLog.forEachLine(in: path, longest: Self.lineLimit) { line in
            if line.text.allSatisfy(\.isWhitespace) { return }
            guard chains.count < Self.chainLimit else {
                throw AnnotationError(.malformed, "\(path), line \(line.number): more than \(Self.chainLimit) chains: split the files")
            }
            do {
                chains.append(try Self.chain(line.text, keys))
            } catch {
                unusable.append(Line(file: path, line: line.number, reason: "\(error)"))
            }
        }
    }

    private static func chain(_ line: String, _ keys: Keys) throws -> ChainOfThought {
        func wrong(_ reason: String) -> AnnotationError { AnnotationError(.malformed, reason) }
        let fields: [String: MetadataField]
        do {
            fields = try MetadataField.fields(of: Array(line.utf8), keys: [keys.problem, keys.response, "model", "correct"])
        } catch {
            throw wrong(error.inLine)
        }
        guard let id = fields[keys.problem]?.text, !id.isEmpty else { throw wrong("the key \(keys.problem) is missing or no text") }
        guard case .text(let response) = fields[keys.response] else { throw wrong("the key \(keys.response) is missing or no text") }
        guard response.utf8.count <= responseLimit else { throw wrong("the response has more than \(responseLimit) bytes") }
        guard response.contains(where: { !$0.isWhitespace }) else { throw wrong("the response is empty") }
        let grade: Bool? = if case .flag(let value) = fields["correct"] { value } else { nil }
        let model = if case .text(let name) = fields["model"] { name } else { "" }
        return ChainOfThought(problemID: keys.prefix + id, response: response, model: model, statedGrade: grade)
    }
}
