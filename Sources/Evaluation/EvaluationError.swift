/// What can be wrong with evaluation files.
package enum EvaluationError: Error, CustomStringConvertible, Hashable {
    /// The file can't be read, written, or understood.
    case file(path: String, reason: String)
    /// Outcomes contradict themselves or their counts.
    case inconsistent(reason: String)
    /// Two results don't describe the same problems, judged alike.
    case notComparable(reason: String)

    package var description: String {
        switch self {
        case .file(let path, let reason): "evaluation file \(path): \(reason)"
        case .inconsistent(let reason): "evaluation result: \(reason)"
        case .notComparable(let reason):
            "these evaluations can't be compared: \(reason); evaluate both models with the same data and judge settings"
        }
    }
}
