import Tasks
import Judging
import Testing
import Trajectories

@Suite("audit questions")
struct AuditQuestionsTests {
    private static let rules = DigitsRulesJudge()

    private func digits() throws -> [AuditResponse] {
        let task = try DigitsTask(split: .training, problems: 40, seed: 3)
        return try (0..<task.count).map { index in
            let problem = try task.problem(at: index)
            let response = "<think>\n\(problem.annotations.dropLast(index % 3).joined(separator: " "))\n</think>"
            return AuditResponse(
                annotations: problem.annotations, response: response, answer: problem.answer,
                judgements: Self.rules.verdicts(annotations: problem.annotations, response: response).map {
                    Judgement(verdict: $0, judge: "rules")
                })
        }
    }

    @Test("each kind has the verdict that it must have, by the rules of the digits task")
    func verdicts() throws {
        let sources = try digits()
        let oracle = Self.rules
        let questions = AuditQuestions(sources: sources, seed: 1, step: 4, oracle: oracle).questions(count: 400)
        #expect(questions.count > 380 && Set(questions).count == questions.count)
        for kind in AuditKind.allCases { #expect(abs(questions.count { $0.kind == kind } - 100) < 20, "\(kind)") }
        for question in questions {
            #expect(oracle.verdict(annotation: question.annotation, response: question.response) == question.expected)
        }
        #expect(questions.allSatisfy { ($0.kind == .repeated) == ($0.judge == "rules") })
        // Without the oracle planted and contradicted questions are right too; a foreign annotation of the digits task may be stated in other words only.
        for question in AuditQuestions(sources: sources, seed: 2, step: 1).questions(count: 400) {
            #expect(oracle.verdict(annotation: question.annotation, response: question.response) == question.expected, "\(question)")
        }
    }

    @Test("a question is a function of seed, step and responses, and a small number takes all kinds in turn")
    func purity() throws {
        let sources = try digits()
        func make(_ seed: UInt64, _ step: Int) -> [AuditQuestion] {
            AuditQuestions(sources: sources, seed: seed, step: step).questions(count: 12)
        }
        #expect(make(1, 1) == make(1, 1) && make(1, 1) != make(2, 1) && make(1, 1) != make(1, 5))
        let first = (1...4).map { AuditQuestions(sources: sources, seed: 1, step: $0).questions(count: 1).map(\.kind) }
        #expect(Set(first.flatMap { $0 }) == Set(AuditKind.allCases))
    }

    @Test("a foreign annotation that the response or the problem states, in whatever spacing, is no question")
    func statedElsewhere() {
        let one = AuditResponse(annotations: ["AB is perpendicular to CD."], response: "We see that EF = 5, and ab is Perpendicular to CD")
        let two = AuditResponse(annotations: ["EF=5."], response: "nothing")
        let found = AuditQuestions(sources: [one, two], seed: 1, step: 0).questions(count: 50, kinds: [.foreign])
        #expect(
            Set(found) == [
                AuditQuestion(kind: .foreign, response: "nothing", annotation: "AB is perpendicular to CD.", expected: .missing)
            ])
    }

    @Test("a contradicted annotation has another number, or another fact in its place; the others stay")
    func contradictions() throws {
        let numbers = AuditResponse(annotations: ["The side AB is 12.", "The angle C is right."], response: "r", answer: "3")
        let found = AuditQuestions(sources: [numbers], seed: 1, step: 0).questions(count: 60, kinds: [.contradiction])
        #expect(found.contains { $0.annotation == "The side AB is 12." })
        for question in found where question.annotation == "The side AB is 12." {
            #expect(!question.response.contains("AB is 12.") && question.response.contains("The side AB is 1"))
            #expect(question.response.contains("The angle C is right.") && question.response.contains("\\boxed{3}"))
        }
        for question in found where question.annotation == "The angle C is right." { #expect(!question.response.contains("is right")) }
    }

    @Test("sources without annotations, without judgements, or all alike give what they can, and no more")
    func poorSources() {
        let none = AuditResponse(annotations: [], response: "r")
        #expect(AuditQuestions(sources: [none], seed: 1, step: 0).questions(count: 10).isEmpty)
        #expect(AuditQuestions(sources: [], seed: 1, step: 0).questions(count: 10).isEmpty)
        let single = AuditResponse(annotations: ["a fact"], response: "r", judgements: [Judgement(verdict: .unknown, judge: "j")])
        let found = AuditQuestions(sources: [single], seed: 1, step: 0).questions(count: 40)
        #expect(found.map(\.kind) == [.planted] && found.map(\.response) == ["<think>\na fact\n</think>"])
    }
}
