import Foundation
import Synchronization

/// A client of an OpenAI-compatible chat completions server.
///
/// At most ``EndpointSettings/concurrency`` requests are in flight, in the order in which they were made. A request that fails for a reason
/// that may pass (429, 5xx, time-out, a broken connection, a garbled body) is tried again after a jittered, growing pause, during which it
/// keeps its place: a server that is overloaded gets fewer requests. A request that is wrong in itself (400, 401, 403, 404) fails at once.
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

    /// Opens nothing yet: connections are made when the first request needs one.
    ///
    /// - Parameters:
    ///   - settings: Where and how to ask.
    ///   - environment: Where the key is looked up, once.
    /// - Throws: ``EndpointError`` of kind `settings` or `key`.
    package init(
        _ settings: EndpointSettings, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(EndpointError) {
        try settings.check()
        self.settings = settings
        if let variable = settings.keyVariable { key = try EndpointKey(variable: variable, environment: environment) } else { key = nil }
        client = try HTTPClient(connections: settings.concurrency)
        places = FairSemaphore(count: settings.concurrency)
        schedule = RetrySchedule(bounds: settings.backOff)
    }

    /// What was asked so far, and how it went.
    package var counters: EndpointCounters { counts.withLock { $0 } }

    /// The model's answer.
    ///
    /// - Parameter request: The conversation.
    /// - Returns: The first choice that the server gives.
    /// - Throws: ``EndpointError``: the last attempt's, or `cancelled`.
    package func complete(_ request: ChatRequest) async throws(EndpointError) -> ChatReply {
        let body = try request.body(settings)
        guard await places.acquire() else { throw .gaveUp }
        defer { places.release() }
        counts.withLock { $0.requests += 1 }
        var attempt = 1
        while true {
            do throws(EndpointError) {
                let reply = try await self.attempt(body)
                if let usage = reply.usage {
                    counts.withLock { counts in
                        counts.usage = counts.usage + usage
                        counts.cost += settings.prices?.cost(of: usage) ?? 0
                    }
                }
                return reply
            } catch {
                counts.withLock { counts in
                    counts.failures[error.kind, default: 0] += 1
                    counts.lastFailure = error.description
                }
                guard error.kind.isRetryable, attempt < settings.attempts else { throw described(error, attempts: attempt) }
                let delay = schedule.delay(retry: attempt, retryAfter: error.retryAfter, chance: Double.random(in: 0..<1))
                guard (try? await Task.sleep(for: delay)) != nil else { throw .gaveUp }
                counts.withLock { $0.retries += 1 }
                attempt += 1
            }
        }
    }

    private func attempt(_ body: Data) async throws(EndpointError) -> ChatReply {
        var headers = ["Content-Type": "application/json", "Accept": "application/json"]
        if let key { headers["Authorization"] = key.authorization }
        let answer = try await client.send(
            HTTPClient.Post(
                url: settings.completionsURL, headers: headers, body: body, deadline: settings.requestDeadline,
                limit: settings.maximumReplyByteCount, usesProxy: !settings.isLoopback))
        guard answer.status == 200 else {
            throw EndpointError(
                status: answer.status, settings: settings, detail: ServerMessage.text(of: answer.body, key: key),
                retryAfter: answer.retryAfter)
        }
        guard let reply = ChatReply(body: answer.body) else {
            let said = ServerMessage.text(of: answer.body, key: key)
            throw EndpointError(.garbled, "the answer is no chat completion" + (said.isEmpty ? "" : " (\(said))"))
        }
        return reply
    }

    /// The error with the server's name and the number of attempts.
    private func described(_ error: EndpointError, attempts: Int) -> EndpointError {
        var text = error.description
        if !text.hasPrefix(settings.host) { text = "\(settings.host): \(text)" }
        if attempts > 1 { text += ", \(attempts) times" }
        return EndpointError(error.kind, text)
    }
}
