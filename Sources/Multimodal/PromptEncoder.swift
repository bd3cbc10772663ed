/// A prompt as the model reads it.
package struct EncodedPrompt: Hashable, Sendable {
    /// Each image stands as `<|vision_start|>`, one `<|image_pad|>` for each of its tokens, `<|vision_end|>`.
    package let tokenIDs: [Int32]
    /// The images in the order of their placeholders.
    package let images: [ImagePatches]
    /// How many tokens stand before each `PromptPart.seam`.
    package let seams: [Int]

    package init(tokenIDs: [Int32], images: [ImagePatches], seams: [Int] = []) {
        self.tokenIDs = tokenIDs
        self.images = images
        self.seams = seams
    }
}

/// Turns conversations into token ids.
///
/// The special tokens of the template are set by id; all text goes through ``Tokenizer/encode(_:allowSpecial:)`` with special tokens
/// switched off, together with the template's own letters beside it, so that ordinary text gives exactly the reference's ids and text that spells
/// `<|im_end|>` stays text.
package struct PromptEncoder: Sendable {
    package let tokenizer: Tokenizer
    package let template: ChatTemplate
    /// An image token is `mergeSize` x `mergeSize` patches.
    package let mergeSize: Int
    /// `<|image_pad|>`, nil if the tokenizer has none: a text model's.
    package let imageTokenID: Int32?
    /// Ends an assistant's turn (`<|im_end|>` of ChatML); nil in plain mode.
    package let endOfTurnTokenID: Int32?

    /// - Throws: ``MultimodalError`` (`unsupported`) if the tokenizer lacks a token of the template.
    package init(tokenizer: Tokenizer, template: ChatTemplate, mergeSize: Int = 2) throws(MultimodalError) {
        self.tokenizer = tokenizer
        self.template = template
        self.mergeSize = mergeSize
        imageTokenID = tokenizer.tokenID(of: "<|image_pad|>")
        for token in template.neededTokens where tokenizer.tokenID(of: token) == nil {
            throw MultimodalError(.unsupported, "the chat template needs \(token), which the tokenizer lacks")
        }
        endOfTurnTokenID = template.endOfTurn.flatMap(tokenizer.tokenID)
    }

    /// A user's question, with the system prompt if there is one, and the head of the answer.
    ///
    /// - Parameters:
    ///   - system: the system prompt; nil for the template's own.
    ///   - parts: texts and images in reading order.
    /// - Throws: ``MultimodalError`` (`invalidPrompt`) for images that the model can't take, or a system prompt in plain mode.
    package func encode(system: String? = nil, parts: [PromptPart]) throws(MultimodalError) -> EncodedPrompt {
        try encode((system.map { [ChatMessage(.system, $0)] } ?? []) + [ChatMessage(.user, parts)])
    }

    /// A whole conversation.
    ///
    /// - Parameters:
    ///   - messages: its turns.
    ///   - addsAssistantPrefix: whether the head of the answer that the model is to write follows.
    /// - Throws: ``MultimodalError`` as ``encode(system:parts:)``.
    package func encode(_ messages: [ChatMessage], addsAssistantPrefix: Bool = true) throws(MultimodalError) -> EncodedPrompt {
        let prompt = try encode(try template.segments(messages, addsAssistantPrefix: addsAssistantPrefix))
        guard template.isPlain else { return prompt }
        let leading = tokenizer.leadingTokenIDs
        return EncodedPrompt(tokenIDs: leading + prompt.tokenIDs, images: prompt.images, seams: prompt.seams.map { $0 + leading.count })
    }

    /// What follows an assistant's turn, its end token excluded, if a user says `text` to it: all up to where the next turn of the assistant begins.
    ///
    /// - Throws: ``MultimodalError`` (`invalidPrompt`) in plain mode.
    package func encode(replying text: String) throws(MultimodalError) -> [Int32] {
        try encode(try template.segments(replying: text)).tokenIDs
    }

    private func encode(_ segments: [ChatTemplate.Segment]) throws(MultimodalError) -> EncodedPrompt {
        var ids: [Int32] = []
        var images: [ImagePatches] = []
        var seams: [Int] = []
        var text = ""
        func appendText() {
            ids += tokenizer.encode(text, allowSpecial: false)
            text = ""
        }
        for segment in segments {
            switch segment {
            case .text(let piece): text += piece
            case .mark(let mark):
                if let id = tokenizer.addedTokenID(of: mark) {
                    appendText()
                    ids.append(id)
                } else {
                    text += mark
                }
            case .seam:
                appendText()
                seams.append(ids.count)
            case .special(let token):
                appendText()
                ids.append(try id(of: token))
            case .image(let patches):
                appendText()
                ids += try placeholders(for: patches)
                images.append(patches)
            }
        }
        appendText()
        return EncodedPrompt(tokenIDs: ids, images: images, seams: seams)
    }

    /// A prompt that is rendered already, special tokens and one `<|image_pad|>` for each image included, as transformers' processor
    /// takes it.
    ///
    /// For trusted text alone: special tokens in it are recognised.
    ///
    /// - Throws: ``MultimodalError`` (`invalidPrompt`) if the number of `<|image_pad|>` differs from that of the images.
    package func encode(rendered text: String, images: [ImagePatches] = []) throws(MultimodalError) -> EncodedPrompt {
        let ids = tokenizer.leadingTokenIDs + tokenizer.encode(text)
        let placeholderCount = imageTokenID.map { token in ids.count { $0 == token } } ?? 0
        guard placeholderCount == images.count else {
            throw MultimodalError(
                .invalidPrompt, "the prompt has \(placeholderCount) <|image_pad|> for \(images.count) images: it needs one for each")
        }
        var remaining = images.makeIterator()
        var expanded: [Int32] = []
        for id in ids {
            if id == imageTokenID, let image = remaining.next() { expanded += try placeholders(for: image) } else { expanded.append(id) }
        }
        return EncodedPrompt(tokenIDs: expanded, images: images)
    }

    /// What an assistant says, as training text: its ids, then the end of the turn (in plain mode what `post_processor` appends).
    package func encode(response: String) -> [Int32] {
        tokenizer.encode(response, allowSpecial: false) + (endOfTurnTokenID.map { [$0] } ?? tokenizer.trailingTokenIDs)
    }

    /// t h w / mergeSize^2 times `<|image_pad|>`.
    private func placeholders(for patches: ImagePatches) throws(MultimodalError) -> [Int32] {
        [Int32](repeating: try id(of: "<|image_pad|>"), count: patches.grid.tokenCount(mergeSize: mergeSize))
    }

    private func id(of token: String) throws(MultimodalError) -> Int32 {
        guard let id = tokenizer.tokenID(of: token) else {
            throw MultimodalError(.invalidPrompt, "the prompt has an image, but the tokenizer has no \(token): the model takes text alone")
        }
        return id
    }
}
