import Foundation

/// Why an endpoint gave no answer. Its text never holds the key.
package struct EndpointError: Error, Hashable, Codable, Sendable, CustomStringConvertible {
    /// What went wrong; counted apart in ``EndpointCounters``.
    package enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
        /// The settings can't be used.
        case settings
        /// The key is missing or malformed.
        case key
        /// 401 or 403: the server refuses the key.
        case refused
        /// 404: no such address or model.
        case notFound = "not_found"
        /// Another 4xx: the request itself is wrong.
        case badRequest = "bad_request"
        /// A redirect: never followed.
        case redirected
        /// 429: too many requests.
        case rateLimited = "rate_limited"
        /// 5xx, 408, 409 or 425.
        case server
        /// No answer within the deadline.
        case timedOut = "timed_out"
        /// No connection, or one that broke.
        case connection
        /// An answer that is no chat completion.
        case garbled
        /// An answer beyond the limit.
        case tooLong = "too_long"
        /// The asker gave up.
        case cancelled

        /// Whether the same request may succeed later.
        package var isRetryable: Bool {
            switch self {
            case .rateLimited, .server, .timedOut, .connection, .garbled: true
            case .settings, .key, .refused, .notFound, .badRequest, .redirected, .tooLong, .cancelled: false
            }
        }
    }

    package let kind: Kind
    /// What was wrong, where, and what to do.
    package let description: String
    /// How long the server asks to wait, where it says so.
    let retryAfter: Duration?

    init(_ kind: Kind, _ description: String, retryAfter: Duration? = nil) {
        self.kind = kind
        self.description = description
        self.retryAfter = retryAfter
    }

    /// The error behind a status that is not 200.
    ///
    /// - Parameters:
    ///   - status: the HTTP status.
    ///   - server: the server's host.
    ///   - settings: what the message names as the thing to change.
    ///   - detail: what the server says, shortened and without the key.
    init(status: Int, settings: EndpointSettings, detail: String, retryAfter: Duration?) {
        let said = "\(settings.host) answered \(status)" + (detail.isEmpty ? "" : " (\(detail))")
        switch status {
        case 401, 403:
            let variable = settings.keyVariable.map { "check the key in \($0)" } ?? "name an environment variable that holds a key"
            self.init(.refused, "\(said): \(variable), and that it may use \(settings.model)")
        case 404:
            self.init(.notFound, "\(said): check the base URL \(settings.baseURL.absoluteString) and the model \(settings.model)")
        case 429: self.init(.rateLimited, "\(said): lower the endpoint's concurrency", retryAfter: retryAfter)
        case 408, 409, 425, 500...: self.init(.server, said, retryAfter: retryAfter)
        case 300..<400: self.init(.redirected, "\(said): redirects are not followed; set the base URL to where the server really is")
        case 400..<500: self.init(.badRequest, "\(said): the server does not take such a request")
        default: self.init(.garbled, said)
        }
    }
}
