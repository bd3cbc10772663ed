import Endpoints
import Foundation
import Synchronization
import TestSupport
import Testing

/// Servers that don't take all of OpenAI's parameters, in the words of real ones.
@Suite("a server that refuses parameters")
struct RequestDialectTests {
    /// What the endpoint told.
    private final class Notices: Sendable {
        private let list = Mutex<[String]>([])
        var all: [String] { list.withLock { $0 } }
        func add(_ notice: EndpointNotice) {
            if case .adapted(_, let change, _) = notice { list.withLock { $0.append(change) } }
        }
    }

    private func withEndpoint<R>(
        answering script: @escaping StandInEndpoint.Script, _ body: (ChatEndpoint, StandInEndpoint, Notices) async throws -> R
    ) async throws -> R {
        let server = try StandInEndpoint(answering: script)
        defer { server.stop() }
        var settings = EndpointSettings(baseURL: server.baseURL, model: "m")
        settings.maximumTokens = 77
        settings.attempts = 1
        settings.backOff = .milliseconds(1) ... .milliseconds(2)
        let notices = Notices()
        return try await body(try ChatEndpoint(settings, notify: notices.add), server, notices)
    }

    /// A request that sets everything.
    private static let full: ChatRequest = {
        var request = ChatRequest([.init(.user, "temperature and max_tokens are words of mine")])
        request.topLogProbs = 5
        request.topP = 0.9
        request.seed = 4
        request.stop = ["\n"]
        return request
    }()

    private func done(_ endpoint: ChatEndpoint, _ request: ChatRequest) async throws {
        let reply = try await endpoint.complete(request)
        #expect(reply.text == "done")
    }

