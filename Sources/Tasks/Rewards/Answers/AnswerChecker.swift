/// Whether an answer equals the gold answer of a question.
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
    package static func accuracy(of response: ResponseParts, gold: String, question: String) -> Float {
        response.finalAnswer.map { isEqual($0, gold, question: question) } == true ? 1 : 0
    }

    /// 1 if the final answer of a response text equals the gold answer, else 0.
    package static func accuracy(of response: String, gold: String, question: String) -> Float {
        accuracy(of: ResponseParts(response), gold: gold, question: question)
    }

    /// Whether an answer says what the gold answer says: the one grade that training, validation, evaluation and annotation use.
    ///
    /// - Parameters:
    ///   - answer: The answer of a response. Without content it equals nothing.
    ///   - gold: The gold answer: a value, or the letter of a choice.
    ///   - question: The problem's text. It tells the choices, whether the order of a list counts, and which words are units; it may be empty.
    package static func isEqual(_ answer: String, _ gold: String, question: String) -> Bool {
        compare(answer, gold, question: question).isEqual
    }

    /// ``isEqual(_:_:question:)``, and how many steps it took.
    ///
    /// - Complexity: O(bytes) plus the steps.
    package static func compare(_ answer: String, _ gold: String, question: String) -> (isEqual: Bool, stepCount: Int) {
        guard answer.utf8.count <= maximumByteCount, gold.utf8.count <= maximumByteCount else {
            return (answer.utf8.elementsEqual(gold.utf8), 0)
        }
        var grade = AnswerGrade(answer: answer, gold: gold, question: question)
        let isEqual = grade.isRight()
        return (isEqual, grade.steps.used)
    }
}
