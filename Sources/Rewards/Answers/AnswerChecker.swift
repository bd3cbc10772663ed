/// Whether an answer equals the gold answer.
///
/// Numbers (integers, decimals, fractions as `a/b` or `\frac{a}{b}`, thousands separators, signs) are compared exactly as fractions; per cent and
/// degree signs and known units are taken away, but two different units are not equal. Everything else is compared as text, letters of either
/// case, without LaTeX wrappers, dollar signs and a final full stop. No arithmetic is rounded and no part repeats without bound, so every input
/// has an answer in time proportional to its length.
package enum AnswerChecker {
    /// Longer texts are only equal byte for byte.
    package static let maximumByteCount = 1_024

    /// 1 if the final answer of a response equals the gold answer, else 0. A response without `<answer>` or `\boxed{}` has none and earns 0.
    package static func accuracy(of response: ResponseParts, gold: String) -> Float {
        response.finalAnswer.map { isEqual($0, gold) } == true ? 1 : 0
    }

    /// 1 if the final answer of a response text equals the gold answer, else 0.
    package static func accuracy(of response: String, gold: String) -> Float {
        accuracy(of: ResponseParts(response), gold: gold)
    }

    /// Whether two answers say the same. Symmetric; an answer without content equals nothing.
    ///
    /// - Complexity: O(bytes), at most ``maximumByteCount`` of them interpreted.
    package static func isEqual(_ answer: String, _ gold: String) -> Bool {
        guard answer.utf8.count <= maximumByteCount, gold.utf8.count <= maximumByteCount else {
            return answer.utf8.elementsEqual(gold.utf8)
        }
        let first = AnswerText(answer)
        let second = AnswerText(gold)
        if let a = AnswerNumber(first.plain), let b = AnswerNumber(second.plain) {
            return a.value == b.value && (a.unit == b.unit || a.unit.isEmpty || b.unit.isEmpty)
        }
        let text = first.comparable
        return !text.isEmpty && text == second.comparable
    }
}
