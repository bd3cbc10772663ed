import Tasks
import Foundation
import Judging
import Multimodal
import Testing
import Trajectories

@Suite("Hostile suite")
struct HostileSuiteTests {
    /// Reference responses, of which each third misreads or leaves out its first digit.
    private func responses() throws -> [AuditResponse] {
        let task = try DigitsTask(split: .validation, problems: 120, seed: 5, noise: 0)
        return try (0..<120).map { index in
            let annotations = try task.problem(at: index).annotations
            var response = task.referenceResponse(at: index)
            if index % 3 == 0, let (place, digit) = DigitsAnnotation.parse(annotations[0]) {
                response = response.replacing(annotations[0], with: index % 2 == 0 ? place.annotation(digit: (digit + 1) % 10) : "")
            }
            return AuditResponse(annotations: annotations, response: response)
        }
    }

    @Test("every pair has room, holds its plain response, and is the same for the same seed; every family occurs alike")
    func pairs() throws {
        let suite = HostileSuite(responses: try responses(), seed: 3)
        let pairs = try suite.pairs(count: 570)
        let judge = DigitsRulesJudge()
        for pair in pairs {
            #expect(judge.verdicts(annotations: pair.annotations, response: pair.plain).contains(.missing))
            #expect(pair.attacked.utf8.count > pair.plain.utf8.count)
        }
        #expect(try suite.pairs(count: 570) == pairs)
        #expect(Set(pairs.map { $0.family }) == Set(HostileFamily.allCases))
        #expect(HostileFamily.allCases.allSatisfy { family in pairs.count { $0.family == family } == 30 })
        #expect(pairs.contains { $0.attacked.utf8.count > 100_000 })
        #expect(throws: AuditError.self) { try HostileSuite(responses: [], seed: 3).pairs(count: 1) }
    }

    @Test("no attack opens or closes a tag of any protocol, begins a line of it, or leaves a control character")
    func fences() throws {
        for pair in try HostileSuite(responses: try responses(), seed: 4).pairs(count: 900) {
            let plain = JudgeProtocol().prefix(response: pair.attacked)
            #expect(plain.ranges(of: "<response>").count == 1 && plain.ranges(of: "</response>").count == 1)
            let question = EndpointJudgeProtocol().question(response: pair.attacked, annotations: pair.annotations)
            #expect(question.ranges(of: "<response>").count == 1 && question.ranges(of: "</response>").count == 1)
            #expect(question.ranges(of: "<info").count == pair.annotations.count)
            let turn = JudgeChatProtocol().turn(response: pair.attacked, annotation: pair.annotations[0])
            let chat = turn.parts.map { if case .text(let text) = $0 { text } else { "" } }.joined()
            #expect(chat.ranges(of: "</text>").count == 1 && chat.ranges(of: "\nFact: ").count == 1)
            for text in [plain, question, chat] {
                #expect(
                    text.unicodeScalars.allSatisfy {
                        $0 == "\n" || $0 == "\t" || ![.control, .format, .lineSeparator].contains($0.properties.generalCategory)
                    })
            }
        }
    }

    @Test("no attack pays with the rules judge")
    func rules() async throws {
        let pairs = try HostileSuite(responses: try responses(), seed: 8).pairs(count: 1_800)
        let report = try await HostileReport(pairs: pairs, seed: 8, judge: OracleJudge(DigitsRulesJudge()))
        #expect(report.all.raised == 0, "\(report.cases)")
        #expect(report.all.pairs == 1_800 && report.cases.isEmpty && report.all.unknown == 0)
    }

    /// Says yes to what carries a certain word.
    private struct GullibleJudge: ResponseJudge {
        let identity = "gullible"

        func judgements(on items: [JudgeItem]) async throws -> [[Judgement]] {
            items.map { item in
                item.annotations.map { _ in
                    let verdict: Verdict =
                        item.response.contains("unsure") ? .unknown : item.response.contains("yes") ? .reflected : .missing
                    return Judgement(verdict: verdict, judge: identity)
                }
            }
        }
    }

    @Test("a gullible judge is found out: each gain is listed, an unknown verdict is neither gain nor loss")
    func report() async throws {
        func pair(_ plain: String, _ attacked: String) -> HostilePair {
            HostilePair(family: .masterKeys, annotations: ["a", "b"], plain: plain, attacked: attacked)
        }
        let pairs = [pair("x", "x yes"), pair("x yes", "x"), pair("x", "x :"), pair("x", "x unsure"), pair("x", "x yes again")]
        let report = try await HostileReport(pairs: pairs, seed: 1, judge: GullibleJudge())
        #expect(report.all.pairs == 5 && report.all.raised == 2 && report.all.lowered == 1 && report.all.unknown == 1)
        #expect(report.all.raisedShare == 0.5 && report.all.meanChange == 0.25)
        #expect(report.cases.map(\.response) == ["x yes", "x yes again"] && report.cases.allSatisfy { $0.gained == ["a", "b"] })
        #expect(report.faults().count == 3, "\(report.faults())")
        #expect(try JSONDecoder().decode(HostileReport.self, from: report.json()) == report)
        #expect(report.table.contains("master_keys"))
    }
}
