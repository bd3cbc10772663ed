import CCurl
import Foundation

/// One exchange under way. Lives on its loop's thread; libcurl holds its address while it is in the multi handle.
final class Transfer {
    let id: UInt64
    let handle: UnsafeMutableRawPointer
    var completion: TransferLoop.Completion = { _ in }
    private let post: HTTPClient.Post
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var body = Data()
    private var isTooLong = false

    /// Nil if libcurl has no memory for it or knows an option not.
    init?(id: UInt64, _ post: HTTPClient.Post) {
        guard let handle = curl_easy_init() else { return nil }
        self.id = id
        self.handle = handle
        self.post = post
        // "Expect: 100-continue" would make bodies of a megabyte wait for servers that don't know it.
        for (name, value) in post.headers.merging(["Expect": ""], uniquingKeysWith: { own, _ in own }) {
            headers = curl_slist_append(headers, value.isEmpty ? "\(name):" : "\(name): \(value)")
        }
        let (seconds, attoseconds) = post.deadline.components
        let milliseconds = max(1, Int(min(seconds, 1 << 31)) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
        let context = Unmanaged.passUnretained(self).toOpaque()
        let codes = [
            CCurl_setPointer(handle, CURLOPT_URL, post.url.absoluteString),
            CCurl_setPointer(handle, CURLOPT_PROTOCOLS_STR, "http,https"),
            CCurl_setSize(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(post.body.count)),
            post.body.withUnsafeBytes { CCurl_setPointer(handle, CURLOPT_COPYPOSTFIELDS, $0.baseAddress) },
            CCurl_setPointer(handle, CURLOPT_HTTPHEADER, headers),
            CCurl_setLong(handle, CURLOPT_TIMEOUT_MS, milliseconds),
            CCurl_setLong(handle, CURLOPT_NOSIGNAL, 1),
            CCurl_setLong(handle, CURLOPT_TCP_KEEPALIVE, 1),
            post.usesProxy ? CURLE_OK : CCurl_setPointer(handle, CURLOPT_NOPROXY, "*"),
            CCurl_setWriter(
                handle,
                { bytes, _, count, context in
                    guard let bytes, let context else { return 0 }
                    return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().receive(bytes, count) ? count : 0
                }, context),
        ]
        guard codes.allSatisfy({ $0 == CURLE_OK }) else { return nil }
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(headers)
    }

    /// False ends the transfer.
    private func receive(_ bytes: UnsafePointer<CChar>, _ count: Int) -> Bool {
        guard body.count + count <= post.limit else {
            isTooLong = true
            return false
        }
        bytes.withMemoryRebound(to: UInt8.self, capacity: count) { body.append($0, count: count) }
        return true
    }

    /// What came of it, by libcurl's word.
    func result(_ code: CURLcode) -> Result<HTTPClient.Answer, EndpointError> {
        switch code {
        case CURLE_OK:
            let seconds = CCurl_retryAfter(handle)
            return .success(
                HTTPClient.Answer(
                    status: CCurl_status(handle), retryAfter: seconds > 0 ? .seconds(min(seconds, 86_400)) : nil, body: body))
        case _ where isTooLong:
            return .failure(EndpointError(.tooLong, "the answer is longer than \(post.limit) bytes: ask for fewer tokens"))
        case CURLE_OPERATION_TIMEDOUT: return .failure(EndpointError(.timedOut, "no answer within \(post.deadline)"))
        case CURLE_COULDNT_RESOLVE_HOST:
            return .failure(.unknownHost)
        case CURLE_COULDNT_CONNECT:
            return .failure(EndpointError(.unreachable, "nobody answers there: check the base URL, and that the server runs"))
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE:
            return .failure(EndpointError(.certificate, "the server's certificate can't be trusted (\(Self.text(code)))"))
        case CURLE_UNSUPPORTED_PROTOCOL: return .failure(EndpointError(.connection, "the server answered something that is not HTTP"))
        default: return .failure(EndpointError(.connection, "the connection broke (\(Self.text(code)))"))
        }
    }

    private static func text(_ code: CURLcode) -> String { curl_easy_strerror(code).map { String(cString: $0) } ?? "\(code.rawValue)" }
}
