import Foundation
import Synchronization

/// A client of an OpenAI-compatible chat completions server.
///
/// At most ``EndpointSettings/concurrency`` requests are in flight, in the order in which they were made. A request that fails for a reason
/// that may pass (429, 5xx, time-out, a broken connection, a garbled body) is tried again after a jittered, growing pause, during which it
/// keeps its place: a server that is overloaded gets fewer requests. A request that is wrong in itself (400, 401, 403, 404) fails at once,
/// but for one whose parameters the server refuses: it is sent again at once in the dialect that the refusal asks for (``RequestDialect``),
/// and where that is taken, so are all later ones.
///
/// - Isolation: any executor; nothing blocks.
/// - SeeAlso: the API reference of OpenAI's "chat completions", as vLLM, llama.cpp, Ollama and most services speak it.
package final class ChatEndpoint: Sendable {
    package let settings: EndpointSettings
    private let key: EndpointKey?
    private let client: HTTPClient
    private let places: FairSemaphore
    private let schedule: RetrySchedule
    private let counts = Mutex(EndpointCounters())
    /// What the server has taken after it refused something.
    private let dialect = Mutex(RequestDialect())
    private let notify: @Sendable (EndpointNotice) -> Void

    /// Opens nothing yet: connections are made when the first request needs one.
    ///
    /// - Parameters:
    ///   - settings: Where and how to ask.
    ///   - environment: Where the key is looked up, once.
    ///   - notify: Hears of what is found out about the server; called on any executor.
    /// - Throws: ``EndpointError`` of kind `settings` or `key`.
    package init(
        _ settings: EndpointSettings, environment: [String: String] = ProcessInfo.processInfo.environment,
        notify: @escaping @Sendable (EndpointNotice) -> Void = { _ in }
    ) throws(EndpointError) {
        try settings.check()
        self.settings = settings
        self.notify = notify
        if let variable = settings.keyVariable { key = try EndpointKey(variable: variable, environment: environment) } else { key = nil }
        client = try HTTPClient(connections: settings.concurrency)
        places = FairSemaphore(count: settings.concurrency)
        schedule = RetrySchedule(bounds: settings.backOff)
    }

    /// What was asked so far, and how it went.
    package var counters: EndpointCounters { counts.withLock { $0 } }

    /// The model's answer.
    ///
    /// - Parameters:
    ///   - request: The conversation.
    ///   - hears: Gets the failure of each attempt that another one follows, before the pause between them, which may be long.
    /// - Returns: The first choice that the server gives.
    /// - Throws: ``EndpointError``: the last attempt's, or `cancelled`.
    package func complete(
        _ request: ChatRequest, failingAttempts hears: (EndpointError) -> Void = { _ in }
    ) async throws(EndpointError) -> ChatReply {
        guard await places.acquire() else { throw .gaveUp }
        defer { places.release() }
        counts.withLock { $0.requests += 1 }
        var spoken = dialect.withLock { $0 }
        var refusal = ""
        var attempt = 1
        while true {
            let body = request.body(settings, spoken)
            do throws(FailedAttempt) {
                let reply = try await self.attempt(body)
                remember(spoken, because: refusal)
                count(reply.usage)
                return reply
            } catch {
                counts.withLock { counts in
                    counts.failures[error.reason.kind, default: 0] += 1
                    counts.lastFailure = error.reason.description
                }
                if let other = adapted(spoken, to: error.refusal, of: body) {
                    refusal = error.refusal?.text(key: key) ?? ""
                    spoken = other
                } else {
                    let failure = described(error.reason, attempts: attempt)
                    guard error.reason.kind.isRetryable, attempt < settings.attempts else { throw failure }
                    hears(failure)
                    let delay = schedule.delay(retry: attempt, retryAfter: error.reason.retryAfter, chance: Double.random(in: 0..<1))
                    guard (try? await Task.sleep(for: delay)) != nil else { throw .gaveUp }
                    attempt += 1
                }
                counts.withLock { $0.retries += 1 }
            }
        }
    }

    /// `text` without the key, should a server repeat it.
    package func redacted(_ text: String) -> String { key?.redacted(text) ?? text }

    /// Counts a reply that its reader can't use; the first and each hundredth are told.
    ///
    /// - Parameter reason: what is wrong with it.
    package func reject(_ reply: ChatReply, because reason: String) {
        let count = counts.withLock { counts in
            counts.unreadableReplies += 1
            return counts.unreadableReplies
        }
        guard count == 1 || count.isMultiple(of: 100) else { return }
        let text = redacted(reply.text)
        // Of a long one what it begins with, and what it ends with: behind a thought that is what counts.
        let (half, size) = (Self.shownLength / 2, text.utf8.count)
        let shown = size <= Self.shownLength ? text : "\(text.prefix(half)) … (\(size) bytes) … \(text.suffix(half))"
        notify(.unreadable(host: settings.host, count: count, reason: reason, reply: shown))
    }

    private static let shownLength = 16_384

    private func count(_ usage: TokenUsage?) {
        guard let usage else { return }
        counts.withLock { counts in
            counts.usage = counts.usage + usage
            counts.cost += settings.prices?.cost(of: usage) ?? 0
        }
    }

    // MARK: - Dialects

    /// The dialect in which a refused request is sent again: first what other requests have found out meanwhile, then what the refusal asks
    /// for; nil if neither is anything new.
    private func adapted(_ spoken: RequestDialect, to refusal: ServerMessage?, of body: ChatRequest.Body) -> RequestDialect? {
        guard let refusal else { return nil }
        var known = spoken
        known.learn(dialect.withLock { $0 })
        return known != spoken ? known : spoken.adapted(to: refusal, of: body)
    }

    /// Keeps a dialect that the server has taken.
    private func remember(_ spoken: RequestDialect, because refusal: String) {
        let isNew = dialect.withLock { dialect in
            let before = dialect
            dialect.learn(spoken)
            return dialect != before
        }
        if isNew { notify(.adapted(host: settings.host, change: spoken.description, reason: refusal)) }
    }

    // MARK: - Attempts

    /// Why one attempt gave no answer.
    private struct FailedAttempt: Error {
        let reason: EndpointError
        /// What the server says, where it refuses the request as it is.
        var refusal: ServerMessage?
    }

    private func attempt(_ body: ChatRequest.Body) async throws(FailedAttempt) -> ChatReply {
        let answer = try await send(body)
        if answer.status == 200, let reply = ChatReply(body: answer.body) { return reply }
        let message = ServerMessage(body: answer.body)
        let said = message.text(key: key)
        // An error behind a 200 is what it says it is.
        let status = answer.status == 200 ? message.code.flatMap { (400..<600).contains($0) ? $0 : nil } ?? 200 : answer.status
        guard status != 200 else {
            throw FailedAttempt(reason: EndpointError(.garbled, "the answer is no chat completion" + (said.isEmpty ? "" : " (\(said))")))
        }
        throw FailedAttempt(
            reason: EndpointError(status: status, settings: settings, detail: said, retryAfter: answer.retryAfter),
            refusal: [400, 422].contains(status) ? message : nil)
    }

    private func send(_ body: ChatRequest.Body) async throws(FailedAttempt) -> HTTPClient.Answer {
        var headers = ["Content-Type": "application/json", "Accept": "application/json"]
        if let key { headers["Authorization"] = key.authorization }
        do throws(EndpointError) {
            return try await client.send(
                HTTPClient.Post(
                    url: settings.completionsURL, headers: headers, body: try body.encoded(), deadline: settings.requestDeadline,
                    limit: settings.maximumReplyByteCount, usesProxy: !settings.isLoopback))
        } catch {
            throw FailedAttempt(reason: error)
        }
    }

    /// The error with the server's name and the number of attempts.
    private func described(_ error: EndpointError, attempts: Int) -> EndpointError {
        var text = error.description
        if !text.hasPrefix(settings.host) { text = "\(settings.host): \(text)" }
        if attempts > 1 { text += ", \(attempts) times" }
        return EndpointError(error.kind, text, isRequestTooLong: error.isRequestTooLong)
    }
}
