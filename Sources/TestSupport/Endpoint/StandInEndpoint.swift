package import Foundation
import Glibc
import Synchronization

/// A chat completions server on loopback that answers by script and misbehaves on demand.
///
/// Written on sockets, so that it can break HTTP as well as speak it. One thread a connection; connections are kept open between requests
/// unless an answer breaks them.
package final class StandInEndpoint: Sendable {
    /// Decides what a request gets.
    package typealias Script = @Sendable (StandInRequest) -> StandInAnswer

    private struct State {
        var requests: [StandInRequest] = []
        var occurrences: [Data: Int] = [:]
        var sockets: Set<Int32> = []
        var inFlight = 0
        var mostInFlight = 0
        var connections = 0
        var isStopped = false
        var isListening = true
    }

    private let listener: Int32
    private let port: UInt16
    private let key: String?
    private let script: Script
    private let state = Mutex(State())

    /// Starts to listen on a free port of 127.0.0.1.
    ///
    /// - Parameters:
    ///   - key: With a key, requests that don't show it get a 401.
    ///   - script: Called on a connection's thread.
    /// - Throws: a POSIX error if no socket can be had.
    package init(key: String? = nil, answering script: @escaping Script) throws {
        self.key = key
        self.script = script
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (listener, failed) = (
            listener,
            withUnsafeMutablePointer(to: &address) { [listener] pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, length) != 0 || listen(listener, 128) != 0 || getsockname(listener, $0, &length) != 0
                }
            }
        )
        guard !failed else {
            let code = errno
            close(listener)
            throw POSIXError(.init(rawValue: code) ?? .EIO)
        }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in accept() }
    }

    /// Give this to the client.
    package var baseURL: URL { URL(string: "http://127.0.0.1:\(port)/v1") ?? URL(filePath: "/") }
    /// All requests so far, in the order in which they were read.
    package var requests: [StandInRequest] { state.withLock { $0.requests } }
    /// The most requests that were ever being answered at once.
    package var mostInFlight: Int { state.withLock { $0.mostInFlight } }
    /// Connections that were ever opened.
    package var connectionCount: Int { state.withLock { $0.connections } }

    /// Ends all connections, the hanging ones too. Call it: the threads keep the server alive. Idempotent.
    package func stop() {
        // Under the lock, as closing is: the number of a closed socket is soon another's, a client's or another server's.
        state.withLock { state in
            state.isStopped = true
            for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
            if state.isListening { shutdown(listener, Int32(SHUT_RDWR)) }
        }
    }

    // MARK: - Connections

    private func accept() {
        while true {
            let socket = Glibc.accept(listener, nil, nil)
            guard socket >= 0 else {
                // A client that has hung up already is no reason to receive no more of them.
                guard errno != ECONNABORTED, errno != EINTR else { continue }
                break
            }
            let isWelcome = state.withLock { state in
                guard !state.isStopped else { return false }
                state.connections += 1
                return state.sockets.insert(socket).inserted
            }
            guard isWelcome else {
                close(socket)
                break
            }
            Thread.detachNewThread { [self] in
                serve(socket)
                state.withLock { state in
                    state.sockets.remove(socket)
                    close(socket)
                }
            }
        }
        state.withLock { state in
            state.isListening = false
            close(listener)
        }
    }

    private func serve(_ socket: Int32) {
        var connection = StandInConnection(socket: socket)
        while let (path, headers, body) = connection.readRequest() {
            let request = state.withLock { state in
                let occurrence = state.occurrences[body, default: 0]
                state.occurrences[body] = occurrence + 1
                let request = StandInRequest(
                    path: path, headers: headers, body: body, number: state.requests.count, occurrence: occurrence)
                state.requests.append(request)
                state.inFlight += 1
                state.mostInFlight = max(state.mostInFlight, state.inFlight)
                return request
            }
            var answer = script(request)
            if let key, headers["authorization"] != "Bearer \(key)" {
                answer = .status(
                    401, body: #"{"error": {"message": "Incorrect API key provided: \#(headers["authorization"] ?? "none")"}}"#)
            }
            while case .after(let pause, let next) = answer {
                connection.pause(pause)
                answer = next
            }
            state.withLock { $0.inFlight -= 1 }
            guard connection.send(answer) else { break }
        }
    }
}
