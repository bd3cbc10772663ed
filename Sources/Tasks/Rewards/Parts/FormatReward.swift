package import Trajectories

/// Whether a response has the required form.
///
/// The whole response must match `^<think>\n.*?\n</think>\n<answer>\n.*?\\boxed{.+?}.*?\n</answer>$` with dot matching newlines, where `$` is
/// the very end (the released pattern of Perception-R1, arXiv 2506.07218). Matched by hand: each search below takes the earliest place, which
/// leaves the most room for what follows, so one pass decides what the expression decides.
package struct FormatReward: RewardPart {
    package static let name = "format"
    package static let defaultWeight = 0.1

    package init() {}

    package func value(of subject: RewardSubject) -> RewardValue { .known(Self.value(of: subject.response)) }

    /// 1 if the response has the form, else 0.
    ///
    /// - Complexity: O(bytes), whatever the text.
    package static func value(of response: String) -> Float { matches(response) ? 1 : 0 }

    /// Whether the expression matches the whole response.
    package static func matches(_ response: String) -> Bool {
        let text = Array(response.utf8)
        let opening = Array("<think>\n".utf8)
        let middle = Array("\n</think>\n<answer>\n".utf8)
        let box = Array("\\boxed{".utf8)
        let closing = Array("\n</answer>".utf8)
        guard text.starts(with: opening), text.count >= closing.count else { return false }
        let end = text.count - closing.count
        guard text[end...].elementsEqual(closing) else { return false }
        guard let answer = text.firstRange(of: middle, from: opening.count), let boxed = text.firstRange(of: box, from: answer.upperBound)
        else { return false }
        // `.+?` takes one character at least, and that may itself be a brace.
        let first = boxed.upperBound + 1
        return first < end && text[first..<end].contains(UInt8(ascii: "}"))
    }
}
