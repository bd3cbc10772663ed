import Foundation
import TestSupport
import Testing

/// `percept` with a judge behind an endpoint, as people run it.
@Suite("percept with an endpoint as judge", .serialized)
struct EndpointCommandTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func settings(_ scratch: Scratch, _ address: String) throws -> [String] {
        let text = """
            schema_version: 1
            model: {policy: \(Self.root.path)/configs/models/digits-policy}
            data: {train: {type: digits, problems: 100, seed: 5}}
            rollout: {problems_per_step: 3, group_size: 4, max_prompt_tokens: 256, max_response_tokens: 96}
            judge:
              type: endpoint
              endpoint: {base_url: '\(address)', model: judge-1, key_variable: PERCEPT_TEST_JUDGE_KEY, attempts: 3, back_off_seconds: 0.01}
            training: {steps: 3, tokens_per_micro_batch: 700, threads: 1}
            validation: {every: 0, at_start: false}
            checkpoint: {every: 0}
            placement: {learner: 1, rollout: 1, judge: 1}
            output: \(scratch.path("run"))
            """
        try scratch.write(text, to: "run.yaml")
        return [scratch.path("run.yaml")]
    }

    /// The rules of the digits task, as far as the starting policy's own wording goes.
    private static func answer(_ request: StandInRequest) -> StandInAnswer {
        guard let question = StandInJudgeQuestion(request) else { return .status(400) }
        return .reply(question.answer { $1.contains($0) })
    }

    @Test("three steps with a server that checks the key and fails a third of its requests; the key is nowhere in what is left")
    func train() throws {
        let key = "sk-very-secret-0123456789"
        let server = try StandInEndpoint(key: key) { .failingThird($0, otherwise: Self.answer($0)) }
        defer { server.stop() }
        let scratch = try Scratch()
        let arguments = ["train"] + (try settings(scratch, server.baseURL.absoluteString))
        let outcome = try PerceptProgram.run(arguments, environment: ["PERCEPT_TEST_JUDGE_KEY": key])
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(!outcome.output.contains(key) && !outcome.errors.contains(key))
        #expect(outcome.errors.contains("endpoints failed") || outcome.output.contains("endpoints failed"))
        let metrics = try String(contentsOfFile: scratch.path("run/metrics.jsonl"), encoding: .utf8)
        #expect(metrics.split(separator: "\n").count == 3)
        for name in ["judge/coverage", "judge/retries", "judge/request_failures", "judge/prompt_tokens"] { #expect(metrics.contains(name)) }
        let files = FileManager.default.enumerator(atPath: scratch.path("run"))?.compactMap { $0 as? String } ?? []
        #expect(files.contains("run.json"))
        for file in files {
            guard let data = FileManager.default.contents(atPath: scratch.path("run/" + file)) else { continue }
            #expect(data.range(of: Data(key.utf8)) == nil, "\(file) holds the key")
        }
        let requests = server.requests
        #expect(!requests.isEmpty && requests.allSatisfy { $0.headers["authorization"] == "Bearer \(key)" })
    }

    @Test("without the key a run does not start and says which variable to set; validation notes it; an unsafe address is refused")
    func missingKey() throws {
        let scratch = try Scratch()
        let file = try settings(scratch, "https://judge.example/v1")
        let run = try PerceptProgram.run(["train"] + file)
        #expect(run.code == 2 && run.errors.contains("PERCEPT_TEST_JUDGE_KEY is not set"))
        let valid = try PerceptProgram.run(["config", "validate"] + file)
        #expect(valid.code == 0 && valid.output.contains("note: the environment variable PERCEPT_TEST_JUDGE_KEY is not set"))
        let plain = try PerceptProgram.run(
            ["train"] + (try settings(scratch, "http://judge.example/v1")), environment: ["PERCEPT_TEST_JUDGE_KEY": "k"])
        #expect(plain.code == 2 && plain.errors.contains("use https://"))
        #expect(!FileManager.default.fileExists(atPath: scratch.path("run")))
    }
}
