/// One turn of the policy, and what the environment said to it.
package struct Turn: Hashable, Codable, Sendable {
    /// What the policy wrote, without its end token.
    package let text: String
    /// The environment's reply; nil where nothing followed.
    package let reply: String?

    package init(text: String, reply: String? = nil) {
        self.text = text
        self.reply = reply
    }
}

extension [Turn] {
    /// All that the policy wrote, a line break between turns.
    package var written: String { map(\.text).joined(separator: "\n") }
}
