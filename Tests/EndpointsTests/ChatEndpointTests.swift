import Endpoints
import Foundation
import TestSupport
import Testing

private let question = ChatRequest([.init(.system, "Be brief."), .init(.user, "How many?")])

/// Runs `body` with a server and a client of it, and ends the server.
private func withEndpoint<R>(
    key: String? = nil, configure: (inout EndpointSettings) -> Void = { _ in }, environment: [String: String] = [:],
    answering script: @escaping StandInEndpoint.Script, _ body: (ChatEndpoint, StandInEndpoint) async throws -> R
) async throws -> R {
    let server = try StandInEndpoint(key: key, answering: script)
    defer { server.stop() }
    var settings = EndpointSettings(baseURL: server.baseURL, model: "stand-in")
    settings.backOff = .milliseconds(1) ... .milliseconds(4)
    settings.requestDeadline = .seconds(20)
    configure(&settings)
    return try await body(try ChatEndpoint(settings, environment: environment), server)
}

private func error(_ endpoint: ChatEndpoint, _ request: ChatRequest = question) async -> EndpointError? {
    do throws(EndpointError) {
        _ = try await endpoint.complete(request)
        return nil
    } catch { return error }
}

@Suite("a chat endpoint")
struct ChatEndpointTests {
    @Test("a reply brings its text, its end, its log-probabilities and its tokens; a request brings all that was set")
    func roundTrip() async throws {
        let tokens = [StandInToken("1", -0.25, top: [("1", -0.25), ("0", -1.5)]), StandInToken(".", -0.5)]
        try await withEndpoint { _ in
            .reply("1.", finish: "length", logProbs: tokens, promptTokens: 11, completionTokens: 2)
        } _: {
            endpoint, server in
            var request = ChatRequest([
                .init(.system, "Look."), .init(.user, [.text("What is it? ☃/\""), .image(Data([1, 2, 3, 250]), mediaType: "image/png")]),
                .init(.assistant, "A"),
            ])
            request.maximumTokens = 9
            request.temperature = 0.5
            request.topP = 0.9
            request.seed = 4
            request.stop = ["\n"]
            request.topLogProbs = 2
            let reply = try await endpoint.complete(request)
            #expect(reply.text == "1." && reply.finishReason == .length)
            #expect(reply.usage == TokenUsage(promptTokens: 11, completionTokens: 2))
            let first = try #require(reply.logProbs?.first)
            #expect(first.chosen.token == "1" && first.chosen.logProb == -0.25)
            #expect(first.top.map(\.token) == ["1", "0"] && first.top.map(\.logProb) == [-0.25, -1.5])
            #expect(reply.logProbs?.count == 2)
            let seen = try #require(server.requests.first)
            #expect(seen.path == "/v1/chat/completions")
            #expect(seen.headers["content-type"] == "application/json" && seen.headers["authorization"] == nil)
            #expect(seen.messages.map(\.role) == ["system", "user", "assistant"])
            #expect(seen.messages.map(\.text) == ["Look.", "What is it? ☃/\"", "A"])
            #expect(seen.images == ["data:image/png;base64,AQID+g=="])
            let values = ["model", "max_tokens", "temperature", "top_p", "seed", "logprobs", "top_logprobs"].map { seen.value($0) }
            #expect(
                values == ["stand-in", "9", "0.5", "0.9", "4", "1", "2"] || values == ["stand-in", "9", "0.5", "0.9", "4", "true", "2"])
            #expect(seen.value("stop") != nil)
            #expect(endpoint.counters.usage == TokenUsage(promptTokens: 11, completionTokens: 2))
        }
    }

    @Test("what is not set stays out of the request, and temperature and token limit are the endpoint's")
    func defaults() async throws {
        try await withEndpoint(configure: { $0.maximumTokens = 77 }) { _ in
            .reply("x")
        } _: { endpoint, server in
            let reply = try await endpoint.complete(question)
            #expect(reply.logProbs == nil && reply.finishReason == .stop)
            let seen = try #require(server.requests.first)
            #expect(seen.value("max_tokens") == "77" && seen.value("temperature") == "0")
            for name in ["top_p", "seed", "stop", "logprobs", "top_logprobs"] { #expect(seen.value(name) == nil) }
        }
    }

    @Test(
        "what may pass is tried again: 429, 5xx, broken connections, truncated and garbled bodies",
        arguments: [
            (StandInAnswer.status(429), EndpointError.Kind.rateLimited), (.status(500), .server), (.status(503, body: "<html>"), .server),
            (.close, .connection), (.truncated("12"), .connection), (.noise(Data("\u{0}\u{1}rubbish\n\n".utf8)), .connection),
            (.body(Data("{\"choices\": []}".utf8)), .garbled), (.body(Data([0xff, 0xfe, 0])), .garbled), (.body(Data()), .garbled),
            (.body(Data("{\"error\": {\"message\": \"overloaded\"}}".utf8)), .garbled),
        ])
    func retries(_ failure: StandInAnswer, _ kind: EndpointError.Kind) async throws {
        try await withEndpoint {
            $0.number < 2 ? failure : .reply("done")
        } _: { endpoint, server in
            let reply = try await endpoint.complete(question)
            #expect(reply.text == "done")
            #expect(endpoint.counters.requests == 1 && endpoint.counters.retries == 2)
            #expect(endpoint.counters.failures == [kind: 2])
            #expect(server.requests.count == 3 && Set(server.requests.map(\.body)).count == 1)
        }
    }

    @Test(
        "what is wrong in itself is said at once, with what to do",
        arguments: [
            (400, EndpointError.Kind.badRequest, "does not take such a request"), (401, .refused, "holds a key"),
            (403, .refused, "may use stand-in"), (404, .notFound, "check the base URL"), (422, .badRequest, "does not take such"),
        ])
    func noRetries(_ status: Int, _ kind: EndpointError.Kind, _ remedy: String) async throws {
        let body = #"{"error": {"message": "that\nwas \u001b[31mwrong"}}"#
        try await withEndpoint { _ in
            .status(status, body: body)
        } _: { endpoint, server in
            let failure = try #require(await error(endpoint))
            #expect(failure.kind == kind)
            #expect(failure.description.contains("answered \(status) (that was [31mwrong)") && failure.description.contains(remedy))
            #expect(failure.description.contains("127.0.0.1:"))
            #expect(server.requests.count == 1 && endpoint.counters.retries == 0 && endpoint.counters.failures == [kind: 1])
        }
    }

    @Test("attempts are bounded, and the last failure is told with their number")
    func attempts() async throws {
        try await withEndpoint(configure: { $0.attempts = 3 }) { _ in
            .status(502)
        } _: { endpoint, server in
            let failure = try #require(await error(endpoint))
            #expect(failure.kind == .server && failure.description.hasSuffix("3 times"))
            #expect(server.requests.count == 3 && endpoint.counters.failures == [.server: 3] && endpoint.counters.retries == 2)
        }
    }

    @Test("a server that hangs or trickles in late runs into the deadline; a server that is gone is said to be")
    func deadline() async throws {
        try await withEndpoint {
            $0.requestDeadline = .milliseconds(500)
            $0.attempts = 2
        } answering: {
            $0.number == 0 ? .hang : .after(.seconds(30), .reply("late"))
        } _: { endpoint, server in
            let failure = try #require(await error(endpoint))
            #expect(failure.kind == .timedOut && server.requests.count == 2)
            #expect(endpoint.counters.failures == [.timedOut: 2])
        }
        try await withEndpoint(configure: { $0.attempts = 1 }) { _ in
            .hang
        } _: { endpoint, server in
            server.stop()
            let failure = try #require(await error(endpoint))
            #expect(failure.kind == .unreachable)
        }
    }

    @Test("a name that no host has is told from a server that is not there")
    func unknownHost() async throws {
        var settings = EndpointSettings(baseURL: try #require(URL(string: "https://no-such-host.invalid/v1")), model: "m")
        settings.attempts = 1
        let failure = try #require(await error(try ChatEndpoint(settings)))
        // Where no resolver can be asked, nobody knows.
        #expect(failure.kind == .unknownHost || failure.kind == .unreachable)
        #expect(await HostName.lookUp("localhost") == .known)
    }

    @Test(
        "what a failure concerns, and whether the request was too long",
        arguments: [
            (401, "{}", EndpointError.Scope.access, false), (404, "{}", .access, false), (503, "{}", .outage, false),
            (429, "{}", .outage, false),
            (400, #"{"error": {"message": "This model's maximum context length is 64 tokens."}}"#, .access, true),
            (400, #"{"error": {"message": "max_tokens is too large: 512"}}"#, .access, false), (413, "", .access, true),
        ])
    func scopes(_ status: Int, _ body: String, _ scope: EndpointError.Scope, _ isTooLong: Bool) async throws {
        try await withEndpoint(configure: { $0.attempts = 1 }) { _ in
            .status(status, body: body)
        } _: { endpoint, _ in
            let failure = try #require(await error(endpoint))
            #expect(failure.kind.scope == scope && failure.isRequestTooLong == isTooLong)
            #expect(endpoint.counters.lastFailure?.contains("answered \(status)") == true)
        }
    }

    @Test("an answer beyond the limit is refused while it arrives, and not asked for again")
    func tooLong() async throws {
        try await withEndpoint(configure: { $0.maximumReplyByteCount = 1 << 16 }) { _ in
            .huge(1 << 30)
        } _: { endpoint, server in
            let failure = try #require(await error(endpoint))
            #expect(failure.kind == .tooLong && failure.description.contains("65536 bytes"))
            #expect(server.requests.count == 1)
        }
    }

    @Test("redirects are not followed: the key goes nowhere else", arguments: [301, 302, 307, 308])
    func redirects(_ status: Int) async throws {
        let other = try StandInEndpoint { _ in .reply("stolen") }
        defer { other.stop() }
        let target = other.baseURL.appending(path: "chat/completions").absoluteString
        try await withEndpoint(
            configure: { $0.keyVariable = "KEY" }, environment: ["KEY": "secret"],
            answering: { _ in .status(status, headers: ["Location": target]) }
        ) { endpoint, server in
            let failure = try #require(await error(endpoint))
            #expect(failure.kind == .redirected && failure.description.contains("set the base URL"))
            #expect(other.requests.isEmpty && server.requests.count == 1)
        }
    }

    @Test("at most so many requests are in flight, and over as few connections")
    func concurrency() async throws {
        try await withEndpoint(configure: { $0.concurrency = 3 }) { _ in
            .after(.milliseconds(5), .reply("x"))
        } _: { endpoint, server in
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<40 { group.addTask { try await endpoint.complete(question).text } }
                for try await text in group { #expect(text == "x") }
            }
            #expect(server.requests.count == 40 && (2...3).contains(server.mostInFlight))
            #expect(server.connectionCount <= 3 + 1, "\(server.connectionCount) connections")
            #expect(endpoint.counters.requests == 40 && endpoint.counters.usage.promptTokens == 280)
        }
    }

    @Test("places are given in the order of asking")
    func fairness() async throws {
        try await withEndpoint(configure: { $0.concurrency = 1 }) { _ in
            .after(.milliseconds(10), .reply("x"))
        } _: { endpoint, server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<6 {
                    // Each asks, here and at once, before the next is made: the pool's threads have no say in the order.
                    group.addImmediateTask { _ = try await endpoint.complete(ChatRequest([.init(.user, "\(index)")])) }
                }
                try await group.waitForAll()
            }
            #expect(server.requests.map { $0.messages[0].text } == (0..<6).map(String.init))
        }
    }

    @Test("cancelling ends a request that is in flight, one that waits for its place, and one that waits to be tried again")
    func cancellation() async throws {
        try await withEndpoint {
            $0.concurrency = 1
            $0.backOff = .seconds(600) ... .seconds(600)
        } answering: {
            $0.number == 0 ? .hang : .status(500)
        } _: { endpoint, server in
            let flying = Task { await error(endpoint) }
            while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
            let waiting = Task { await error(endpoint) }
            waiting.cancel()
            #expect(await waiting.value?.kind == .cancelled)
            flying.cancel()
            #expect(await flying.value?.kind == .cancelled)
            let pausing = Task { await error(endpoint) }
            while endpoint.counters.failures[.server] == nil { try await Task.sleep(for: .milliseconds(1)) }
            pausing.cancel()
            #expect(await pausing.value?.kind == .cancelled)
            #expect(server.requests.count == 2)
        }
    }

    @Test("a body of megabytes arrives whole")
    func largeRequest() async throws {
        try await withEndpoint {
            .reply("\($0.body.count)")
        } _: { endpoint, server in
            let image = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            let text = try await endpoint.complete(ChatRequest([.init(.user, [.image(image, mediaType: "image/png")])])).text
            #expect(Int(text) ?? 0 > 4_000_000)
            #expect(server.requests.first?.images.first == "data:image/png;base64,\(image.base64EncodedString())")
        }
    }

    @Test("a server that says when to come back is heeded: in seconds, or by a date")
    func retryAfter() async throws {
        // A date is in whole seconds, and so is what is left until then: at least one of two.
        @Sendable func inTwoSeconds() -> String {
            let format = DateFormatter()
            format.locale = Locale(identifier: "en_US_POSIX")
            format.timeZone = TimeZone(identifier: "GMT")
            format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
            return format.string(from: Date() + 2)
        }
        for isDate in [false, true] {
            try await withEndpoint(configure: { $0.backOff = .milliseconds(1) ... .seconds(30) }) {
                $0.number == 0 ? .status(429, headers: ["Retry-After": isDate ? inTwoSeconds() : "1"]) : .reply("x")
            } _: { endpoint, server in
                let start = ContinuousClock.now
                _ = try await endpoint.complete(question)
                #expect(ContinuousClock.now - start > .milliseconds(900) && server.requests.count == 2)
            }
        }
    }

    @Test("a thousand requests, a third of which fail once or more, are all answered")
    func failingThird() async throws {
        try await withEndpoint {
            $0.attempts = 12
            $0.concurrency = 16
        } answering: { request in
            .failingThird(request, otherwise: .reply(request.messages[0].text))
        } _: { endpoint, server in
            try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for index in 0..<1000 {
                    group.addTask { (index, try await endpoint.complete(ChatRequest([.init(.user, "\(index)")])).text) }
                }
                for try await (index, text) in group { #expect(text == "\(index)") }
            }
            let counters = endpoint.counters
            #expect(counters.requests == 1000 && counters.retries == counters.failureCount)
            // A kept-alive connection that ends before it answers is libcurl's to replace, and no failure.
            #expect(server.requests.count >= 1000 + counters.retries)
            #expect(counters.retries > 200 && counters.retries < 800, "\(counters.retries) retries")
            #expect(Set(counters.failures.keys) == [.rateLimited, .server, .garbled, .connection])
        }
    }
}

@Suite("the key of an endpoint")
struct EndpointKeyTests {
    @Test("a key is shown to the server and to nobody else, not even if the server repeats it")
    func secrecy() async throws {
        let key = "sk-0123456789abcdef"
        try await withEndpoint(
            key: key, configure: { $0.keyVariable = "SOME_KEY" }, environment: ["SOME_KEY": " \(key)\n"], answering: { _ in .reply("in") }
        ) { endpoint, server in
            let text = try await endpoint.complete(question).text
            #expect(text == "in")
            #expect(server.requests[0].headers["authorization"] == "Bearer \(key)")
            var shown = ""
            dump(endpoint, to: &shown)
            #expect(!shown.contains(key) && !"\(endpoint)".contains(key) && !String(reflecting: endpoint).contains(key))
        }
        try await withEndpoint(
            key: "another", configure: { $0.keyVariable = "SOME_KEY" }, environment: ["SOME_KEY": key], answering: { _ in .reply("in") }
        ) { endpoint, _ in
            let failure = try #require(await error(endpoint))
            #expect(failure.kind == .refused && failure.description.contains("check the key in SOME_KEY"))
            #expect(!failure.description.contains("sk-0") && failure.description.contains("[key]"))
        }
        // The server's text is cut after the key has gone out of it.
        let padding = String(repeating: "x", count: 190)
        try await withEndpoint(
            configure: { $0.keyVariable = "SOME_KEY" }, environment: ["SOME_KEY": key],
            answering: { _ in .status(400, body: padding + key) }
        ) { endpoint, _ in
            let failure = try #require(await error(endpoint))
            #expect(!failure.description.contains("sk-"))
        }
    }

    @Test("a key that is missing or can't be one is said by its variable's name", arguments: ["", " \n", "two words", "k\u{7f}", "ключ"])
    func faults(_ value: String) throws {
        let fault = ChatEndpoint.keyFault(variable: "MY_KEY", environment: value.isEmpty ? [:] : ["MY_KEY": value])
        #expect(fault?.contains("MY_KEY") == true)
        #expect(!(fault ?? "").contains("two words"))
        var settings = EndpointSettings(baseURL: try #require(URL(string: "https://h/v1")), model: "m", keyVariable: "MY_KEY")
        let failure = #expect(throws: EndpointError.self) { try ChatEndpoint(settings, environment: ["MY_KEY": value]) }
        #expect(failure?.kind == .key)
        settings.keyVariable = nil
        _ = try ChatEndpoint(settings, environment: [:])
        #expect(ChatEndpoint.keyFault(variable: "MY_KEY", environment: ["MY_KEY": "sk-1"]) == nil)
    }
}

@Suite("the settings of an endpoint")
struct EndpointSettingsTests {
    private func fault(_ url: String, _ change: (inout EndpointSettings) -> Void = { _ in }) throws -> String? {
        var settings = EndpointSettings(baseURL: try #require(URL(string: url)), model: "m")
        change(&settings)
        do throws(EndpointError) {
            try settings.check()
            return nil
        } catch { return error.description }
    }

    @Test(
        "http stays on this machine unless it is allowed",
        arguments: [
            ("http://localhost:8000/v1", true), ("http://127.0.0.1/v1", true), ("http://127.9.9.9:1", true), ("http://[::1]:80/v1", true),
            ("https://api.example.com/v1", true), ("http://api.example.com/v1", false), ("http://127.0.0.1.example.com/v1", false),
            ("http://localhost.example.com", false), ("http://10.0.0.1/v1", false), ("http://127.1", false),
        ])
    func plainHTTP(_ url: String, _ isTaken: Bool) throws {
        #expect((try fault(url) == nil) == isTaken)
        #expect(try fault(url) { $0.allowsPlainHTTP = true } == nil)
    }

    @Test(
        "an address that is none, or that holds a secret, is refused",
        arguments: ["ftp://h/v1", "h/v1", "https:///v1", "https://u:p@h/v1", "https://h/v1?key=1", "https://h/v1#x"])
    func addresses(_ url: String) throws {
        let message = try fault(url)
        #expect(message?.contains("base URL must") == true)
    }

    @Test("requests go below the base URL, with or without a slash at its end", arguments: ["https://h:8/v1", "https://h:8/v1/"])
    func completions(_ url: String) throws {
        let settings = EndpointSettings(baseURL: try #require(URL(string: url)), model: "m")
        #expect(settings.completionsURL.absoluteString == "https://h:8/v1/chat/completions" && settings.host == "h:8")
    }

    @Test("bounds are checked")
    func bounds() throws {
        #expect(try fault("https://h") { $0.model = "" } != nil)
        #expect(try fault("https://h") { $0.concurrency = 0 } != nil)
        #expect(try fault("https://h") { $0.attempts = 0 } != nil)
        #expect(try fault("https://h") { $0.requestDeadline = .zero } != nil)
        #expect(try fault("https://h") { $0.temperature = .nan } != nil)
    }

    @Test("tokens have a price")
    func prices() {
        let price = TokenPrices(promptMillion: 0.5, completionMillion: 2)
        #expect(price.cost(of: TokenUsage(promptTokens: 2_000_000, completionTokens: 250_000)) == 1.5)
    }
}
