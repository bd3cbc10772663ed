import Tasks
import Endpoints
import Foundation
import Judging
import Synchronization
import Telemetry
import TestSupport
import Testing
import Trajectories

private let items = [
    JudgeItem(response: "The top-left digit is 3.", annotations: ["The top-left digit is 3.", "The top-left digit is 4."]),
    JudgeItem(response: "nothing", annotations: []),
    JudgeItem(response: "The top-right digit is 7. </response>", annotations: ["The top-right digit is 7."]),
]
private let rules = DigitsRulesJudge()

private func byRules(_ request: StandInRequest) -> StandInAnswer {
    guard let question = StandInJudgeQuestion(request) else { return .status(400) }
    return .reply(question.answer { rules.verdict(annotation: $0, response: $1) == .reflected })
}

/// A judge of a stand-in server, which ends with the body.
private func withJudge<R>(
    attempts: Int = 1, asksLogProbs: Bool = false, limit: Int = 65_536, patience: Duration = .milliseconds(400),
    backOff: ClosedRange<Duration> = .milliseconds(1) ... .milliseconds(2),
    answering script: @escaping StandInEndpoint.Script,
    _ body: (EndpointJudge, StandInEndpoint) async throws -> R
) async throws -> R {
    let server = try StandInEndpoint(answering: script)
    defer { server.stop() }
    var settings = EndpointSettings(baseURL: server.baseURL, model: "judge-1")
    settings.attempts = attempts
    settings.backOff = backOff
    // The other tests of the process may keep all threads of Swift's pool for a while: no attempt fails for that.
    settings.requestDeadline = .seconds(600)
    let judge = EndpointJudge(
        try ChatEndpoint(settings), asksLogProbs: asksLogProbs, maximumResponseByteCount: limit,
        patience: JudgePatience(start: patience, absence: patience), log: Log { _ in })
    return try await body(judge, server)
}

/// Asks a judge, and compares.
private func expect(
    _ judge: any ResponseJudge, _ items: [JudgeItem], _ verdicts: [[Verdict]], sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let found = try await judge.verdicts(on: items)
    #expect(found == verdicts, sourceLocation: sourceLocation)
}

@Suite("a judge behind an endpoint")
struct EndpointJudgeTests {
    @Test("one request a response holds all its annotations, and the verdicts come in their order")
    func verdicts() async throws {
        try await withJudge(answering: byRules) { judge, server in
            let judgements = try await judge.judgements(on: items)
            #expect(judgements.map { $0.map(\.verdict) } == [[.reflected, .missing], [], [.reflected]])
            #expect(server.requests.count == 2)
            #expect(Set(judgements.joined().map(\.judge)) == [judge.identity])
            let host = server.baseURL.host() ?? ""
            #expect(judge.identity.hasPrefix("endpoint:judge-1@\(host):") && judge.identity.hasSuffix(EndpointJudgeProtocol.version))
            #expect(judge.endpointCounters.usage.promptTokens == 14)
        }
    }

    /// What a server does with responses, while it answers the question that tells whether it can be asked.
    private static func toResponses(_ answer: StandInAnswer) -> StandInEndpoint.Script {
        { StandInJudgeQuestion($0)?.response == EndpointJudgeProtocol.startResponse ? byRules($0) : answer }
    }

    @Test("a failure at a response is unknown, never missing, and not waited for", arguments: [500, 400, 401, 404])
    func failures(_ status: Int) async throws {
        try await withJudge(patience: .seconds(600), answering: Self.toResponses(.status(status))) { judge, _ in
            let verdicts = try await judge.verdicts(on: items)
            #expect(verdicts == [[.unknown, .unknown], [], [.unknown]])
            #expect(judge.endpointCounters.lastFailure?.contains("answered \(status)") == true)
        }
    }

    @Test("a server that takes few requests is waited for, though it answers the question that tells whether it is there")
    func fewRequests() async throws {
        let start = ContinuousClock.now
        let script: StandInEndpoint.Script = { request in
            let isBusy = StandInJudgeQuestion(request)?.response != EndpointJudgeProtocol.startResponse && .now - start < .milliseconds(500)
            return isBusy ? .status(429) : byRules(request)
        }
        try await withJudge(patience: .seconds(600), answering: script) { judge, _ in
            try await expect(judge, items, [[.reflected, .missing], [], [.reflected]])
        }
        // In the end it is unknown, and the endpoint is kept.
        try await withJudge(answering: Self.toResponses(.status(429))) { judge, _ in
            try await expect(judge, items, [[.unknown, .unknown], [], [.unknown]])
        }
    }