    /// Refuses `parameter` in one of the forms that servers have.
    private static func refusal(_ parameter: String, form: Int) -> StandInAnswer {
        switch form {
        case 0:
            .status(400, body: #"{"error": {"message": "Unsupported parameter: '\#(parameter)' is not supported with this model."}}"#)
        case 1: .status(400, body: #"{"error": {"message": "Unsupported value.", "param": "\#(parameter)", "code": "unsupported_value"}}"#)
        case 2: .status(422, body: #"{"detail": [{"loc": ["body", "\#(parameter)"], "msg": "extra fields not permitted"}]}"#)
        case 3:
            .status(
                422,
                body:
                    #"{"detail": [{"loc": ["body", "\#(parameter)"], "msg": "no", "input": {"temperature": 0, "max_tokens": 3, "seed": 4}}]}"#
            )
        case 4: .status(400, body: "unknown field `\(parameter)`, expected one of `model`, `messages`")
        case 5: .status(400, body: #"{"object": "error", "message": "\#(parameter): unrecognized", "code": 400}"#)
        default: .status(200, body: #"{"error": {"message": "\#(parameter) is not available", "code": 400}}"#)
        }
    }

    private static let names = ["logprobs", "max_tokens", "temperature", "top_p", "seed", "stop"]

    @Test("each parameter that it names is left out or called otherwise, in whatever form it says so", arguments: names, 0..<7)
    func each(_ parameter: String, _ form: Int) async throws {
        try await withEndpoint {
            $0.value(parameter) == nil ? .reply("done") : Self.refusal(parameter, form: form)
        } _: { endpoint, server, notices in
            for _ in 0..<2 {
                try await done(endpoint, Self.full)
            }
            #expect(server.requests.map { $0.value(parameter) == nil } == [false, true, true])
            let last = try #require(server.requests.last)
            for other in Self.names where other != parameter { #expect(last.value(other) != nil, "\(other)") }
            #expect(last.value("max_completion_tokens") == (parameter == "max_tokens" ? "77" : nil))
            if parameter == "logprobs" { #expect(last.value("top_logprobs") == nil) }
            #expect(notices.all.count == 1 && endpoint.counters.retries == 1 && endpoint.counters.failures == [.badRequest: 1])
        }
    }

    @Test("one that refuses everything, one thing after the other, is asked at most once for each")
    func combined() async throws {
        try await withEndpoint {
            let request = $0
            guard let parameter = (Self.names + ["max_completion_tokens"]).first(where: { request.value($0) != nil }) else {
                return .reply("done")
            }
            return Self.refusal(parameter, form: 1)
        } _: { endpoint, server, notices in
            try await done(endpoint, Self.full)
            #expect(server.requests.count == 8)
            #expect(
                notices.all == [
                    "max_completion_tokens in place of max_tokens, no log-probabilities, no seed, no stop, no temperature 0.0, no token limit, no top_p"
                ]
            )
            try await done(endpoint, Self.full)
            #expect(server.requests.count == 9)
        }
    }

    @Test("two things in one message are mended together")
    func together() async throws {
        try await withEndpoint {
            $0.value("max_tokens") == nil && $0.value("temperature") == nil
                ? .reply("done") : .status(400, body: #"{"error": {"message": "max_tokens and temperature are not supported here"}}"#)
        } _: { endpoint, server, _ in
            try await done(endpoint, Self.full)
            #expect(server.requests.count == 2 && server.requests.last?.value("seed") == "4")
        }
    }

    @Test("a temperature that is refused is left out, another one is not")
    func temperatures() async throws {
        try await withEndpoint {
            $0.value("temperature") == "0" ? Self.refusal("temperature", form: 0) : .reply("done")
        } _: { endpoint, server, _ in
            var warm = Self.full
            warm.temperature = 0.7
            for request in [Self.full, warm, Self.full] { try await done(endpoint, request) }
            #expect(server.requests.map { $0.value("temperature") } == ["0", nil, "0.7", nil])
        }
    }

    @Test("a refusal that nothing cures is told with the server's words, and nothing is remembered of what was tried")
    func incurable() async throws {
        try await withEndpoint { _ in
            Self.refusal("temperature", form: 0)
        } _: { endpoint, server, notices in
            let error = try await #require(throws: EndpointError.self) { _ = try await endpoint.complete(Self.full) }
            #expect(error.kind == .badRequest && error.description.contains("Unsupported parameter: 'temperature'"))
            #expect(server.requests.map { $0.value("temperature") } == ["0", nil] && notices.all.isEmpty)
            _ = try? await endpoint.complete(Self.full)
            #expect(server.requests.map { $0.value("temperature") } == ["0", nil, "0", nil])
        }
    }

    @Test("where no parameter is named log-probabilities are left out, and nothing else")
    func unnamed() async throws {
        try await withEndpoint {
            $0.value("logprobs") == nil ? .reply("done") : .status(400)
        } _: { endpoint, server, _ in
            try await done(endpoint, Self.full)
            #expect(server.requests.count == 2 && server.requests.last?.value("temperature") == "0")
        }
        try await withEndpoint { _ in
            .status(400, body: "no")
        } _: { endpoint, server, _ in
            _ = try? await endpoint.complete(ChatRequest([.init(.user, "q")]))
            #expect(server.requests.count == 1)
        }
    }

    @Test(
        "a prompt that is too long for the model is no refusal of the token limit",
        arguments: [
            #"{"object": "error", "message": "This model's maximum context length is 64 tokens."}"#,
            #"{"error": {"message": "'max_tokens' or 'max_completion_tokens' is too large: 512. This model's maximum context length is 600 tokens and your request has 500 input tokens"}}"#,
            #"{"error": {"message": "This model's maximum context length is 4097 tokens, however you requested 4500 tokens (3988 in the messages, 512 in the completion).", "param": "messages", "code": "context_length_exceeded"}}"#,
        ])
    func tooLong(_ body: String) async throws {
        try await withEndpoint { _ in
            .status(400, body: body)
        } _: { endpoint, server, _ in
            let error = try await #require(throws: EndpointError.self) { _ = try await endpoint.complete(Self.full) }
            #expect(error.kind == .badRequest && server.requests.count == 1)
        }
    }

    @Test("other refusals are not answered with other requests", arguments: [401, 403, 404, 405, 413, 415])
    func others(_ status: Int) async throws {
        try await withEndpoint { _ in
            .status(status, body: #"{"error": {"message": "temperature, max_tokens, logprobs"}}"#)
        } _: { endpoint, server, _ in
            _ = try? await endpoint.complete(Self.full)
            #expect(server.requests.count == 1)
        }
    }

    @Test("requests that are refused at the same time find out the same once")
    func concurrent() async throws {
        try await withEndpoint {
            $0.value("max_tokens") != nil
                ? .after(.milliseconds(20), Self.refusal("max_tokens", form: 0))
                : $0.value("temperature") != nil ? Self.refusal("temperature", form: 1) : .reply("done")
        } _: { endpoint, server, notices in
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<8 { group.addTask { try await endpoint.complete(Self.full).text } }
                for try await text in group { #expect(text == "done") }
            }
            #expect(notices.all.count == 1 && server.requests.count <= 24)
            let before = server.requests.count
            _ = try await endpoint.complete(Self.full)
            #expect(server.requests.count == before + 1)
        }
    }
}
