import Files
import Foundation

/// One judged response with what trained on it: a line of `samples.jsonl`.
package struct SampleRecord: Hashable, Codable, Sendable {
    /// What a judge said of one annotation.
    package enum VerdictName: String, Hashable, Codable, Sendable {
        case reflected, missing, unknown
    }

    /// The reward that trained and its weighted parts, which add up to it: an object of `overall` and the parts' names.
    package struct Reward: Hashable, Codable, Sendable {
        /// The weighted sum.
        package let overall: Float
        /// By name; a part that has nothing to say of the problem is left out.
        package let parts: [String: Float]

        package init(overall: Float, parts: [String: Float]) {
            self.overall = overall
            self.parts = parts
        }

        package subscript(name: String) -> Float? { parts[name] }

        private static let overallKey = "overall"

        package init(from decoder: any Decoder) throws {
            var values = try decoder.singleValueContainer().decode([String: Float].self)
            guard let overall = values.removeValue(forKey: Self.overallKey) else {
                throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "a reward without 'overall'"))
            }
            self.init(overall: overall, parts: values)
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(parts.merging([Self.overallKey: overall]) { $1 })
        }
    }

    /// One turn of a response of several.
    package struct Turn: Hashable, Codable, Sendable {
        /// What the policy wrote.
        package let response: String
        /// How many of `tokens` it took.
        package let tokenCount: Int
        /// What the environment said to it, and the token ids of that in the chat format. Nil behind the last turn.
        package let reply: String?
        package let replyTokens: [Int32]?

        package init(response: String, tokenCount: Int, reply: String?, replyTokens: [Int32]?) {
            self.response = response
            self.tokenCount = tokenCount
            self.reply = reply
            self.replyTokens = replyTokens
        }

        private enum CodingKeys: String, CodingKey {
            case response
            case tokenCount = "token_count"
            case reply
            case replyTokens = "reply_tokens"
        }
    }

    package let step: Int
    /// The group's slot in the step's plan, from 0.
    package let group: Int
    /// The sibling, from 0.
    package let member: Int
    package let problemID: String
    /// The problem's place in its data set.
    package let problemIndex: Int
    package let question: String
    package let response: String
    /// `stop` or `length`.
    package let finishReason: String
    package let annotations: [String]
    /// One an annotation; none where nobody was asked.
    package let verdicts: [VerdictName]
    /// The judge's probability that each annotation is reflected, nil where it is unknown; nil in lines that don't say.
    package let probabilities: [Float?]?
    /// Who gave each verdict; nil in lines that don't say.
    package let judges: [String]?
    package let reward: Reward
    package let advantage: Float
    package let policyVersion: Int
    // What the learner was given: with the values above all that `digest/batch` is made of. Nil in lines that don't say.
    /// How often the problem had been drawn before.
    package let visit: Int?
    /// Ids of the prompt, one placeholder for each visual token.
    package let promptTokens: [Int32]?
    /// Ids of all sampled tokens, end tokens included.
    package let tokens: [Int32]?
    /// The log-probability of each of `tokens`, as float32 bits.
    package let logProbBits: [UInt32]?
    /// What went into the reward, before weights, by the parts' names.
    package let parts: [String: Float]?
    /// The turns, where there are several; nil for one.
    package let turns: [Turn]?

    private enum CodingKeys: String, CodingKey {
        case step, group, member
        case problemID = "problem_id"
        case problemIndex = "problem_index"
        case question, response
        case finishReason = "finish_reason"
        case annotations, verdicts, probabilities, judges, reward, advantage
        case policyVersion = "policy_version"
        case visit
        case promptTokens = "prompt_tokens"
        case tokens
        case logProbBits = "log_prob_bits"
        case parts, turns
    }

    package init(
        step: Int, group: Int, member: Int, problemID: String, problemIndex: Int, question: String, response: String,
        finishReason: String, annotations: [String], verdicts: [VerdictName], probabilities: [Float?]? = nil, judges: [String]? = nil,
        reward: Reward, advantage: Float, policyVersion: Int, visit: Int? = nil, promptTokens: [Int32]? = nil, tokens: [Int32]? = nil,
        logProbBits: [UInt32]? = nil, parts: [String: Float]? = nil, turns: [Turn]? = nil
    ) {
        self.step = step
        self.group = group
        self.member = member
        self.problemID = problemID
        self.problemIndex = problemIndex
        self.question = question
        self.response = response
        self.finishReason = finishReason
        self.annotations = annotations
        self.verdicts = verdicts
        self.probabilities = probabilities
        self.judges = judges
        self.reward = reward
        self.advantage = advantage
        self.policyVersion = policyVersion
        self.visit = visit
        self.promptTokens = promptTokens
        self.tokens = tokens
        self.logProbBits = logProbBits
        self.parts = parts
        self.turns = turns
    }

    /// The record on one line, keys sorted.
    ///
    /// - Throws: ``TelemetryError/record(reason:)`` if a number is not finite, or verdicts and annotations, or tokens and log-probabilities,
    ///   differ in number.
    package func line() throws(TelemetryError) -> String {
        guard verdicts.isEmpty || annotations.count == verdicts.count else {
            throw .record(reason: "\(annotations.count) annotations but \(verdicts.count) verdicts for problem \(problemID)")
        }
        guard [probabilities?.count, judges?.count].allSatisfy({ $0 == nil || $0 == verdicts.count }) else {
            throw .record(reason: "\(annotations.count) annotations but other numbers of probabilities or judges for problem \(problemID)")
        }
        guard tokens?.count == logProbBits?.count else {
            throw .record(reason: "\(tokens?.count ?? 0) tokens but \(logProbBits?.count ?? 0) log-probabilities for problem \(problemID)")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        } catch {
            throw .record(reason: "step \(step), group \(group), member \(member): \(error)")
        }
    }

    /// Reads a line back.
    ///
    /// - Throws: ``TelemetryError/record(reason:)``.
    package init(line: String) throws(TelemetryError) {
        do {
            self = try JSONDecoder().decode(SampleRecord.self, from: Data(line.utf8))
        } catch {
            throw .record(reason: "not a sample record: \(FileFailure.words(of: error))")
        }
    }
}
