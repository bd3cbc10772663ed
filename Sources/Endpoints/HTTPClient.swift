import Foundation
import Synchronization

/// Posts over libcurl: a deadline for the whole exchange, a limit on the body while it arrives, no redirects, no cookies, no cache.
///
/// One thread carries all exchanges of a client and sleeps while there are none; connections are shared and kept open between them.
/// (URLSession on Linux was measured first: a connection that the server closes before it answers, which is how servers end idle ones,
/// cost it the whole deadline and a spinning core in three cases of four.)
final class HTTPClient: Sendable {
    /// What a server sent.
    struct Answer: Sendable {
        let status: Int
        /// What `Retry-After` asks for.
        let retryAfter: Duration?
        let body: Data
    }

    /// What is posted where, and within which bounds.
    struct Post: Sendable {
        let url: URL
        /// Beside those of HTTP itself.
        let headers: [String: String]
        let body: Data
        /// For the whole exchange.
        let deadline: Duration
        /// Bytes of the answer's body at most.
        let limit: Int
        /// Whether the environment's proxies are heeded.
        let usesProxy: Bool
    }

    private let loop: TransferLoop
    private let nextID = Atomic<UInt64>(0)

    /// - Parameter connections: connections that are open to a host at most.
    /// - Throws: ``EndpointError`` of kind `connection` if libcurl can't be started.
    init(connections: Int) throws(EndpointError) {
        loop = try TransferLoop(connections: connections)
        Thread.detachNewThread { [loop] in loop.run() }
    }

    deinit { loop.close() }

    /// Sends a body and waits for the answer, whatever its status.
    ///
    /// - Throws: ``EndpointError``: `timedOut`, `unreachable`, `unknownHost`, `certificate`, `connection`,
    ///   `tooLong` or `cancelled`.
    func send(_ post: Post) async throws(EndpointError) -> Answer {
        let id = nextID.wrappingAdd(1, ordering: .relaxed).newValue
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.submit(id, post) { continuation.resume(returning: $0) }
                // A cancellation that came before there was anything to cancel.
                if Task.isCancelled { loop.cancel(id) }
            }
        } onCancel: {
            loop.cancel(id)
        }
        // libcurl doesn't tell a name that nobody has from a resolver that is out of order.
        if case .failure(.unknownHost) = result, await HostName.lookUp(post.url.host(percentEncoded: false) ?? "") != .unknown {
            throw EndpointError(.unreachable, "the host's name can't be resolved right now")
        }
        return try result.get()
    }
}

extension EndpointError {
    static let unknownHost = EndpointError(.unknownHost, "there is no host of that name: check the base URL")
    static let gaveUp = EndpointError(.cancelled, "the request was cancelled")
}
