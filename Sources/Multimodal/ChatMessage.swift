/// Who speaks.
package enum ChatRole: String, Hashable, Sendable {
    case system
    case user
    case assistant
}

/// A piece of what someone says.
package enum PromptPart: Hashable, Sendable {
    /// Text of any origin: it can't forge special tokens.
    case text(String)
    case image(ImagePatches)
    /// Text before and after is encoded apart, so that each side has the same tokens whatever stands on the other.
    case seam
}

/// One turn of a conversation.
package struct ChatMessage: Hashable, Sendable {
    package let role: ChatRole
    /// Its pieces in order; text pieces follow each other without a separator.
    package let parts: [PromptPart]

    package init(_ role: ChatRole, _ parts: [PromptPart]) {
        self.role = role
        self.parts = parts
    }

    /// A turn of text alone.
    package init(_ role: ChatRole, _ text: String) {
        self.init(role, [.text(text)])
    }
}
