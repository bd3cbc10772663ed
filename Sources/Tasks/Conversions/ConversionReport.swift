/// What became of a data set that was read in its authors' layout: every loss with its reason.
package struct ConversionReport: Hashable, Sendable, CustomStringConvertible {
    /// Why a problem was left out.
    package enum Reason: String, Hashable, Sendable, CaseIterable {
        /// A file is missing, too large, or not what the layout asks for.
        case unreadable = "unreadable"
        /// There is no question.
        case question = "no question"
        /// There is no answer, or it is none of the options.
        case answer = "no valid answer"
        /// An image is missing, can't be decoded, or a mark in the text has none.
        case image = "no valid image"
        case duplicate = "duplicate"
    }

    /// A problem that was left out.
    package struct Loss: Hashable, Sendable {
        /// The problem's id, or its file and line.
        package let place: String
        package let reason: Reason
        package let detail: String
    }

    /// Problems that can be used.
    package internal(set) var accepted = 0
    /// Problems that were left out, in their order.
    package private(set) var losses: [Loss] = []
    /// How many facts were left out of problems that are used, by what could not be put into words: the name of a predicate, or a reason
    /// in parentheses.
    package private(set) var unrenderedFacts: [String: Int] = [:]

    mutating func leaveOut(_ place: String, because reason: Reason, _ detail: String) {
        losses.append(Loss(place: place, reason: reason, detail: detail))
    }

    mutating func leaveOutFact(_ name: String) { unrenderedFacts[name, default: 0] += 1 }

    /// How many problems were left out for `reason`.
    package func count(of reason: Reason) -> Int { losses.count { $0.reason == reason } }

    /// The counts, the first ten problems of each reason, and each kind of fact that was left out.
    package var description: String {
        var lines = ["\(accepted) problems, \(losses.count) left out"]
        for reason in Reason.allCases {
            let all = losses.filter { $0.reason == reason }
            guard !all.isEmpty else { continue }
            lines.append("  \(reason.rawValue): \(all.count)")
            lines += all.prefix(10).map { "    \($0.place): \($0.detail)" }
            if all.count > 10 { lines.append("    and \(all.count - 10) more") }
        }
        if !unrenderedFacts.isEmpty {
            lines.append("  facts left out: \(unrenderedFacts.values.reduce(0, +))")
            lines += unrenderedFacts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "    \($0.key): \($0.value)" }
        }
        return lines.joined(separator: "\n")
    }
}
