import Digests

/// A visual fact of a problem with what speaks for it.
package struct SupportedFact: Hashable, Codable, Sendable {
    /// Names the fact in reviews: a digest of problem and ``FactText/key``.
    package let id: String
    /// As the first chain of thought words it.
    package let text: String
    /// The chains of thought that state it: their places among the problem's chains, from 0.
    package internal(set) var chains: [Int]

    /// How many chains of thought state it.
    package var support: Int { chains.count }
}

/// A statement that was not taken.
package struct RefusedFact: Hashable, Codable, Sendable {
    package let text: String
    package let reason: FactRefusal
    package let chain: Int
}

/// The facts of one problem, out of all its chains of thought.
///
/// Facts with equal ``FactText/key`` are one fact, in one chain of thought or in several. The order is that of the first mention.
package struct ProblemFacts: Hashable, Sendable {
    package let problemID: String
    package private(set) var facts: [SupportedFact] = []
    package private(set) var refused: [RefusedFact] = []
    /// Statements that repeat another one of the same chain of thought; those that repeat one of another chain.
    package private(set) var duplicatesWithinChain = 0
    package private(set) var duplicatesAcrossChains = 0
    private var indexOfKey: [String: Int] = [:]

    package init(problemID: String) { self.problemID = problemID }

    /// Adds what was extracted from the chain of thought `chain`.
    package mutating func add(_ statements: [String], chain: Int, rules: FactRules) {
        for statement in statements {
            if let reason = rules.refusal(of: statement) {
                refused.append(RefusedFact(text: statement, reason: reason, chain: chain))
                continue
            }
            let key = FactText(statement).key
            if let index = indexOfKey[key] {
                if facts[index].chains.last == chain {
                    duplicatesWithinChain += 1
                } else {
                    duplicatesAcrossChains += 1
                    facts[index].chains.append(chain)
                }
            } else {
                indexOfKey[key] = facts.count
                facts.append(SupportedFact(id: Self.id(problemID: problemID, key: key), text: statement, chains: [chain]))
            }
        }
    }

    private static func id(problemID: String, key: String) -> String {
        var digest = SHA256()
        digest.update(problemID)
        digest.update(key)
        return String(digest.hex.prefix(16))
    }
}
