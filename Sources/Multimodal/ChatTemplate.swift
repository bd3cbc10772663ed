/// How a conversation becomes the text that a model was trained on.
///
/// Templates are Jinja programs in the model's folder. They aren't run: the ChatML family of Qwen2, Qwen2.5, Qwen2-VL and Qwen2.5-VL is
/// recognised by its text, and rendered here; anything else is refused.
package struct ChatTemplate: Hashable, Sendable {
    private enum Form: Hashable {
        /// The texts as they stand, for `score`.
        case plain
        /// `<|im_start|>role\ntext<|im_end|>\n` for each turn; `defaultSystem` goes first where the conversation has no system turn.
        case chatML(defaultSystem: String?)
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

    /// What a rendered conversation consists of.
    enum Segment: Equatable {
        /// A special token of the template.
        case special(String)
        /// Letters, whatever they spell.
        case text(String)
        case image(ImagePatches)
    }

    /// The pieces of `messages`; with `addsAssistantPrefix` the head of the answer that the model is to write follows.
    ///
    /// - Throws: ``MultimodalError`` (`invalidPrompt`) for a system turn that isn't the first, images that the template doesn't know,
    ///   or, in plain mode, anything but one user turn.
    func segments(_ messages: [ChatMessage], addsAssistantPrefix: Bool) throws(MultimodalError) -> [Segment] {
        guard !messages.dropFirst().contains(where: { $0.role == .system }) else {
            throw MultimodalError(.invalidPrompt, "a system prompt must be the first message")
        }
        guard case .chatML(let defaultSystem) = form else {
            guard messages.count == 1, messages[0].role == .user else {
                throw MultimodalError(
                    .invalidPrompt, "without a chat template a prompt is one user message: a system prompt or several turns need a template"
                )
            }
            return try segments(of: messages[0].parts)
        }
        var segments: [Segment] = []
        var messages = messages
        if let defaultSystem, messages.first?.role != .system { messages.insert(ChatMessage(.system, defaultSystem), at: 0) }
        for message in messages {
            segments += [.special("<|im_start|>"), .text(message.role.rawValue + "\n")]
            segments += try self.segments(of: message.parts)
            segments += [.special("<|im_end|>"), .text("\n")]
        }
        if addsAssistantPrefix { segments += [.special("<|im_start|>"), .text("assistant\n")] }
        return segments
    }

    private func segments(of parts: [PromptPart]) throws(MultimodalError) -> [Segment] {
        var segments: [Segment] = []
        for part in parts {
            switch part {
            case .text(let text): segments.append(.text(text))
            case .image(let patches):
                guard acceptsImages else {
                    throw MultimodalError(.invalidPrompt, "the model's chat template has no place for images: it is a text model's")
                }
                segments += [.special("<|vision_start|>"), .image(patches), .special("<|vision_end|>")]
            }
        }
        return segments
    }
}

extension ChatTemplate {
    /// Recognises a Jinja template; `name` (its file) stands in errors.
    ///
    /// - Throws: ``MultimodalError`` (`unsupported`) saying what is supported.
    package init(recognizing template: String, name: String) throws(MultimodalError) {
        let unknown = MultimodalError(
            .unsupported,
            "\(name): the chat template is not one of Qwen2, Qwen2.5, Qwen2-VL or Qwen2.5-VL (ChatML), which are the supported ones; "
                + "use such a model, or score without a template")
        // One spelling of what the published templates write in several ways.
        var text = template
        for (old, new) in [
            ("\\n", "\n"), ("\\\\", "\\"), ("[\"role\"]", ".role"), ("['role']", ".role"), ("[\"content\"]", ".content"),
            ("['content']", ".content"),
        ] {
            text = text.replacing(old, with: new)
        }
        let dense = text.replacing(" ", with: "")
        let isVision = dense.contains("<|im_start|>{{message.role}}\n") && dense.contains("<|vision_start|><|image_pad|><|vision_end|>")
        let isText = dense.contains("'<|im_start|>'+message.role+'\n'+message.content+'<|im_end|>'")
        // Qwen3's and QwQ's templates look alike but rewrite the answers.
        let isReasoning = ["enable_thinking", "reasoning_content", "<think>"].contains { text.contains($0) }
        guard isVision || isText, !isReasoning, text.contains("add_generation_prompt"), text.contains("<|im_start|>assistant\n") else {
            throw unknown
        }
        var defaults: Set<String> = []
        for tail in text.split(separator: "<|im_start|>system\n", omittingEmptySubsequences: false).dropFirst() {
            // A quote or a brace begins an expression: the conversation's own system turn.
            guard let first = tail.first, first != "'", first != "\"", first != "{" else { continue }
            guard let end = tail.firstRange(of: "<|im_end|>") else { throw unknown }
            defaults.insert(String(tail[..<end.lowerBound]))
        }
        guard defaults.count <= 1, !defaults.contains(where: { $0.contains("'") || $0.contains("{{") || $0.contains("{%") }) else {
            throw unknown
        }
        self.init(form: .chatML(defaultSystem: defaults.first), acceptsImages: isVision)
    }
}
