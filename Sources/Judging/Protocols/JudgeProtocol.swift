package import Tasks
package import Trajectories

/// The text between Percept and a judging language model: one prefix a response, one suffix an annotation, one token of verdict.
///
/// ```
/// Does the response state the annotation?
/// <response>
/// …escaped response…
/// </response>
/// Annotation: The left cup is red.
/// Reflected:▏ yes
/// ```
/// The prefix ends with the newline after `</response>` and is computed once a response; the suffix starts with "Annotation:" and ends where
/// the verdict token comes. The verdict is the larger of the two answers' logits, so that no text of the judge is ever read. Both parts are
/// encoded with special tokens disabled, each on its own, so that no token straddles the seam.
package struct JudgeProtocol: Hashable, Sendable {
    /// Names the wording; recorded beside verdicts, changed with any change of text.
    package static let version = "percept-judge-2"
    /// The answer for `reflected`: must be a single token of the judge's tokenizer.
    package static let reflectedAnswer = " yes"
    /// The answer for `missing`: must be a single token of the judge's tokenizer.
    package static let missingAnswer = " no"
    /// Stands between an answer and the next suffix where a training sequence holds several decisions.
    package static let separator = "\n"

    package init() {}

    /// The part that all annotations of one response share.
    package func prefix(response: String) -> String {
        opening + "\(Self.escaped(response))\n</response>\n"
    }

    /// What every prefix begins with.
    package var opening: String { "Does the response state the annotation?\n<response>\n" }

    /// The part of one annotation, which is put on a single line.
    package func suffix(annotation: String) -> String {
        let line = annotation.split(whereSeparator: \.isNewline).joined(separator: " ")
        return "Annotation: \(Self.escaped(line))\nReflected:"
    }

    /// The answer that stands for `verdict`; nil for `unknown`, which a judge never says.
    package func answer(for verdict: Verdict) -> String? {
        switch verdict {
        case .reflected: Self.reflectedAnswer
        case .missing: Self.missingAnswer
        case .unknown: nil
        }
    }

    /// Texts to train a tokenizer on: lessons 0 ..< `count` in the protocol's words, verdicts included.
    package static func corpus(of lessons: JudgeLessons, count: Int) -> [String] {
        let words = JudgeProtocol()
        return (0..<count).map { index in
            let example = lessons.wordyExample(at: index)
            return example.decisions.reduce(words.prefix(response: example.response)) {
                $0 + words.suffix(annotation: $1.annotation) + (words.answer(for: $1.verdict) ?? "") + separator
            }
        }
    }

    /// `text` as ``UntrustedText`` writes it, the four tags of the response format kept: a well-formed response is unchanged, and no response
    /// closes its fence or opens a tag of the protocol's. (An attack that needs no tag is the judge's own task: `InjectionFamily`.)
    package static func escaped(_ text: String) -> String {
        UntrustedText.escaped(text, keptTags: ["<think>", "</think>", "<answer>", "</answer>"])
    }
}
