/// How many extracted facts are right, and how many right ones were found, where the truth is known.
package struct FactScore: Hashable, Codable, Sendable {
    /// Facts extracted and known to be stated.
    package private(set) var correct = 0
    /// Facts extracted.
    package private(set) var extracted = 0
    /// Facts stated.
    package private(set) var stated = 0

    package init() {}

    /// correct / extracted; nil where nothing was extracted.
    package var precision: Double? { extracted == 0 ? nil : Double(correct) / Double(extracted) }
    /// correct / stated; nil where nothing was stated.
    package var recall: Double? { stated == 0 ? nil : Double(correct) / Double(stated) }

    /// When two wordings are the same fact.
    package enum Matching: String, CaseIterable, Codable, Sendable {
        /// Equal ``FactText/key``.
        case exact
        /// Equal ``FactText/content``: a paraphrase with the same names, numbers and relations.
        case content

        func name(_ fact: String) -> String {
            let text = FactText(fact)
            return self == .exact ? text.key : text.content.sorted().joined(separator: " ")
        }
    }

    /// Counts one chain of thought. Repeated facts count once.
    ///
    /// - Parameters:
    ///   - facts: What was extracted.
    ///   - truth: What the chain states.
    ///   - matching: When two of them are the same.
    package mutating func add(_ facts: [String], truth: [String], matching: Matching) {
        let found = Set(facts.map(matching.name))
        let known = Set(truth.map(matching.name))
        extracted += found.count
        stated += known.count
        correct += found.intersection(known).count
    }

    /// "precision 1.000 (96/96), recall 0.750 (96/128)".
    package var text: String {
        func share(_ name: String, _ value: Double?, _ total: Int) -> String {
            guard let value else { return "\(name) - (0/0)" }
            let thousandths = Int((value * 1000).rounded())
            let digits = String(thousandths % 1000)
            return "\(name) \(thousandths / 1000).\(String(repeating: "0", count: 3 - digits.count))\(digits) (\(correct)/\(total))"
        }
        return share("precision", precision, extracted) + ", " + share("recall", recall, stated)
    }
}
