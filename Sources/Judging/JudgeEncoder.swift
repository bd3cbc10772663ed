package import Multimodal

/// ``JudgeProtocol``'s text as token ids, special tokens disabled: nothing in a response or annotation is more than text.
package struct JudgeEncoder: Sendable {
    private let tokenizer: Tokenizer
    private let words = JudgeProtocol()
    /// The single token that means *reflected*.
    package let reflected: Int32
    /// The single token that means *missing*.
    package let missing: Int32

    /// - Throws: `JudgeModelError` if an answer is not a single token of this tokenizer.
    package init(tokenizer: Tokenizer) throws {
        self.tokenizer = tokenizer
        func single(_ answer: String) throws -> Int32 {
            let ids = tokenizer.encode(answer, allowSpecial: false)
            guard ids.count == 1 else {
                throw JudgeModelError("the judge's tokenizer splits the answer '\(answer)' into \(ids.count) tokens; it must be one")
            }
            return ids[0]
        }
        reflected = try single(JudgeProtocol.reflectedAnswer)
        missing = try single(JudgeProtocol.missingAnswer)
    }

    /// The part that all annotations of one response share.
    package func prefix(response: String) -> [Int32] { tokenizer.encode(words.prefix(response: response), allowSpecial: false) }

    /// The part of one annotation, up to where the verdict comes.
    package func suffix(annotation: String) -> [Int32] { tokenizer.encode(words.suffix(annotation: annotation), allowSpecial: false) }
}

/// Why a model can't judge.
package struct JudgeModelError: Error, CustomStringConvertible, Sendable {
    package let description: String

    package init(_ description: String) { self.description = description }
}
