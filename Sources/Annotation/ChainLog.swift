import Foundation
import Synchronization
import Telemetry

/// One sampled chain of thought: a line of the file that `percept trajectories` writes and `percept annotate` reads.
package struct ChainRecord: Hashable, Codable, Sendable {
    /// The problem's id.
    package let id: String
    /// Which of the problem's samples, from 0.
    package let sample: Int
    package let model: String
    package let response: String
    /// `stop`, `length` or `other`.
    package let finishReason: String
    /// The version of the prompt: ``ChainPrompt/version``.
    package let prompt: String
    package let promptTokens: Int
    package let completionTokens: Int

    package init(
        id: String, sample: Int, model: String, response: String, finishReason: String, prompt: String, promptTokens: Int,
        completionTokens: Int
    ) {
        self.id = id
        self.sample = sample
        self.model = model
        self.response = response
        self.finishReason = finishReason
        self.prompt = prompt
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
    }

    private enum CodingKeys: String, CodingKey {
        case id, sample, model, response
        case finishReason = "finish_reason"
        case prompt
        case promptTokens = "prompt_tokens"
        case completionTokens = "completion_tokens"
    }
}

/// The chains of thought sampled so far, appended one by one. A torn last line is removed when the file is opened.
package final class ChainLog: Sendable {
    private struct Key: Hashable {
        let id: String
        let sample: Int
        let model: String
        let prompt: String
    }

    private let log: JSONLinesLog
    private let known: Mutex<Set<Key>>
    /// Bytes of a torn last line that opening removed.
    package var repairedByteCount: Int { log.repairedByteCount }
    /// Lines that are no record of sampling.
    package let otherLineCount: Int

    /// Opens or makes the file and reads what it holds.
    ///
    /// - Throws: `TelemetryError`.
    package init(path: String) throws {
        log = try JSONLinesLog(path: path)
        var keys: Set<Key> = []
        var others = 0
        try JSONLinesLog.forEachLine(in: path) { line in
            if let record = try? JSONDecoder().decode(ChainRecord.self, from: Data(line.text.utf8)) {
                keys.insert(Key(id: record.id, sample: record.sample, model: record.model, prompt: record.prompt))
            } else {
                others += 1
            }
        }
        otherLineCount = others
        known = Mutex(keys)
    }

    /// Whether this sample stands in the file, from the same model and prompt.
    package func contains(id: String, sample: Int, model: String, prompt: String) -> Bool {
        known.withLock { $0.contains(Key(id: id, sample: sample, model: model, prompt: prompt)) }
    }

    /// Writes a record.
    ///
    /// - Throws: `TelemetryError`, if the file can't take it.
    package func append(_ record: ChainRecord) throws {
        try log.append(try JSONLine.text(record))
        _ = known.withLock { $0.insert(Key(id: record.id, sample: record.sample, model: record.model, prompt: record.prompt)) }
    }
}

/// What a multimodal model is asked when it writes a chain of thought.
package enum ChainPrompt {
    /// Names the wording; changed with any change of text.
    package static let version = "percept-chain-1"
    /// What stands in a question where an image belongs.
    package static let imageMarker = "<image>"

    /// A piece of the user's turn.
    package enum Part: Hashable, Sendable {
        case text(String)
        /// The problem's image with this place, from 0.
        case image(Int)
    }

    private static let instruction = """


        First say, in short separate sentences, what the image shows that matters: objects, numbers, labels, lengths, angles, relations. \
        Then reason step by step. Write both between <think> and </think>, and then the final answer alone as <answer>\\boxed{…}</answer>.
        """

    /// The user's turn: where the question has as many image markers as there are images they go there, otherwise before the text.
    package static func parts(question: String, imageCount: Int) -> [Part] {
        let texts = question.components(separatedBy: imageMarker)
        guard texts.count == imageCount + 1 else { return (0..<imageCount).map(Part.image) + [.text(question + instruction)] }
        var parts: [Part] = []
        for (index, text) in texts.enumerated() {
            let isLast = index == imageCount
            if isLast || !text.isEmpty { parts.append(.text(isLast ? text + instruction : text)) }
            if !isLast { parts.append(.image(index)) }
        }
        return parts
    }
}
