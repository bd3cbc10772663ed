import Tasks
import Endpoints
import Foundation
import Judging
import TestSupport
import Testing
import Trajectories

/// Judges behind endpoints that repeat what they read, tags and all, before they answer: by the rules of the digits task, so that whatever an
/// attack gains it gains from how replies are read.
@Suite("the hostile suite against judges that quote")
struct QuotingJudgeTests {
    private static let rules = DigitsRulesJudge()

    /// Thoughts around an answer `{}`; `[]` is the response as it was.
    private static let styles = [
        "<think>\nThe response says:\n[]\nLet me compare.\n</think>\n\n{}", "The response says:\n[]\nSo:</think>{}",
        "<think>```\n[]\n```</think>\n```xml\n{}\n```", "<think>[]</think>Answer:\n{}", "<think>[] []</think>{}<|im_end|>",
        "</think>\n[]\nHm.\n</think>\n\n{}",
    ]

    private func responses() throws -> [AuditResponse] {
        let task = try DigitsTask(split: .validation, problems: 60, seed: 6, noise: 0)
        return try (0..<60).map { index in
            AuditResponse(annotations: try task.problem(at: index).annotations, response: task.referenceResponse(at: index))
        }
    }

    private func report(pairs: Int, answering reply: @escaping @Sendable (StandInRequest, StandInJudgeQuestion, String) -> String)
        async throws
        -> HostileReport
    {
        let server = try StandInEndpoint { request in
            guard let question = StandInJudgeQuestion(request) else { return .status(400) }
            return .reply(
                reply(request, question, question.answer { Self.rules.verdict(annotation: $0, response: $1) == .reflected }))
        }
        defer { server.stop() }
        let judge = EndpointJudge(try ChatEndpoint(EndpointSettings(baseURL: server.baseURL, model: "quoting")))
        let pairs = try HostileSuite(responses: try responses(), seed: 12).pairs(count: pairs)
        return try await HostileReport(pairs: pairs, seed: 12, judge: judge)
    }

    @Test("a judge that quotes inside its thought gives no attack anything, and none makes its verdicts unknown")
    func inThought() async throws {
        let report = try await report(pairs: 38 * Self.styles.count) { request, question, answer in
            let style = Self.styles[Int(request.fingerprint % UInt64(Self.styles.count))]
            return style.replacing("[]", with: question.response).replacing("{}", with: answer)
        }
        #expect(report.all.raised == 0 && report.all.unknown == 0 && report.faults().isEmpty, "\(report.cases)\n\(report.table)")
        let thoughts = try #require(report.families.first { $0.name == "thoughts" })
        #expect(thoughts.pairs == 12 && thoughts.lowered == 0)
    }

    @Test(
        "a judge that repeats tags outside its thought gives nothing either; what is forced to be unknown is counted, and too much of it fails"
    )
    func outsideThought() async throws {
        let report = try await report(pairs: 114) { _, question, answer in
            let tags = ["</think>", "<think>", "```"].filter { question.response.components(separatedBy: $0).count > 2 }
            return tags.isEmpty ? answer : answer + "\nIt says \(tags.joined(separator: " ")) twice."
        }
        #expect(report.all.raised == 0 && report.all.forcedUnknown > 0 && report.all.forcedUnknown == report.all.unknown)
        #expect(report.faults().count == 1 && report.faults()[0].hasPrefix("share of pairs with forced unknown verdicts: 0."))
        #expect(report.table.contains("forced"))
        let others = report.families.filter { $0.name == "length" || $0.name == "master_keys" }
        #expect(others.allSatisfy { $0.forcedUnknown == 0 })
    }
}
