import Digests

/// How a conversation becomes the text that a model was trained on.
///
/// Templates are Jinja programs in the model's folder. They aren't run: the published ones of the families below are recognised exactly, in
/// any spelling that renders the same (``TemplateText``), and rendered here; anything else is refused.
package struct ChatTemplate: Hashable, Sendable {
    private enum Form: Hashable {
        /// The texts as they stand, for `score`.
        case plain
        /// `<|im_start|>role\ntext<|im_end|>\n` for each turn; `defaultSystem` goes first where the conversation has no system turn.
        case chatML(defaultSystem: String?)
        /// `<|start_header_id|>role<|end_header_id|>\n\ntext<|eot_id|>` for each turn, texts trimmed, behind the beginning of a text.
        case llama3(begin: String)
        /// `<|role|>\ntext`, the end of a text and a line end for each turn. The markers are special only if the tokenizer has them so:
        /// where they are letters, a text can spell them.
        case zephyr(end: String)
    }

    private let form: Form
    /// Whether the template knows where images go.
    package let acceptsImages: Bool

    /// No template: the texts and images as they stand.
    package static let plain = ChatTemplate(form: .plain, acceptsImages: true)
    /// Qwen2-VL's and Qwen2.5-VL's.
    package static let qwenVision = ChatTemplate(form: .chatML(defaultSystem: "You are a helpful assistant."), acceptsImages: true)

    /// Whether this is ``plain``.
    package var isPlain: Bool { form == .plain }

    /// The special token that ends an assistant's turn; nil in plain mode.
    var endOfTurn: String? {
        switch form {
        case .plain: nil
        case .chatML: "<|im_end|>"
        case .llama3: "<|eot_id|>"
        case .zephyr(let end): end
        }
    }

    /// Special tokens without which the template can't be rendered.
    var neededTokens: [String] {
        switch form {
        case .plain: []
        case .chatML: ["<|im_start|>", "<|im_end|>"]
        case .llama3(let begin): [begin, "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
        case .zephyr(let end): [end]
        }
    }

    /// What a rendered conversation consists of.
    enum Segment: Equatable {
        /// A special token of the template.
        case special(String)
        /// A mark of the template: a token if the tokenizer has it as one, else letters.
        case mark(String)
        /// Letters, whatever they spell.
        case text(String)
        case image(ImagePatches)
        case seam
    }

    /// The pieces of `messages`; with `addsAssistantPrefix` the head of the answer that the model is to write follows.
    ///
    /// - Throws: ``MultimodalError`` (`invalidPrompt`) for a system turn that isn't the first, images that the template doesn't know,
    ///   or, in plain mode, anything but one user turn.
    func segments(_ messages: [ChatMessage], addsAssistantPrefix: Bool) throws(MultimodalError) -> [Segment] {
        guard !messages.dropFirst().contains(where: { $0.role == .system }) else {
            throw MultimodalError(.invalidPrompt, "a system prompt must be the first message")
        }
        var segments: [Segment] = []
        switch form {
        case .plain:
            guard messages.count == 1, messages[0].role == .user else {
                throw MultimodalError(
                    .invalidPrompt, "without a chat template a prompt is one user message: a system prompt or several turns need a template"
                )
            }
            return try self.segments(of: messages[0].parts)
        case .chatML(let defaultSystem):
            var messages = messages
            if let defaultSystem, messages.first?.role != .system { messages.insert(ChatMessage(.system, defaultSystem), at: 0) }
            for message in messages {
                segments += [.special("<|im_start|>"), .text(message.role.rawValue + "\n")]
                segments += try self.segments(of: message.parts)
                segments += [.special("<|im_end|>"), .text("\n")]
            }
            if addsAssistantPrefix { segments += [.special("<|im_start|>"), .text("assistant\n")] }
        case .llama3(let begin):
            func head(_ role: ChatRole) -> [Segment] {
                [.special("<|start_header_id|>"), .text(role.rawValue), .special("<|end_header_id|>"), .text("\n\n")]
            }
            if !messages.isEmpty { segments.append(.special(begin)) }
            for message in messages {
                segments += head(message.role) + Self.trimmed(try self.segments(of: message.parts)) + [.special("<|eot_id|>")]
            }
            if addsAssistantPrefix { segments += head(.assistant) }
        case .zephyr(let end):
            for message in messages {
                segments += [.mark("<|\(message.role.rawValue)|>"), .text("\n")]
                segments += try self.segments(of: message.parts)
                segments += [.special(end), .text("\n")]
            }
            if addsAssistantPrefix, !messages.isEmpty { segments += [.mark("<|assistant|>"), .text("\n")] }
        }
        return segments
    }

    /// What stands between the end of an assistant's turn and the next one, if a user says `text` to it.
    ///
    /// - Throws: ``MultimodalError`` (`invalidPrompt`) in plain mode, which has no turns.
    func segments(replying text: String) throws(MultimodalError) -> [Segment] {
        let earlier = [ChatMessage(.user, ""), ChatMessage(.assistant, "")]
        let head = try segments(earlier, addsAssistantPrefix: false)
        guard let endOfTurn, let end = head.lastIndex(of: .special(endOfTurn)) else {
            throw MultimodalError(.invalidPrompt, "without a chat template there is no reply to a turn")
        }
        return Array(try segments(earlier + [ChatMessage(.user, text)], addsAssistantPrefix: true)[(end + 1)...])
    }

    private func segments(of parts: [PromptPart]) throws(MultimodalError) -> [Segment] {
        var segments: [Segment] = []
        for part in parts {
            switch part {
            case .text(let text): segments.append(.text(text))
            case .seam: segments.append(.seam)
            case .image(let patches):
                guard acceptsImages else {
                    throw MultimodalError(.invalidPrompt, "the model's chat template has no place for images: it is a text model's")
                }
                segments += [.special("<|vision_start|>"), .image(patches), .special("<|vision_end|>")]
            }
        }
        return segments
    }

    /// Without the white space at the ends of the whole, as Python's `strip` sees it.
    private static func trimmed(_ segments: [Segment]) -> [Segment] {
        func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value) }
        var segments = segments
        /// Trims one text after another until letters come.
        func trim(_ order: some Sequence<Int>, _ trimmed: (Substring.UnicodeScalarView) -> Substring.UnicodeScalarView) {
            for index in order {
                guard case .text(let text) = segments[index] else { continue }
                let rest = trimmed(text.unicodeScalars[...])
                segments[index] = .text(String(rest))
                guard rest.isEmpty else { return }
            }
        }
        trim(segments.indices) { $0.drop(while: isSpace) }
        trim(segments.indices.reversed()) { text in
            var rest = text
            while let last = rest.last, isSpace(last) { rest.removeLast() }
            return rest
        }
        return segments
    }
}

