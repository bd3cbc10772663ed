package import Foundation

/// A server that takes JSON by POST and answers with JSON, asked as a chat endpoint is: so many requests in flight, a deadline for each attempt, attempts
/// with growing pauses for what may pass, no redirects, and a key that no message shows.
///
/// - Isolation: any executor; nothing blocks.
package final class PostEndpoint: Sendable {
    package let settings: EndpointSettings
    private let key: EndpointKey?
    private let client: HTTPClient
    private let places: FairSemaphore
    private let schedule: RetrySchedule

    /// Opens nothing yet.
    ///
    /// - Parameters:
    ///   - settings: where and how to ask; `baseURL` is the whole address, `model` what messages call it.
    ///   - environment: where the key is looked up, once.
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

    /// Posts a body until an answer can be read, or the attempts are used up.
    ///
    /// - Parameter read: nil for an answer that is none: it is asked for again.
    /// - Throws: ``EndpointError``: the last attempt's, or `cancelled`.
    package func post<Answer>(_ body: Data, reading read: (Data) -> Answer?) async throws(EndpointError) -> Answer {
        guard await places.acquire() else { throw .gaveUp }
        defer { places.release() }
        var attempt = 1
        while true {
            do throws(EndpointError) {
                return try await self.attempt(body, read)
            } catch {
                guard error.kind.isRetryable, attempt < settings.attempts else { throw described(error, attempts: attempt) }
                let delay = schedule.delay(retry: attempt, retryAfter: error.retryAfter, chance: Double.random(in: 0..<1))
                guard (try? await Task.sleep(for: delay)) != nil else { throw .gaveUp }
                attempt += 1
            }
        }
    }

    /// `text` without the key, should a server repeat it.
    package func redacted(_ text: String) -> String { key?.redacted(text) ?? text }

    private func attempt<Answer>(_ body: Data, _ read: (Data) -> Answer?) async throws(EndpointError) -> Answer {
        var headers = ["Content-Type": "application/json", "Accept": "application/json"]
        if let key { headers["Authorization"] = key.authorization }
        let answer = try await client.send(
            HTTPClient.Post(
                url: settings.baseURL, headers: headers, body: body, deadline: settings.requestDeadline,
                limit: settings.maximumReplyByteCount, usesProxy: !settings.isLoopback))
        let said = ServerMessage(body: answer.body).text(key: key)
        guard answer.status == 200 else {
            throw EndpointError(status: answer.status, settings: settings, detail: said, retryAfter: answer.retryAfter)
        }
        guard let value = read(answer.body) else {
            throw EndpointError(.garbled, "it gave what is no answer" + (said.isEmpty ? "" : " (\(said))"))
        }
        return value
    }

    /// The error with the server's name and the number of attempts.
    private func described(_ error: EndpointError, attempts: Int) -> EndpointError {
        var text = error.description
        if !text.hasPrefix(settings.host) { text = "\(settings.host): \(text)" }
        if attempts > 1 { text += ", \(attempts) times" }
        return EndpointError(error.kind, text)
    }
}
