package import Foundation
package import Multimodal

/// A judge's protocol as token ids, special tokens disabled in responses and annotations: nothing there is more than text.
package struct JudgeEncoder: Sendable {
    private enum Words {
        case plain(Tokenizer)
        case chat(PromptEncoder)
    }

    private let words: Words
    /// What every prefix begins with, but for responses whose own beginning merges with it.
    package let head: [Int32]
    /// The single token that means *reflected*.
    package let reflected: Int32
    /// The single token that means *missing*.
    package let missing: Int32

    /// The plain protocol.
    ///
    /// - Throws: `JudgeModelError` if an answer is not a single token of this tokenizer.
    package init(tokenizer: Tokenizer) throws {
        words = .plain(tokenizer)
        head = tokenizer.encode(JudgeProtocol().opening, allowSpecial: false)
        reflected = try Self.single(JudgeProtocol.reflectedAnswer, tokenizer)
        missing = try Self.single(JudgeProtocol.missingAnswer, tokenizer)
    }

    /// The chat protocol, by the model's template.
    ///
    /// - Throws: `JudgeModelError` if an answer is not a single token of the tokenizer; `MultimodalError` in plain mode.
    package init(chat: PromptEncoder) throws {
        words = .chat(chat)
        reflected = try Self.single(JudgeChatProtocol.reflectedAnswer, chat.tokenizer)
        missing = try Self.single(JudgeChatProtocol.missingAnswer, chat.tokenizer)
        let prompt = try chat.encode(JudgeChatProtocol().messages(response: "", annotation: ""))
        head = Array(prompt.tokenIDs[..<prompt.seams[0]])
    }

    /// The protocol `form` with the tokenizer, and for chat the template, of `model`.
    ///
    /// - Throws: the above, and `MultimodalError` naming a file.
    package init(model: URL, form: JudgeProtocolForm) throws {
        let processor = try MultimodalProcessor(contentsOf: model, usesChatTemplate: form == .chat)
        switch form {
        case .plain: try self.init(tokenizer: processor.tokenizer)
        case .chat: try self.init(chat: processor.encoder)
        }
    }

    private static func single(_ answer: String, _ tokenizer: Tokenizer) throws -> Int32 {
        let ids = tokenizer.encode(answer, allowSpecial: false)
        guard ids.count == 1 else {
            throw JudgeModelError("the judge's tokenizer splits the answer '\(answer)' into \(ids.count) tokens; it must be one")
        }
        return ids[0]
    }

    /// The greatest token id plus 1.
    var vocabularySize: Int {
        switch words {
        case .plain(let tokenizer): tokenizer.vocabularySize
        case .chat(let encoder): encoder.tokenizer.vocabularySize
        }
    }

    /// Names the wording.
    package var version: String {
        switch words {
        case .plain: JudgeProtocol.version
        case .chat: JudgeChatProtocol.version
        }
    }

    /// The part that all annotations of one response share.
    package func prefix(response: String) throws -> [Int32] {
        switch words {
        case .plain(let tokenizer): tokenizer.encode(JudgeProtocol().prefix(response: response), allowSpecial: false)
        case .chat(let encoder): head + (try section(0, of: JudgeChatProtocol().turn(response: response, annotation: ""), encoder))
        }
    }

    /// The part of one annotation, up to where the verdict comes.
    package func suffix(annotation: String) throws -> [Int32] {
        switch words {
        case .plain(let tokenizer): tokenizer.encode(JudgeProtocol().suffix(annotation: annotation), allowSpecial: false)
        case .chat(let encoder): try section(1, of: JudgeChatProtocol().turn(response: "", annotation: annotation), encoder)
        }
    }

    /// The tokens between seam `index` and the next one or the end.
    private func section(_ index: Int, of turn: ChatMessage, _ encoder: PromptEncoder) throws -> [Int32] {
        let prompt = try encoder.encode([turn])
        let end = index + 1 < prompt.seams.count ? prompt.seams[index + 1] : prompt.tokenIDs.count
        return Array(prompt.tokenIDs[prompt.seams[index]..<end])
    }
}

/// Why a model can't judge.
package struct JudgeModelError: Error, CustomStringConvertible, Sendable {
    package let description: String

    package init(_ description: String) { self.description = description }
}
