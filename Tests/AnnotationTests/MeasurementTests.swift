import Annotation
import Tasks
import Foundation
import Testing

@Suite("measuring an extractor on chains of thought whose facts are known")
struct MeasurementTests {
    private static func geometry(_ index: Int) -> AnnotationProblem {
        AnnotationProblem(
            id: "g\(index)", question: "Find x.", answer: "\(100 + index)",
            knownFacts: [
                "The length of AB equals \(index + 3).", "The measure of angle ABC equals 4y-\(index + 1).",
                "Line AC is perpendicular to line DC.",
                "Point B lies on line AD.", "The length of DC equals x.",
            ], files: [])
    }

    private static let known = (0..<60).map { index in
        (problem: geometry(index), chain: KnownChain(problem: geometry(index), seed: 3, index: index))
    }

    private func measure(_ script: @escaping @Sendable (AnnotationProblem, KnownChain) -> String) async throws -> FactMeasurement {
        let scratch = try Scratch()
        let log = try ExtractionLog(path: scratch.path("x.jsonl"))
        let chains = Dictionary(uniqueKeysWithValues: Self.known.map { ($0.problem.id, $0) })
        let extractor = ScriptedExtractor { request, _ in
            chains[request.problemID].map { script($0.problem, $0.chain) } ?? ""
        }
        _ = try await ExtractionRun(extractor: extractor, log: log)(
            Self.known.map { ExtractionRequest(problemID: $0.problem.id, question: $0.problem.question, response: $0.chain.response) })
        return FactMeasurement(extractor: extractor.identity, known: Self.known) { log[$0.key(extractor: extractor.identity)] }
    }

    @Test("known chains state what they say they state, in many wordings, with reasoning and the answer between")
    func chains() {
        for (problem, chain) in Self.known {
            #expect(!chain.facts.isEmpty && chain.facts.allSatisfy(problem.knownFacts.contains))
            #expect(chain.response.contains("\\boxed{\(problem.answer)}"))
            let words = FactText(chain.response).content
            for fact in chain.facts { #expect(FactText(fact).content.isSubset(of: words), "\(fact): \(chain.response)") }
        }
        #expect(Set(Self.known.map(\.chain.response)).count == 60)
        #expect(Self.known.contains { $0.chain.facts.count < 5 })
        #expect(KnownChain(problem: Self.geometry(1), seed: 3, index: 1) == Self.known[1].chain)
    }

    @Test("who answers rightly has precision and recall 1, who adds answers and sums keeps them by the rules, who garbles has none")
    func scripted() async throws {
        let right = try await measure { _, chain in FactTags.text(chain.facts) }
        print(right.table)
        #expect(right.kept.exact.precision == 1 && right.kept.exact.recall == 1 && right.rightFactsRefused.isEmpty && right.lost.isEmpty)

        let telling = try await measure { problem, chain in
            FactTags.text(
                chain.facts + ["x is \(problem.answer).", "The answer is \(problem.answer).", "AB + 5 = \(problem.answer)", "3 + 4 = 7"])
        }
        print(telling.table)
        #expect((telling.stated.exact.precision ?? 1) < 0.6 && telling.kept.exact.precision == 1 && telling.kept.exact.recall == 1)
        #expect(telling.wrongFactsRefused["states_answer"] == 120 && telling.wrongFactsRefused["computation"] == 120)

        let garbled = try await measure { _, chain in chain.facts.joined(separator: "\n") }
        print(garbled.table)
        #expect(garbled.lost == ["text_outside_tags": 60] && garbled.kept.exact.extracted == 0 && garbled.kept.exact.recall == 0)

        let inventing = try await measure { _, _ in FactTags.text(["The length of XY equals 77.", "A blue house stands behind 5 trees."]) }
        #expect(inventing.kept.exact.extracted == 0 && inventing.wrongFactsRefused == ["not_in_chain": 120])
    }
}
