import Endpoints

/// Why a judge's reply gives no verdicts.
package enum UnreadableReply: Error, Hashable, Sendable, CustomStringConvertible {
    /// The token limit cut it off.
    case cutOff
    /// The server's filter held it back.
    case filtered
    /// The server gave it up.
    case aborted
    /// It says nothing: the model gave no text, or only a thought.
    case empty
    /// It ends inside a thought.
    case unclosedThought
    /// It is not one 0 or 1 for each of so many annotations.
    case notTheForm(Int)

    /// Nil for an answer that is whole.
    init?(_ reason: ChatReply.FinishReason) {
        switch reason {
        case .stop: return nil
        case .length: self = .cutOff
        case .filtered: self = .filtered
        case .aborted: self = .aborted
        }
    }

    /// What is wrong and, where something can be done, what.
    package var description: String {
        switch self {
        case .cutOff: "it was cut off by the token limit; raise the endpoint's max_tokens, the more for a model that thinks first"
        case .filtered: "the server's content filter held it back"
        case .aborted: "the server gave it up"
        case .empty: "it has no text beside what the model may have thought"
        case .unclosedThought: "it ends inside <think>; raise the endpoint's max_tokens, or serve the model without thinking"
        case .notTheForm(let count): "it is not one 0 or 1 in each of \(count) numbered tags and nothing else"
        }
    }
}
