import Foundation
import FoundationNetworking
import Synchronization

/// Posts over URLSession with bounds of our own: a deadline for the whole exchange, a limit on the body while it arrives, no redirects,
/// no cookies, no cache.
///
/// URLSession's time-outs measure idleness, and its convenience calls collect a body of any length; so a timer and a delegate do both here.
final class HTTPClient: Sendable {
    /// What a server sent.
    struct Answer: Sendable {
        let status: Int
        let retryAfter: String?
        let body: Data
    }

    private let session: URLSession
    private let exchanges = Exchanges()

    /// - Parameter connections: connections that stay open to a host at most.
    init(connections: Int) {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = connections
        configuration.httpShouldSetCookies = false
        configuration.httpCookieAcceptPolicy = .never
        configuration.urlCache = nil
        configuration.urlCredentialStorage = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        // Our own deadline is the one that counts.
        configuration.timeoutIntervalForRequest = 86_400
        let queue = OperationQueue()
        queue.maxConcurrentOperationCount = 1
        session = URLSession(configuration: configuration, delegate: exchanges, delegateQueue: queue)
    }

    deinit { session.invalidateAndCancel() }

    /// Sends `body` and waits for the answer, whatever its status.
    ///
    /// - Parameters:
    ///   - headers: beside those of HTTP itself.
    ///   - deadline: for the whole exchange.
    ///   - limit: bytes of the answer's body at most.
    /// - Throws: ``EndpointError``: `timedOut`, `connection`, `tooLong` or `cancelled`.
    func post(
        _ body: Data, to url: URL, headers: [String: String], deadline: Duration, limit: Int
    ) async throws(EndpointError) -> Answer {
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.httpBody = body
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let task = session.dataTask(with: request)
        let exchanges = exchanges
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let timer = Task {
                    guard (try? await Task.sleep(for: deadline)) != nil else { return }
                    exchanges.end(task, .failure(EndpointError(.timedOut, "no answer within \(deadline)")))
                    task.cancel()
                }
                exchanges.begin(task, Exchange(limit: limit, timer: timer, continuation: continuation))
                if Task.isCancelled {
                    exchanges.end(task, .failure(.gaveUp))
                    task.cancel()
                } else {
                    task.resume()
                }
            }
        } onCancel: {
            exchanges.end(task, .failure(.gaveUp))
            task.cancel()
        }
        return try result.get()
    }
}

extension EndpointError {
    static let gaveUp = EndpointError(.cancelled, "the request was cancelled")
}

/// A request that is under way.
private struct Exchange {
    let limit: Int
    let timer: Task<Void, Never>
    let continuation: CheckedContinuation<Result<HTTPClient.Answer, EndpointError>, Never>
    var body = Data()
}

/// The session's delegate: collects bodies, ends each exchange exactly once.
private final class Exchanges: NSObject, URLSessionDataDelegate, Sendable {
    private let table = Mutex<[Int: Exchange]>([:])

    func begin(_ task: URLSessionTask, _ exchange: Exchange) {
        table.withLock { $0[task.taskIdentifier] = exchange }
    }

    /// The first end counts.
    func end(_ task: URLSessionTask, _ result: Result<HTTPClient.Answer, EndpointError>) {
        guard let exchange = table.withLock({ $0.removeValue(forKey: task.taskIdentifier) }) else { return }
        exchange.timer.cancel()
        exchange.continuation.resume(returning: result)
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        // Key and texts go nowhere but where the settings say: the redirect itself becomes the answer.
        completionHandler(nil)
        end(task, .success(HTTPClient.Answer(status: response.statusCode, retryAfter: nil, body: Data())))
        task.cancel()
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let limit: Int? = table.withLock { table in
            guard let exchange = table[dataTask.taskIdentifier] else { return nil }
            guard exchange.body.count + data.count <= exchange.limit else { return exchange.limit }
            table[dataTask.taskIdentifier]?.body.append(data)
            return nil
        }
        guard let limit else { return }
        end(dataTask, .failure(EndpointError(.tooLong, "the answer is longer than \(limit) bytes: ask for fewer tokens")))
        dataTask.cancel()
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        guard let exchange = table.withLock({ $0[task.taskIdentifier] }) else { return }
        if let error {
            end(task, .failure(Self.failure(error)))
        } else if let response = task.response as? HTTPURLResponse {
            let retryAfter = response.value(forHTTPHeaderField: "Retry-After")
            end(task, .success(HTTPClient.Answer(status: response.statusCode, retryAfter: retryAfter, body: exchange.body)))
        } else {
            end(task, .failure(EndpointError(.connection, "the server answered something that is not HTTP")))
        }
    }

    private static func failure(_ error: any Error) -> EndpointError {
        guard let error = error as? URLError else { return EndpointError(.connection, "the connection failed: \(type(of: error))") }
        return switch error.code {
        case .timedOut: EndpointError(.timedOut, "the connection timed out")
        case .cancelled: .gaveUp
        case .cannotFindHost, .dnsLookupFailed: EndpointError(.connection, "the host's name can't be resolved: check the base URL")
        case .cannotConnectToHost: EndpointError(.connection, "nobody listens there: check the base URL, and that the server runs")
        case .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate, .serverCertificateHasUnknownRoot,
            .serverCertificateNotYetValid:
            EndpointError(.connection, "the server's certificate can't be trusted")
        default: EndpointError(.connection, "the connection broke (URLError \(error.code.rawValue))")
        }
    }
}
