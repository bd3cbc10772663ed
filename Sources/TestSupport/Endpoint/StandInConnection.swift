import Foundation
import Glibc

/// One connection of a stand-in endpoint: reads requests, writes answers, blocks its own thread only.
struct StandInConnection {
    let socket: Int32
    private var buffer = Data()

    init(socket: Int32) { self.socket = socket }

    /// The next request, or nil at the end of the connection.
    mutating func readRequest() -> (path: String, headers: [String: String], body: Data)? {
        let end = Data("\r\n\r\n".utf8)
        var found = buffer.range(of: end)
        while found == nil {
            guard buffer.count < 1 << 16, fill() else { return nil }
            found = buffer.range(of: end)
        }
        guard let found else { return nil }
        let lines = String(decoding: buffer[..<found.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        buffer = Data(buffer[found.upperBound...])
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        if headers["expect"] == "100-continue" { _ = write(Data("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
        let length = headers["content-length"].flatMap(Int.init) ?? 0
        while buffer.count < length { guard fill() else { return nil } }
        let body = Data(buffer.prefix(length))
        buffer = Data(buffer.dropFirst(length))
        let words = lines[0].split(separator: " ")
        return (words.count > 1 ? String(words[1]) : "", headers, body)
    }

    private mutating func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(socket, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        buffer.append(contentsOf: chunk[..<count])
        return true
    }

    private func write(_ data: Data) -> Bool {
        data.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = Glibc.send(socket, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }

    /// Waits, or less if the connection ends.
    func pause(_ duration: Duration) {
        let clientLeft: Int16 = 0x2000  // POLLRDHUP, which Glibc shows to GNU sources only
        var watched = pollfd(fd: socket, events: clientLeft, revents: 0)
        let (seconds, attoseconds) = duration.components
        _ = poll(&watched, 1, Int32(seconds * 1000 + attoseconds / 1_000_000_000_000_000))
    }

    /// Does what `answer` says. False if the connection is over.
    func send(_ answer: StandInAnswer) -> Bool {
        switch answer {
        case .reply(let text, let finish, let logProbs, let promptTokens, let completionTokens):
            return respond(200, [:], Self.completion(text, finish, logProbs, promptTokens, completionTokens))
        case .status(let status, let headers, let body): return respond(status, headers, Data(body.utf8))
        case .body(let body): return respond(200, [:], body)
        case .noise(let bytes):
            _ = write(bytes)
            return false
        case .truncated(let text):
            let body = Self.completion(text, "stop", nil, 1, 1)
            _ = write(head(200, [:], length: body.count) + body.prefix(body.count / 2))
            return false
        case .huge(let count):
            guard write(head(200, [:], length: count)) else { return false }
            let block = Data(repeating: 0x20, count: 1 << 16)
            var left = count
            while left > 0 {
                guard write(block.prefix(left)) else { return false }
                left -= min(left, block.count)
            }
            return true
        case .hang:
            var byte: UInt8 = 0
            while recv(socket, &byte, 1, 0) > 0 {}
            return false
        case .close: return false
        case .after(let pause, let next):
            self.pause(pause)
            return send(next)
        }
    }

    private func respond(_ status: Int, _ headers: [String: String], _ body: Data) -> Bool {
        write(head(status, headers, length: body.count) + body)
    }

    private func head(_ status: Int, _ headers: [String: String], length: Int) -> Data {
        var lines = ["HTTP/1.1 \(status) Status", "Content-Type: application/json", "Content-Length: \(length)"]
        lines += headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        return Data((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    private static func completion(
        _ text: String, _ finish: String, _ logProbs: [StandInToken]?, _ promptTokens: Int, _ completionTokens: Int
    ) -> Data {
        var choice: [String: Any] = ["index": 0, "finish_reason": finish, "message": ["role": "assistant", "content": text]]
        if let logProbs { choice["logprobs"] = ["content": logProbs.map(\.json)] }
        let reply: [String: Any] = [
            "object": "chat.completion", "choices": [choice],
            "usage": ["prompt_tokens": promptTokens, "completion_tokens": completionTokens],
        ]
        return (try? JSONSerialization.data(withJSONObject: reply)) ?? Data()
    }
}
