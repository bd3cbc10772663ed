package import Foundation
import Telemetry
package import Trajectories

/// The lines that are spoken with a reward of a user's own: one of JSON for each question, one for each answer.
package enum RewardLine {
    /// Longer answers are none.
    package static let answerLimit = 64 << 10
    /// Bytes of a reason at most.
    private static let reasonLimit = 300

    /// A question as it is written. Keys that come later are for programs to pass over.
    private struct Question: Encodable {
        let id: Int
        let part: String
        let problem: String
        let question: String
        let response: String
        let answer: String
        let annotations: [String]
        let verdicts: [String]
        let seed: UInt64
    }

    /// A question as one line, with its line end.
    ///
    /// - Parameters:
    ///   - id: what the answer repeats.
    ///   - part: the name of the part.
    package static func text(_ question: RewardQuestion, id: Int, part: String) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = Question(
            id: id, part: part, problem: question.problem.rawValue, question: question.question, response: question.response,
            answer: question.answer, annotations: question.annotations, verdicts: question.verdicts.map { word($0) }, seed: question.seed)
        // Texts and whole numbers alone: there is nothing that JSON could not hold.
        guard let data = try? encoder.encode(line) else { preconditionFailure("a question that is no JSON") }
        return data + [0x0A]
    }

    private static func word(_ verdict: Verdict) -> String { SampleRecord.VerdictName(verdict).rawValue }

    /// An answer: to which question, where it says so, and what.
    package struct Answer: Hashable, Sendable {
        package let id: Int?
        package let value: OwnRewardValue
    }

    /// Reads an answer; nil for a line that is no JSON object of the kind.
    package static func answer(_ line: Data) -> Answer? {
        guard let read = decoded(line) ?? decoded(withoutNumbersThatAreNone(line)) else { return nil }
        return Answer(id: read.id, value: read.outcome)
    }

    /// Text of a stranger, short, on one line and visible.
    package static func shown(_ text: String) -> String {
        VisibleText.of(String(decoding: text.utf8.prefix(reasonLimit), as: UTF8.self), keepingLines: false)
            + (text.utf8.count > reasonLimit ? " …" : "")
    }

    private struct Reading: Decodable {
        let id: Int?
        let outcome: OwnRewardValue

        private enum Keys: String, CodingKey { case id, value, unknown }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Keys.self)
            id = try? fields.decode(Int.self, forKey: .id)
            switch (fields.contains(.value), fields.contains(.unknown)) {
            case (true, true): outcome = .unknown("it gave both a value and a reason for having none")
            case (false, false):
                // An object without any of the keys is no answer at all.
                guard fields.contains(.id) else {
                    throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "no answer"))
                }
                outcome = .unknown("it gave neither a value nor a reason for having none")
            case (true, false):
                let number = try? fields.decode(Double.self, forKey: .value)
                outcome = number.map { OwnRewardValue($0) } ?? .unknown("its value is not a finite number")
            case (false, true):
                let reason = try? fields.decode(String.self, forKey: .unknown)
                outcome = .unknown(reason.map { "it says: " + RewardLine.shown($0) } ?? "it says unknown, and not why")
            }
        }
    }

    private static func decoded(_ line: Data) -> Reading? { try? JSONDecoder().decode(Reading.self, from: line) }

    /// Python writes NaN, Infinity and -Infinity, which are no JSON: as null they are values that are no number.
    private static func withoutNumbersThatAreNone(_ line: Data) -> Data {
        var result = Data()
        var rest = Array(line)[...]
        var isInText = false
        while let byte = rest.first {
            if isInText, byte == UInt8(ascii: "\\") {
                result += rest.prefix(2)
                rest = rest.dropFirst(2)
                continue
            }
            if byte == UInt8(ascii: "\"") { isInText.toggle() }
            if !isInText, let word = ["NaN", "-Infinity", "Infinity"].first(where: { rest.starts(with: $0.utf8) }) {
                result += Data("null".utf8)
                rest = rest.dropFirst(word.utf8.count)
                continue
            }
            result.append(byte)
            rest = rest.dropFirst()
        }
        return result
    }
}
