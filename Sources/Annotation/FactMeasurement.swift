package import Foundation

/// How well an extractor reads chains of thought whose facts are known: ``KnownChain``s of annotated problems.
package struct FactMeasurement: Codable, Sendable {
    /// What one column of the table counts.
    package struct Scores: Hashable, Codable, Sendable {
        package fileprivate(set) var exact = FactScore()
        package fileprivate(set) var content = FactScore()

        fileprivate mutating func add(_ facts: [String], truth: [String]) {
            exact.add(facts, truth: truth, matching: .exact)
            content.add(facts, truth: truth, matching: .content)
        }
    }

    package let extractor: String
    package private(set) var chains = 0
    /// Chains without a readable answer, by reason; their facts count as not found.
    package private(set) var lost: [String: Int] = [:]
    /// What the extractor says, and what is left after the rules.
    package private(set) var stated = Scores()
    package private(set) var kept = Scores()
    /// Known facts, as extracted, that the rules refuse.
    package private(set) var rightFactsRefused: [String: Int] = [:]
    /// Other statements that the rules refuse.
    package private(set) var wrongFactsRefused: [String: Int] = [:]

    /// - Parameters:
    ///   - extractor: Its identity.
    ///   - known: The problems with their chains.
    ///   - record: The extraction of a chain; nil counts as lost.
    package init(
        extractor: String, known: [(problem: AnnotationProblem, chain: KnownChain)], record: (ExtractionRequest) -> ExtractionRecord?
    ) {
        self.extractor = extractor
        for (problem, chain) in known {
            chains += 1
            let request = ExtractionRequest(problemID: problem.id, question: problem.question, response: chain.response)
            let found = record(request)
            if found?.statements == nil { lost[found?.loss ?? "pending", default: 0] += 1 }
            let statements = found?.statements ?? []
            var facts = ProblemFacts(problemID: problem.id)
            facts.add(statements, chain: 0, rules: FactRules(question: problem.question, answer: problem.answer, chain: chain.response))
            stated.add(statements, truth: chain.facts)
            kept.add(facts.facts.map(\.text), truth: chain.facts)
            let truth = Set(chain.facts.map(FactScore.Matching.content.name))
            for refused in facts.refused {
                let isRight = truth.contains(FactScore.Matching.content.name(refused.text))
                if isRight {
                    rightFactsRefused[refused.reason.rawValue, default: 0] += 1
                } else {
                    wrongFactsRefused[refused.reason.rawValue, default: 0] += 1
                }
            }
        }
    }

    /// The file's text: indented, keys sorted and in snake_case.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return try encoder.encode(self) + Data("\n".utf8)
    }

    /// Lines for a terminal.
    package var table: String {
        func counts(_ counts: [String: Int]) -> String {
            counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        }
        var lines = ["\(extractor): \(chains) chains of thought" + (lost.isEmpty ? "" : ", without a readable answer: \(counts(lost))")]
        lines.append("as extracted, same words:    \(stated.exact.text)")
        lines.append("as extracted, same content:  \(stated.content.text)")
        lines.append("after the rules, same words:   \(kept.exact.text)")
        lines.append("after the rules, same content: \(kept.content.text)")
        if !rightFactsRefused.isEmpty { lines.append("stated facts that the rules refuse: \(counts(rightFactsRefused))") }
        if !wrongFactsRefused.isEmpty { lines.append("other statements that the rules refuse: \(counts(wrongFactsRefused))") }
        return lines.joined(separator: "\n")
    }
}
