import Tasks
import ActorRuntime
import Configuration
import ConfigurationReading
import Foundation
import Judging
import Learning
import Rewards
import Telemetry
import TestSupport
import Testing
import TrainingCluster
import Trajectories

/// Whole runs on loopback whose judge stands behind an endpoint that answers by the rules of the digits task, when it answers.
@Suite("training runs with an endpoint as judge", .serialized)
struct EndpointRunTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let rules = DigitsRulesJudge()

    private static func answer(_ request: StandInRequest) -> StandInAnswer {
        guard let question = StandInJudgeQuestion(request) else { return .status(400) }
        return .reply(question.answer { rules.verdict(annotation: $0, response: $1) == .reflected })
    }

    /// Whether a request is the question that tells whether the endpoint can be asked.
    private static func isStart(_ request: StandInRequest) -> Bool {
        StandInJudgeQuestion(request)?.response == EndpointJudgeProtocol.startResponse
    }

    private struct Run {
        let end: RunEnd?
        /// Why the run could not go on, if it ended with an error.
        let error: String?
        let checkpoints: [String]
        let records: [MetricRecord]
        let samples: [SampleRecord]
        let manifest: RunManifest

        var digests: [String?] { records.map { $0.text(.digestPolicy) } }
    }

    /// Trains with `judge`, as YAML; `URL` in it is the server's address.
    private func train(
        _ judge: String, _ settings: [String] = [], server: StandInEndpoint? = nil, stop: StopRequest = StopRequest()
    ) async throws -> Run {
        let folder = FileManager.default.temporaryDirectory.appending(path: "percept-endpoint-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let text = """
            schema_version: 1
            model: {policy: \(Self.root.path)/configs/models/digits-policy}
            data: {train: {type: digits, problems: 200, seed: 101}}
            rollout: {problems_per_step: 5, group_size: 4, max_prompt_tokens: 256, max_response_tokens: 128}
            judge: \(judge.replacing("URL", with: server?.baseURL.absoluteString ?? ""))
            training: {steps: 3, tokens_per_micro_batch: 700, threads: 1}
            validation: {every: 0, at_start: false}
            checkpoint: {every: 0}
            placement: {learner: 1, rollout: 1, judge: 2}
            cluster: {startup_deadline_seconds: 60}
            output: \(folder.path)
            """
        let configuration = try RunConfiguration.load(
            sources: [ConfigurationSource(name: "run.yaml", text: text)],
            overrides: try (["judge.audit.share=0"] + settings).map { try ConfigurationOverride(parsing: $0) }
        ).value
        let launch = try RankHost.Launch(configuration: configuration, isResumed: false, command: ["test"], version: "test")
        let network = LoopbackNetwork(peerCount: configuration.placement.rankCount)
        let (end, error) = await withTaskGroup(of: Result<RunEnd?, any Error>.self) { group in
            for rank in 0..<configuration.placement.rankCount {
                let transport = network.transport(rank: rank)
                group.addTask {
                    do {
                        return .success(try await RankHost(launch, transport: transport, stop: stop, log: Log { _ in }).run().end)
                    } catch { return .failure(error) }
                }
            }
            var (end, error): (RunEnd?, String?)
            for await result in group {
                switch result {
                case .success(let found): end = found ?? end
                case .failure(let found): error = "\(found)"
                }
            }
            return (end, error)
        }
        var samples: [SampleRecord] = []
        try JSONLinesLog.forEachLine(in: folder.path + "/samples.jsonl") { samples.append(try SampleRecord(line: $0.text)) }
        let checkpoints = (try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/checkpoints"))?.sorted() ?? []
        return Run(
            end: try end ?? RunEnd.load(fromFolder: folder.path), error: error, checkpoints: checkpoints.filter { $0.hasPrefix("step-") },
            records: try JSONLinesLog.metrics(in: folder.path + "/metrics.jsonl").map(\.record), samples: samples,
            manifest: try RunManifest.load(fromFolder: folder.path))
    }

    /// Every verdict that trained is the rules judge's, and nobody is lost without being counted.
    private func check(_ run: Run) {
        #expect(run.end?.status == .finished && run.records.map(\.step) == [1, 2, 3])
        for sample in run.samples {
            let expected = Self.rules.verdicts(annotations: sample.annotations, response: sample.response)
            let found: [Verdict] = sample.verdicts.map { $0 == .reflected ? .reflected : $0 == .missing ? .missing : .unknown }
            #expect(found == expected, "step \(sample.step), group \(sample.group), member \(sample.member)")
            #expect(!found.contains(.unknown))
        }
        for record in run.records {
            let trained = run.samples.count { $0.step == record.step }
            let dropped = record.number("rollout/dropped_members") ?? -1
            let coverage = record.number(.judgeCoverage) ?? -1
            #expect(trained > 0 && dropped >= 0 && coverage > 0 && coverage <= 1)
            // Members of groups that became too small are neither.
            #expect(trained + Int(dropped) <= 20 && (coverage < 1) == (dropped > 0))
        }
    }

    @Test("an endpoint that fails a third of its requests: the run ends, and no group trains on a made-up verdict")
    func failingThird() async throws {
        let server = try StandInEndpoint { .failingThird($0, otherwise: Self.answer($0)) }
        defer { server.stop() }
        // One attempt a request, so that failures reach the dispatch, which has two more.
        let judge = "{type: endpoint, endpoint: {base_url: 'URL', model: judge-1, attempts: 1, prompt_price: 2.0, concurrency: 4}}"
        let run = try await train(judge, server: server)
        check(run)
        let last = try #require(run.records.last)
        #expect(last.number(.judgeRetries) ?? 0 > 0 && last.number(.judgeFailures) ?? 0 >= last.number(.judgeRetries) ?? 0)
        // Failures that a wait cured never reached the dispatch.
        #expect(last.number("judge/request_failures") ?? 0 > last.number(.judgeFailures) ?? 0)
        let requests = last.number("judge/requests") ?? 0
        #expect(requests >= 30 && last.number("judge/prompt_tokens") ?? 0 > 0 && last.number("judge/completion_tokens") ?? 0 > 0)
        // Each judge rank adds up its own.
        #expect(abs((last.number("judge/cost") ?? 0) - (last.number("judge/prompt_tokens") ?? 0) * 2 / 1e6) < 1e-9)
        #expect(run.manifest.models["judge"]?.hasPrefix("endpoint:judge-1@127.0.0.1:") == true)
        // With patience, and with a pool to fall back on, nothing is lost: the digests are those of the rules judge.
        let rules = try await train("{type: rules}")
        let patient = try await train(
            "{type: endpoint, endpoint: {base_url: 'URL', model: judge-1, attempts: 12, back_off_seconds: 0.001, maximum_back_off_seconds: 0.01}}",
            server: server)
        check(patient)
        #expect(patient.digests == rules.digests && patient.records.allSatisfy { $0.number(.judgeCoverage) == 1 })
        #expect(patient.records.last?.number("judge/request_retries") ?? 0 > 5)
        let pools = try await train(
            "{pools: [{name: far, type: endpoint, endpoint: {base_url: 'URL', model: judge-1, attempts: 1}}, {name: near, type: rules}]}",
            server: server)
        check(pools)
        #expect(pools.digests == rules.digests && pools.records.allSatisfy { $0.number(.judgeCoverage) == 1 })
        #expect(pools.manifest.models["judge/far"]?.contains("judge-1@") == true)
        #expect(rules.records.last?.number("judge/requests") == nil)
    }

    @Test("a slow endpoint keeps its leases: nothing is asked twice")
    func slow() async throws {
        let server = try StandInEndpoint { .after(.milliseconds(1_500), Self.answer($0)) }
        defer { server.stop() }
        let judge = "{type: endpoint, lease_seconds: 0.8, endpoint: {base_url: 'URL', model: judge-1, concurrency: 8}}"
        let run = try await train(judge, ["training.steps=1"], server: server)
        #expect(run.end?.status == .finished && run.records.first?.number(.judgeCoverage) == 1)
        #expect(run.records.first?.number(.judgeRetries) == 0 && run.records.first?.number("judge/reissued") == 0)
        // Equal responses to a problem are one question.
        let questions = Set(run.samples.map { [$0.problemID, $0.response] })
        let asked = server.requests.count { !Self.isStart($0) }
        #expect(asked == questions.count, "\(asked) requests for \(questions.count) questions")
        // Each judge rank asks once whether it can ask.
        #expect(server.requests.count == asked + 2)
        #expect(server.mostInFlight > 4, "\(server.mostInFlight) at a time")
    }

    @Test("replies that can't be read are asked again of the only judge at once: nothing waits for a lease", .timeLimit(.minutes(2)))
    func unreadable() async throws {
        let server = try StandInEndpoint { _ in .reply("") }
        defer { server.stop() }
        let judge = "{type: endpoint, lease_seconds: 86400, endpoint: {base_url: 'URL', model: judge-1}}"
        let run = try await train(judge, ["training.steps=2", "placement.judge=1", "rollout.problems_per_step=16"], server: server)
        #expect(run.end?.status == .finished && run.records.allSatisfy { $0.number(.judgeCoverage) == 0 })
        #expect(run.records.last?.number("judge/unreadable_replies") ?? 0 > 64)
    }

    @Test("an endpoint that never answers ends in groups that are dropped, not in verdicts")
    func hanging() async throws {
        let server = try StandInEndpoint { Self.isStart($0) ? Self.answer($0) : .hang }
        defer { server.stop() }
        let judge = "{type: endpoint, endpoint: {base_url: 'URL', model: judge-1, concurrency: 32, attempts: 1, deadline_seconds: 0.1}}"
        let run = try await train(judge, ["training.steps=1"], server: server)
        #expect(run.end?.status == .finished && run.samples.isEmpty)
        let record = try #require(run.records.first)
        #expect(record.number(.judgeCoverage) == 0 && record.number("rollout/dropped_groups") == 5)
        #expect(record.number("rollout/dropped_members") == 20)
    }

    @Test("an endpoint that refuses the key ends the run before its first step, with the server's words")
    func refused() async throws {
        let server = try StandInEndpoint { _ in .status(401, body: #"{"error": {"message": "Incorrect API key provided"}}"#) }
        defer { server.stop() }
        let run = try await train("{type: endpoint, endpoint: {base_url: 'URL', model: judge-1}}", server: server)
        #expect(run.records.isEmpty && run.error?.contains("Incorrect API key provided") == true, "\(run.error ?? "no error")")
        #expect(run.end?.status == .failed && run.end?.step == 0 && run.end?.message == run.error)
        #expect(server.requests.allSatisfy { Self.isStart($0) })
    }

    @Test("a stop ends a run that waits for its endpoint", .timeLimit(.minutes(2)))
    func stoppedEarly() async throws {
        let server = try StandInEndpoint { _ in .status(503) }
        defer { server.stop() }
        let stop = StopRequest()
        Task {
            try await Task.sleep(for: .seconds(1))
            stop.request()
        }
        let judge = "{type: endpoint, endpoint: {base_url: 'URL', model: judge-1, attempts: 1}}"
        let run = try await train(judge, ["cluster.startup_deadline_seconds=3600"], server: server, stop: stop)
        #expect(run.end?.status == .stopped && run.end?.step == 0 && run.records.isEmpty && run.error == nil, "\(run.error ?? "")")
    }

    @Test("a server that starts beside the run is waited for")
    func late() async throws {
        let start = ContinuousClock.now
        let server = try StandInEndpoint { .now - start < .seconds(2) ? .status(503) : Self.answer($0) }
        defer { server.stop() }
        let judge = "{type: endpoint, endpoint: {base_url: 'URL', model: judge-1, attempts: 1}}"
        let run = try await train(judge, ["training.steps=1"], server: server)
        #expect(run.end?.status == .finished && run.records.first?.number(.judgeCoverage) == 1, "\(run.error ?? "")")
    }

    @Test(
        "a key that is revoked in a run: another pool takes over, told by name, with the same digests; without one the run gives up with a checkpoint"
    )
    func revoked() async throws {
        func server() throws -> StandInEndpoint {
            try StandInEndpoint { request in
                // One question of the start and the 12 different responses of the first step are over by then; 9 of the second's 11 are not.
                request.number < 16 ? Self.answer(request) : .status(401, body: #"{"error": {"message": "key revoked"}}"#)
            }
        }
        let far = "endpoint: {base_url: 'URL', model: judge-1, attempts: 1, concurrency: 4}"
        let one = ["placement.judge=1"]
        let rules = try await train("{type: rules}", one)
        let first = try server()
        defer { first.stop() }
        let pools = try await train("{pools: [{name: far, type: endpoint, \(far)}, {name: near, type: rules}]}", one, server: first)
        check(pools)
        #expect(pools.digests == rules.digests)
        #expect(pools.records.last?.number("warning/judge_left") ?? 0 > 0)
        #expect(pools.end?.warnings?.contains { $0.name == .judgeLeft && $0.text.contains("key revoked") } == true)
        let second = try server()
        defer { second.stop() }
        let alone = try await train("{type: endpoint, \(far)}", one, server: second)
        #expect(alone.end?.status == .failed && alone.end?.message?.contains("key revoked") == true, "\(alone.end?.message ?? "")")
        let step = try #require(alone.end?.step)
        #expect(
            alone.records.count == step && alone.checkpoints.count == (step > 0 ? 1 : 0),
            "step \(step), checkpoints \(alone.checkpoints), \(alone.end?.message ?? "")")
        #expect(alone.digests == Array(rules.digests.prefix(step)))
    }

    @Test("steps of which every group is dropped change nothing, and too many in a row end the run as failed, with a checkpoint")
    func nothingLearned() async throws {
        let server = try StandInEndpoint { _ in .reply("I don't know.") }
        defer { server.stop() }
        let judge = "{type: endpoint, endpoint: {base_url: 'URL', model: judge-1}}"
        let run = try await train(judge, ["training.max_empty_steps=2", "training.steps=5"], server: server)
        #expect(run.end?.status == .failed && run.end?.step == 2 && run.checkpoints.count == 1, "\(run.end?.message ?? "")")
        #expect(run.end?.message?.contains("training.max_empty_steps") == true && run.error == nil)
        #expect(run.records.map { $0.number("training/skipped_step") } == [1, 1])
        // The policy is what it was.
        #expect(Set(run.digests).count == 1)
        let names = run.end?.warnings?.map(\.name)
        #expect(names == [.groupsDropped, .judgeReply], "\(names ?? [])")
        #expect(run.records.last?.number("rollout/drops/judge_failed") == 20)
    }

    @Test("without a reward for sight, training asks no judge and drops nobody; validation is judged")
    func blind() async throws {
        let server = try StandInEndpoint { Self.isStart($0) ? Self.answer($0) : .reply("no idea") }
        defer { server.stop() }
        let judge = "{type: endpoint, endpoint: {base_url: 'URL', model: judge-1}}"
        let run = try await train(judge, ["reward.weights.visual=0"], server: server)
        #expect(run.end?.status == .finished && run.samples.count == 60 && server.requests.allSatisfy { Self.isStart($0) })
        #expect(run.records.allSatisfy { $0.number("rollout/dropped_members") == 0 && $0.number("training/skipped_step") == 0 })
        #expect(run.samples.allSatisfy { $0.verdicts.isEmpty && $0.reward["visual"] == nil })
        let rules = try await train("{type: rules}", ["reward.weights.visual=0"])
        #expect(rules.records.map { $0.text(.digestBatch) } == run.records.map { $0.text(.digestBatch) } && rules.digests == run.digests)
    }

    @Test("rewards [1, 3, 2, unknown] give the advantages of [1, 3, 2] alone", arguments: AdvantageKind.allCases)
    func unknownMember(_ kind: AdvantageKind) {
        func batch(_ members: [(accuracy: Float, verdict: Verdict)]) -> StepBatch {
            let group = GroupID(purpose: .train, step: StepIndex(1), slot: 0)
            let judged = members.enumerated().map { index, member in
                let trajectory = Trajectory(
                    id: TrajectoryID(group: group, member: index), problem: ProblemID("p"), problemIndex: 0, visit: 0,
                    version: PolicyVersion(0), spans: [.given([1]), .sampled([2], logProbs: [0])], entropy: 0,
                    finishReason: .stop, turns: [Turn(text: "t")],
                    rewards: RewardVector([.init("accuracy", .known(member.accuracy))]))
                return (trajectory: trajectory, verdicts: [member.verdict])
            }
            var reward = RewardConfiguration()
            for name in ["format", "visual", "repetition"] { reward.weights[name] = 0 }
            reward.weights[AccuracyReward.self] = 1
            return StepBatch(
                groups: [(members: judged, annotationCount: 1)], rubric: Rubric(reward), minimumMembers: 2, advantage: kind,
                advantageEpsilon: 1e-6)
        }
        let three = batch([(1, .missing), (3, .missing), (2, .reflected)])
        let four = batch([(1, .missing), (3, .missing), (2, .reflected), (100, .unknown)])
        #expect(four.samples == three.samples && four.digest == three.digest)
        #expect(three.samples.map(\.reward) == [1, 3, 2] && Set(three.samples.map(\.advantage)).count == 3)
        #expect(four.drops[.judgeFailed] == 1)
    }
}
