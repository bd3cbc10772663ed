/// The format of a response that embedded tasks teach: what `FormatReward` accepts.
package enum ResponseFormat {
    /// A thought in its tags, and an answer in a box in its tags.
    package static func response(thought: String, answer: String) -> String {
        "<think>\n\(thought)\n</think>\n<answer>\n\\boxed{\(answer)}\n</answer>"
    }

    /// The beginning of a thought.
    package static let thoughtStart = "<think>\n"
    /// The end of a thought.
    package static let thoughtEnd = "\n</think>"
}
