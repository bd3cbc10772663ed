import Annotation
import AnnotationBackEnds
import Tasks
import Foundation
import Testing
import Trajectories

@Suite("the digits task's rules as extractor")
struct DigitsFactTests {
    @Test("on 500 chains of thought written from the digits' own annotations, precision and recall are 1 before the rules of refusal")
    func exact() async throws {
        let task = try DigitsTask(split: .test, problems: 500, seed: 11)
        let known = try (0..<500).map { index in
            let problem = try task.problem(at: index)
            let annotated = AnnotationProblem(
                id: problem.id.rawValue, question: problem.question, answer: problem.answer, knownFacts: problem.annotations, files: [])
            return (problem: annotated, chain: KnownChain(problem: annotated, seed: 5, index: index))
        }
        let scratch = try Scratch()
        let log = try ExtractionLog(path: scratch.path("x.jsonl"))
        let extractor = RulesFactExtractor(of: DigitsTask.self)
        _ = try await ExtractionRun(extractor: extractor, log: log)(
            known.map { ExtractionRequest(problemID: $0.problem.id, question: $0.problem.question, response: $0.chain.response) })
        let measured = FactMeasurement(extractor: extractor.identity, known: known) { log[$0.key(extractor: extractor.identity)] }
        print(measured.table)
        #expect(measured.lost.isEmpty && measured.stated.exact.precision == 1 && measured.stated.exact.recall == 1)
        // What the rules take away is the asked digit, where the question asks for one: it states the answer.
        #expect(measured.kept.exact.precision == 1 && Set(measured.rightFactsRefused.keys).isSubset(of: ["states_answer"]))
        let asked = known.filter { $0.problem.question.hasSuffix("digit?") && $0.problem.question.hasPrefix("What is the") }
            .filter { item in
                item.chain.facts.contains {
                    FactRules(question: item.problem.question, answer: item.problem.answer, chain: $0).refusal(of: $0) != nil
                }
            }
        #expect(measured.rightFactsRefused["states_answer"] == asked.count && asked.count > 10)
    }
}