    @Test("a server that is away is waited for; one that stays away is a loss that may pass", arguments: [429, 500, 503])
    func outages(_ status: Int) async throws {
        let start = ContinuousClock.now
        try await withJudge(patience: .seconds(600), answering: { .now - start < .milliseconds(700) ? .status(status) : byRules($0) }) {
            judge, _ in
            try await judge.reach()
            try await expect(judge, items, [[.reflected, .missing], [], [.reflected]])
        }
        try await withJudge(patience: .seconds(3), answering: { _ in .status(status, body: #"{"error": {"message": "come again"}}"#) }) {
            judge, _ in
            for ask in [{ try await judge.reach() }, { _ = try await judge.verdicts(on: items) }] {
                let loss = try #require(await #expect(throws: JudgeLoss.self) { try await ask() })
                #expect(!loss.isForGood && loss.description.contains("come again"), "\(loss)")
            }
        }
    }

    private static let comeAgain = StandInAnswer.status(503, body: #"{"error": {"message": "come again"}}"#)

    @Test("an endpoint is not lost before one attempt has ended, however short the patience")
    func lateAnswers() async throws {
        let pause = Duration.milliseconds(600)
        try await withJudge(patience: .milliseconds(1), answering: { .after(pause, byRules($0)) }) { judge, _ in
            try await judge.reach()
        }
        try await withJudge(patience: .milliseconds(1), answering: { _ in .after(pause, .status(401)) }) { judge, _ in
            let loss = try #require(await #expect(throws: JudgeLoss.self) { try await judge.reach() })
            #expect(loss.isForGood)
        }
        try await withJudge(patience: .milliseconds(1), answering: { _ in .after(pause, Self.comeAgain) }) { judge, _ in
            let loss = try #require(await #expect(throws: JudgeLoss.self) { try await judge.reach() })
            #expect(!loss.isForGood && loss.description.contains("come again"), "\(loss)")
        }
    }

    @Test("a loss has the server's last words, though the pause behind them outlasts the patience")
    func lastWords() async throws {
        try await withJudge(
            attempts: 100, patience: .milliseconds(300), backOff: .seconds(600) ... .seconds(600), answering: { _ in Self.comeAgain }
        ) { judge, _ in
            let loss = try #require(await #expect(throws: JudgeLoss.self) { try await judge.reach() })
            #expect(!loss.isForGood && loss.description.contains("come again"), "\(loss)")
        }
    }

    @Test(
        "an endpoint that refuses for good is lost with the server's words, before any response is sent",
        arguments: [400, 401, 403, 404, 307])
    func refusals(_ status: Int) async throws {
        try await withJudge(patience: .seconds(600), answering: { _ in .status(status, body: #"{"error": {"message": "not you"}}"#) }) {
            judge, server in
            let loss = try #require(await #expect(throws: JudgeLoss.self) { try await judge.reach() })
            #expect(loss.isForGood && loss.description.contains("not you"))
            let count = server.requests.count
            await #expect(throws: loss) { try await judge.verdicts(on: items) }
            #expect(server.requests.count == count)
        }
    }

    @Test("three different responses in a row that are refused make the endpoint suspect; the same one again and again does not")
    func suspicion() async throws {
        let isRevoked = Atomic(false)
        let script: StandInEndpoint.Script = { request in
            guard !isRevoked.load(ordering: .relaxed) else { return .status(401) }
            return StandInJudgeQuestion(request)?.response.hasPrefix("bad") == true ? .status(400) : byRules(request)
        }
        func item(_ text: String) -> JudgeItem { JudgeItem(response: text, annotations: ["The top-left digit is 3."]) }
        try await withJudge(patience: .seconds(600), answering: script) { judge, server in
            for _ in 0..<5 { try await expect(judge, [item("bad")], [[.unknown]]) }
            #expect(server.requests.count == 5)
            try await expect(judge, [item("The top-left digit is 3.")], [[.reflected]])
            // Three different ones, and the question is answered: the responses are at fault.
            for number in 0..<3 { try await expect(judge, [item("bad \(number)")], [[.unknown]]) }
            #expect(server.requests.count == 10)
            isRevoked.store(true, ordering: .relaxed)
            for number in 0..<2 { try await expect(judge, [item("good \(number)")], [[.unknown]]) }
            let loss = await #expect(throws: JudgeLoss.self) { try await judge.verdicts(on: [item("good 2")]) }
            #expect(loss?.isForGood == true)
        }
    }

    @Test(
        "a response that the server finds too long is missing, never unknown",
        arguments: [
            (400, "This model's maximum context length is 64 tokens. However, you requested 80 tokens"),
            (400, "the request exceeds the available context size. try increasing the context size"), (413, ""),
            (400, "prompt is too long: 9000 tokens > 8192 maximum"),
        ])
    func tooLong(_ status: Int, _ says: String) async throws {
        try await withJudge(answering: Self.toResponses(.status(status, body: #"{"error": {"message": "\#(says)"}}"#))) { judge, _ in
            let verdicts = try await judge.verdicts(on: [items[0]])
            #expect(verdicts == [[.missing, .missing]])
        }
    }

    @Test("a reply to the start's question that can't be read is told, and ends nothing", arguments: ["I can't say.", ""])
    func unreadableStart(_ text: String) async throws {
        try await withJudge(answering: { _ in .reply(text) }) { judge, _ in
            try await judge.reach()
            #expect(judge.endpointCounters.startReply == text)
        }
    }

    @Test("a chain goes on without a judge that is lost, and is lost with the last one")
    func lostJudge() async throws {
        try await withJudge(answering: { _ in .status(503) }) { judge, _ in
            let chain = JudgeChain([judge, OracleJudge(DigitsRulesJudge())], log: Log { _ in })
            try await chain.reach()
            try await expect(chain, items, [[.reflected, .missing], [], [.reflected]])
            #expect(chain.endpointCounters.abandoned.keys.sorted() == [judge.identity])
            await #expect(throws: JudgeLoss.self) { try await JudgeChain([judge], log: Log { _ in }).reach() }
        }
        try await withJudge(answering: { _ in .status(401) }) { judge, _ in
            // A wrong key is a fault of the configuration, whoever stands behind.
            _ = await #expect(throws: JudgeLoss.self) {
                try await JudgeChain([judge, OracleJudge(DigitsRulesJudge())], log: Log { _ in }).reach()
            }
        }
    }

    @Test("an answer that can't be read is asked for once more, then unknown")
    func unreadable() async throws {
        let texts = ["I think 1 and 0.", "<info1>1</info1>"]
        for text in texts {
            try await withJudge(answering: { _ in .reply(text) }) { judge, server in
                let verdicts = try await judge.verdicts(on: [items[0]])
                #expect(verdicts == [[.unknown, .unknown]] && server.requests.count == 2)
                #expect(judge.endpointCounters.unreadableReplies == 2)
            }
        }
        try await withJudge(answering: { $0.number == 0 ? .reply("hm") : byRules($0) }) { judge, _ in
            let verdicts = try await judge.verdicts(on: [items[0]])
            #expect(verdicts == [[.reflected, .missing]] && judge.endpointCounters.unreadableReplies == 1)
        }
    }

    @Test("a response that is too long is missing throughout and never sent")
    func tooLong() async throws {
        let long = JudgeItem(
            response: "The top-left digit is 3. " + String(repeating: "é", count: 40), annotations: ["The top-left digit is 3."])
        try await withJudge(limit: 100, answering: byRules) { judge, server in
            let verdicts = try await judge.verdicts(on: [long])
            #expect(verdicts == [[.missing]] && server.requests.isEmpty)
        }
        try await withJudge(limit: 105, answering: byRules) { judge, server in
            let verdicts = try await judge.verdicts(on: [long])
            #expect(verdicts == [[.reflected]] && server.requests.count == 1)
        }
    }

    @Test("a server that refuses log-probabilities is asked without them, from then on")
    func noLogProbs() async throws {
        try await withJudge(asksLogProbs: true, answering: { $0.value("logprobs") == nil ? byRules($0) : .status(400) }) { judge, server in
            for _ in 0..<2 {
                let verdicts = try await judge.verdicts(on: [items[0]])
                #expect(verdicts == [[.reflected, .missing]])
            }
            #expect(server.requests.map { $0.value("logprobs") == nil } == [false, true, true])
        }
    }

    /// The rules' answer as a chat completion, changed by `form`: `{}` stands for it, as JSON writes it inside a string.
    private static func completion(_ request: StandInRequest, _ form: String) -> StandInAnswer {
        guard let question = StandInJudgeQuestion(request) else { return .status(400) }
        let answer = question.answer { rules.verdict(annotation: $0, response: $1) == .reflected }
        return .body(Data(form.replacing("{}", with: answer.replacing("\n", with: "\\n")).utf8))
    }

    @Test(
        "whatever a server puts around an answer, the verdicts are those of the answer",
        arguments: [
            #"{"content": "<think>\nOkay, let me compare.\n</think>\n\n{}"}, "finish_reason": "stop""#,
            #"{"content": "<think>\n\n</think>\n\n{}"}, "finish_reason": "stop""#,
            #"{"content": "```xml\n{}\n```"}, "finish_reason": "stop""#,
            #"{"content": "Answer:\n{}"}, "finish_reason": "stop""#, #"{"content": "{}<|im_end|>"}, "finish_reason": "stop""#,
            #"{"content": "{}</s>"}, "finish_reason": "eos_token""#, #"{"content": "\ufeff{}"}, "finish_reason": "STOP""#,
            #"{"content": "{}"}, "finish_reason": "end_turn""#, #"{"content": "{}"}, "finish_reason": null"#, #"{"content": "{}"}"#,
            #"{"content": [{"type": "text", "text": "{}"}]}, "finish_reason": "stop""#,
            #"{"content": "{}", "reasoning_content": "<info1>1</info1>", "tool_calls": []}, "finish_reason": "stop""#,
            #"{"content": "{}"}, "logprobs": {"content": [{"token": "x", "logprob": -0.1, "top_logprobs": [{"token": "0", "logprob": -Infinity}]}]}"#,
            #"{"content": "{}"}, "logprobs": {"content": [{"token": "x", "logprob": null}]}"#,
            #"{"content": "{}"}, "logprobs": {"tokens": ["x"], "token_logprobs": [-0.1], "top_logprobs": null}"#,
        ])
    func forms(_ choice: String) async throws {
        for rest in ["", #", "usage": {"prompt_tokens": null}"#, #", "usage": {"prompt_tokens": 10.5, "completion_tokens": "5"}"#] {
            try await withJudge(answering: { Self.completion($0, #"{"choices": [{"message": \#(choice)}]\#(rest)}"#) }) { judge, _ in
                let verdicts = try await judge.verdicts(on: items)
                #expect(verdicts == [[.reflected, .missing], [], [.reflected]])
                #expect(judge.endpointCounters.failureCount == 0 && judge.endpointCounters.unreadableReplies == 0)
            }
        }
    }

    @Test(
        "an answer that is another one, or none, is unknown",
        arguments: [
            #"{"content": "**{}**"}"#, #"{"content": "{}\n\nBoth are stated."}"#, #"{"content": "{}\n{}"}"#,
            #"{"content": "<answer>\n{}\n</answer>"}"#,
            #"{"content": "1"}"#, #"{"content": "{\"info1\": 1}"}"#, #"{"content": "&lt;info1&gt;1&lt;/info1&gt;"}"#, #"{"content": ""}"#,
            #"{"content": "<think>{}"}"#, #"{"content": null, "reasoning_content": "{}"}"#,
            #"{"content": null, "tool_calls": [{"id": "1", "type": "function"}]}, "finish_reason": "tool_calls""#,
            #"{"content": "{}"}, "finish_reason": "length""#, #"{"content": "{}"}, "finish_reason": "content_filter""#,
            #"{"content": "{}"}, "finish_reason": "MAX_TOKENS""#, #"{"content": "{}"}, "finish_reason": "SAFETY""#,
        ])
    func otherForms(_ choice: String) async throws {
        try await withJudge(answering: { Self.completion($0, #"{"choices": [{"message": \#(choice)}]}"#) }) { judge, _ in
            let verdicts = try await judge.verdicts(on: items)
            #expect(verdicts == [[.unknown, .unknown], [], [.unknown]] && judge.endpointCounters.unreadableReplies == 4)
        }
    }

    @Test("of replies that can't be read the first and each hundredth are told: whole, bounded, without the key")
    func unreadableNotices() async throws {
        let server = try StandInEndpoint(key: "sk-secret") { request in
            .reply(request.number == 0 ? "my key is sk-secret, \u{1B}[31m" : String(repeating: "é", count: 100_000))
        }
        defer { server.stop() }
        let told = Mutex<[(count: Int, reason: String, reply: String)]>([])
        var settings = EndpointSettings(baseURL: server.baseURL, model: "judge-1", keyVariable: "KEY")
        settings.concurrency = 1
        let endpoint = try ChatEndpoint(settings, environment: ["KEY": "sk-secret"]) { notice in
            if case .unreadable(_, let count, let reason, let reply) = notice { told.withLock { $0.append((count, reason, reply)) } }
        }
        let judge = EndpointJudge(endpoint)
        for _ in 0..<101 { _ = try await judge.verdicts(on: [items[2]]) }
        let found = told.withLock { $0 }
        #expect(found.map(\.count) == [1, 100, 200])
        #expect(found[0].reply == "my key is [key], \u{1B}[31m" && found[0].reason.contains("numbered tags"))
        #expect(found[1].reply.utf8.count < 40_000 && found[1].reply.contains("(200000 bytes)"))
    }

    @Test("log-probabilities become probabilities")
    func logProbs() async throws {
        let tokens = [
            StandInToken("<info1>", 0), StandInToken("1", log(0.9), top: [("1", log(0.9)), ("0", log(0.1))]), StandInToken("</info1>", 0),
        ]
        try await withJudge(asksLogProbs: true, answering: { _ in .reply("<info1>1</info1>", logProbs: tokens) }) { judge, _ in
            let judgement = try #require(try await judge.judgements(on: [items[2]]).first?.first)
            #expect(judgement.verdict == .reflected && abs((judgement.probability ?? 0) - 0.9) < 1e-6)
        }
    }
}

@Suite("a chain of judges")
struct JudgeChainTests {
    /// Knows some annotations, and notes what it is asked.
    private final class PartialJudge: ResponseJudge {
        let identity: String
        private let known: Set<String>
        private let seen = Mutex<[[String]]>([])

        init(_ identity: String, knows known: Set<String>) {
            self.identity = identity
            self.known = known
        }

        var asked: [[String]] { seen.withLock { $0 } }

        func judgements(on items: [JudgeItem]) async throws -> [[Judgement]] {
            seen.withLock { $0 += items.map(\.annotations) }
            return items.map { $0.annotations.map { Judgement(verdict: known.contains($0) ? .reflected : .unknown, judge: identity) } }
        }
    }

    @Test("what one judge leaves unknown goes to the next, and each judgement says who gave it")
    func fallback() async throws {
        let judges = [PartialJudge("a", knows: ["x"]), PartialJudge("b", knows: ["x", "y"]), PartialJudge("c", knows: ["x", "y", "z"])]
        let chain = JudgeChain(judges)
        let found = try await chain.judgements(on: [
            JudgeItem(response: "r", annotations: ["y", "x"]), JudgeItem(response: "s", annotations: ["x"]),
            JudgeItem(response: "t", annotations: ["z", "q"]),
        ])
        #expect(found.map { $0.map(\.judge) } == [["b", "a"], ["a"], ["c", "c"]])
        #expect(found.map { $0.map(\.verdict) } == [[.reflected, .reflected], [.reflected], [.reflected, .unknown]])
        #expect(judges[0].asked == [["y", "x"], ["x"], ["z", "q"]])
        #expect(judges[1].asked == [["y"], ["z", "q"]])
        #expect(judges[2].asked == [["z", "q"]])
        #expect(chain.identity == "a > b > c")
    }

    @Test("the rules judge in front leaves what it doesn't know to the endpoint")
    func rulesFirst() async throws {
        try await withJudge(answering: { _ in .reply("<info1>1</info1>") }) { judge, server in
            let chain = JudgeChain([OracleJudge(DigitsRulesJudge()), judge])
            let item = JudgeItem(response: "The top-left digit is 3. AB is 5.", annotations: ["The top-left digit is 3.", "AB is 5 long."])
            let found = try await chain.judgements(on: [item])
            #expect(found[0].map(\.verdict) == [.reflected, .reflected])
            #expect(found[0].map(\.judge) == ["digits-rules-1", judge.identity])
            #expect(server.requests.count == 1 && chain.endpointCounters.requests == 1)
        }
    }
}
