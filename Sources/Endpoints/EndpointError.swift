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
        /// Nobody answers at the address, or its name can't be resolved right now.
        case unreachable
        /// There is no host of that name.
        case unknownHost = "unknown_host"
        /// The server's certificate can't be trusted.
        case certificate
        /// A connection that broke.
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
            case .rateLimited, .server, .timedOut, .unreachable, .connection, .garbled: true
            case .settings, .key, .refused, .notFound, .badRequest, .redirected, .unknownHost, .certificate, .tooLong, .cancelled: false
            }
        }

        /// What has failed.
        package var scope: Scope {
            switch self {
            case .rateLimited, .server, .unreachable: .outage
            case .settings, .key, .refused, .notFound, .badRequest, .redirected, .unknownHost, .certificate: .access
            case .timedOut, .connection, .garbled, .tooLong, .cancelled: .request
            }
        }
    }

    /// What a failure concerns, as far as its kind tells.
    package enum Scope: Hashable, Sendable {
        /// The server, for now: it is not there or has too much to do. Waiting helps.
        case outage
        /// The right to ask, the address, or the form of requests: waiting does not help. One request alone may be at fault too.
        case access
        /// This request.
        case request
    }

    package let kind: Kind
    /// What was wrong, where, and what to do.
    package let description: String
    /// Whether the server says that the request is longer than the model reads.
    package let isRequestTooLong: Bool
    /// How long the server asks to wait, where it says so.
    let retryAfter: Duration?

    init(_ kind: Kind, _ description: String, retryAfter: Duration? = nil, isRequestTooLong: Bool = false) {
        self.kind = kind
        self.description = description
        self.retryAfter = retryAfter
        self.isRequestTooLong = isRequestTooLong
    }

    /// How servers say that a request is too long: OpenAI and vLLM ("maximum context length", `context_length_exceeded`), llama.cpp
    /// ("exceeds the available context size"), Anthropic's and others' gateways ("prompt is too long", "reduce the length").
    private static let wordsOfLength = [
        "context length", "context_length", "context size", "context_size", "context window", "maximum context", "too long",
        "too many tokens", "reduce the length",
    ]

    /// Whether a server's words say that a request is longer than the model reads.
    static func isAboutLength(_ words: String) -> Bool {
        let words = words.lowercased()
        return wordsOfLength.contains { words.contains($0) }
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
        case 400..<500:
            self.init(
                .badRequest, "\(said): the server does not take such a request",
                isRequestTooLong: status == 413 || Self.isAboutLength(detail))
        default: self.init(.garbled, said)
        }
    }
}
