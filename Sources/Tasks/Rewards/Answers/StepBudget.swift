/// Why an answer has no value that could be compared.
enum AnswerError: Error, Hashable {
    /// Not written in a form that the parser knows.
    case unreadable
    /// Division by zero and the like.
    case undefined
    /// A number, a polynomial or a nesting beyond its bound.
    case tooLarge
    /// The comparison took more than ``StepBudget/maximum`` steps.
    case outOfSteps
}

/// Counts the work of one comparison, so that every comparison ends.
///
/// A step is a token, a parsed node, a trial division, or an operation on one term of a polynomial; each takes bounded time. Steps, not
/// seconds, are limited: the same two answers compare the same way on every machine.
struct StepBudget {
    /// No comparison takes more steps. Usual answers take fewer than a thousand.
    static let maximum = 100_000

    /// Steps taken so far.
    private(set) var used = 0

    /// - Throws: ``AnswerError/outOfSteps`` if so many are not left.
    mutating func spend(_ count: Int = 1) throws(AnswerError) {
        guard count <= Self.maximum - used else {
            used = Self.maximum
            throw .outOfSteps
        }
        used += count
    }
}
