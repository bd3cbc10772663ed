/// Whether an answer equals the gold answer.
///
/// Answers are LaTeX or plain text. Numbers, roots, powers, π and polynomials are compared by exact arithmetic; what that leaves open is
/// decided by values with error bounds; what is no mathematics is compared as text. The whole comparison is a pure function that takes at most
/// ``StepBudget/maximum`` steps, each of bounded time: no input makes it hang, recurse deeply or allocate without bound.
package enum AnswerChecker {
    /// Longer texts are only equal byte for byte.
    package static let maximumByteCount = 1_024
    /// No comparison takes more steps.
    package static let maximumStepCount = StepBudget.maximum

    /// 1 if the final answer of a response equals the gold answer, else 0. A response without `<answer>` or `\boxed{}` has none and earns 0.
    package static func accuracy(of response: ResponseParts, gold: String) -> Float {
        response.finalAnswer.map { isEqual($0, gold) } == true ? 1 : 0
    }

    /// 1 if the final answer of a response text equals the gold answer, else 0.
    package static func accuracy(of response: String, gold: String) -> Float {
        accuracy(of: ResponseParts(response), gold: gold)
    }

    /// Whether two answers say the same. Symmetric; an answer without content equals nothing.
    package static func isEqual(_ answer: String, _ gold: String) -> Bool { compare(answer, gold).isEqual }

    /// ``isEqual(_:_:)``, and how many steps it took.
    ///
    /// - Complexity: O(bytes) plus the steps.
    package static func compare(_ answer: String, _ gold: String) -> (isEqual: Bool, stepCount: Int) {
        guard answer.utf8.count <= maximumByteCount, gold.utf8.count <= maximumByteCount else {
            return (answer.utf8.elementsEqual(gold.utf8), 0)
        }
        // One order, so that also what runs out of steps does so in both directions.
        let (first, second) = answer < gold ? (answer, gold) : (gold, answer)
        var steps = StepBudget()
        let isEqual = isSameChoice(first, second, &steps) ?? areEqual(first, second, &steps)
        return (isEqual, steps.used)
    }

    /// Two choices are the same if their letters are and their texts don't disagree; nil if letters decide nothing.
    private static func isSameChoice(_ a: String, _ b: String, _ steps: inout StepBudget) -> Bool? {
        switch (AnswerChoice(a), AnswerChoice(b)) {
        case (let x?, let y?):
            guard x.index == y.index else { return false }
            return x.explanation.isEmpty || y.explanation.isEmpty || areEqual(x.explanation, y.explanation, &steps)
        case (let x?, nil): return x.explanation.isEmpty ? nil : areEqual(x.explanation, b, &steps)
        case (nil, let y?): return y.explanation.isEmpty ? nil : areEqual(a, y.explanation, &steps)
        case (nil, nil): return nil
        }
    }

    private static func areEqual(_ a: String, _ b: String, _ steps: inout StepBudget) -> Bool {
        let text = AnswerText(a).comparable
        if !text.isEmpty, text == AnswerText(b).comparable { return true }
        do {
            let (x, y) = (try AnswerReader.read(a, &steps), try AnswerReader.read(b, &steps))
            var comparison = AnswerComparison(steps: steps)
            defer { steps = comparison.steps }
            return try comparison.areEqual(x, y)
        } catch {
            return false
        }
    }
}