extension ChatTemplate {
    /// What the published templates are, by the first bytes of the digest of their spelling, in which the default system prompt is a blank.
    private enum Known {
        case chatML
        case qwenVision
        case llama3
        case zephyr

        static let table: [String: Known] = [
            // Qwen2, SmolLM2
            "e4d3bfe382030dd4": .chatML,
            // Qwen2.5 with its branches for tools, which nobody offers here
            "f60940f9dc85958b": .chatML,
            // ChatML without a system prompt of its own; the second one sets add_generation_prompt where it is undefined
            "8c0189ba1a13582b": .chatML, "271a2325f45b00da": .chatML,
            // Qwen2-VL, Qwen2.5-VL
            "ba9b465fd88c99f3": .qwenVision,
            // Llama 3; the second one sets add_generation_prompt where it is undefined
            "0a74c1de74490277": .llama3, "f30d8f298ef572bc": .llama3,
            // TinyLlama, Zephyr
            "48279103d338b0ad": .zephyr,
        ]
    }

    /// Recognises a Jinja template.
    ///
    /// - Parameters:
    ///   - name: its file, for errors.
    ///   - begin: the tokenizer's `bos_token`.
    ///   - end: the tokenizer's `eos_token`.
    /// - Throws: ``MultimodalError`` (`unsupported`) saying what is supported, or which token is missing.
    package init(recognizing template: String, name: String, begin: String? = nil, end: String? = nil) throws(MultimodalError) {
        let (digest, system) = Self.fingerprint(of: template)
        func token(_ token: String?, _ key: String) throws(MultimodalError) -> String {
            guard let token else {
                throw MultimodalError(.unsupported, "\(name): the chat template needs \(key), which the model's files lack")
            }
            return token
        }
        switch Known.table[digest] {
        case .chatML: self.init(form: .chatML(defaultSystem: system), acceptsImages: false)
        case .qwenVision: self.init(form: .chatML(defaultSystem: system), acceptsImages: true)
        case .llama3: self.init(form: .llama3(begin: try token(begin, "bos_token")), acceptsImages: false)
        case .zephyr: self.init(form: .zephyr(end: try token(end, "eos_token")), acceptsImages: false)
        case nil:
            throw MultimodalError(
                .unsupported,
                "\(name): the chat template (spelling \(digest)) is none of those that are known, which are ChatML as Qwen2, Qwen2.5, "
                    + "Qwen2-VL, Qwen2.5-VL and SmolLM2 have it, Llama 3's and Zephyr's (TinyLlama's); use such a model, or score without a template"
            )
        }
    }

    /// The digest of a template's spelling with a blank for the default system prompt, and that prompt.
    private static func fingerprint(of template: String) -> (digest: String, system: String?) {
        var text = TemplateText(template).canonical
        var system: String?
        for tail in text.split(separator: "<|im_start|>system\n", omittingEmptySubsequences: false).dropFirst() where system == nil {
            // A quote ends the literal: what follows is the conversation's own system turn.
            guard let end = tail.firstRange(of: "<|im_end|>"), !tail[..<end.lowerBound].contains("'"), !tail.hasPrefix("<|im_end|>") else {
                continue
            }
            system = String(tail[..<end.lowerBound])
        }
        if let system { text = text.replacing(system, with: "\u{2}") }
        return (String(SHA256.hex(ofText: text).prefix(16)), system?.replacing("\u{1}", with: "'"))
    }
}
