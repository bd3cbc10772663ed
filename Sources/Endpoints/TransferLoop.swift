import CCurl
import Foundation
import Synchronization

/// The thread of an ``HTTPClient``: takes orders, lets libcurl work, ends each transfer exactly once.
///
/// Everything of libcurl's but its wake-up call happens on this thread; other threads leave orders and wake it.
final class TransferLoop: Sendable {
    typealias Completion = @Sendable (Result<HTTPClient.Answer, EndpointError>) -> Void

    private enum Order {
        case submit(UInt64, HTTPClient.Post, Completion)
        case cancel(UInt64)
    }

    private struct Orders {
        var waiting: [Order] = []
        var isClosed = false
    }

    private static let startUp = CCurl_startUp()

    private let orders = Mutex(Orders())
    /// libcurl's multi handle: only `curl_multi_wakeup` may be called on it from other threads.
    private nonisolated(unsafe) let multi: UnsafeMutableRawPointer

    init(connections: Int) throws(EndpointError) {
        guard Self.startUp == CURLE_OK, let multi = curl_multi_init() else {
            throw EndpointError(.connection, "libcurl can't be started (\(Self.startUp.rawValue))")
        }
        CCurl_limitConnections(multi, connections)
        self.multi = multi
    }

    deinit { curl_multi_cleanup(multi) }

    func submit(_ id: UInt64, _ post: HTTPClient.Post, then completion: @escaping Completion) { leave(.submit(id, post, completion)) }

    /// Ends a transfer with `cancelled`; nothing if it is over.
    func cancel(_ id: UInt64) { leave(.cancel(id)) }

    /// Cancels everything and lets the thread end.
    func close() {
        orders.withLock { $0.isClosed = true }
        curl_multi_wakeup(multi)
    }

    private func leave(_ order: Order) {
        orders.withLock { $0.waiting.append(order) }
        curl_multi_wakeup(multi)
    }

    /// Carries transfers until ``close()``.
    func run() {
        // A peer that hangs up is an error of its transfer, not a signal to the process.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        var transfers: [UInt64: Transfer] = [:]
        var isClosed = false
        while !isClosed {
            let taken = orders.withLock { orders in
                defer { orders.waiting = [] }
                isClosed = orders.isClosed
                return orders.waiting
            }
            for order in taken {
                switch order {
                case .submit(let id, let post, let completion):
                    guard let transfer = Transfer(id: id, post), curl_multi_add_handle(multi, transfer.handle) == CURLM_OK else {
                        completion(.failure(EndpointError(.connection, "libcurl refuses the request")))
                        continue
                    }
                    transfer.completion = completion
                    transfers[id] = transfer
                case .cancel(let id): end(transfers.removeValue(forKey: id), .failure(.gaveUp))
                }
            }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            var code = CURLE_OK
            while let handle = CCurl_nextDone(multi, &code) {
                guard let transfer = transfers.values.first(where: { $0.handle == handle }) else { break }
                end(transfers.removeValue(forKey: transfer.id), transfer.result(code))
            }
            guard !isClosed else { break }
            // Orders wake it; libcurl's own timers shorten it.
            curl_multi_poll(multi, nil, 0, 60_000, nil)
        }
        for transfer in transfers.values { end(transfer, .failure(.gaveUp)) }
    }

    private func end(_ transfer: Transfer?, _ result: Result<HTTPClient.Answer, EndpointError>) {
        guard let transfer else { return }
        curl_multi_remove_handle(multi, transfer.handle)
        transfer.completion(result)
    }
}
