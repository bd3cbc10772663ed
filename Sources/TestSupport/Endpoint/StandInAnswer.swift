package import Foundation

/// A request as a stand-in endpoint read it.
package struct StandInRequest: Sendable {
    package let path: String
    /// By lower-case name.
    package let headers: [String: String]
    package let body: Data
    /// Its place among all requests: 0 for the first.
    package let number: Int
    /// How often a request with the same body came before.
    package let occurrence: Int

    private var json: [String: Any] { ((try? JSONSerialization.jsonObject(with: body)) as? [String: Any]) ?? [:] }

    /// The texts of the messages, by role, in order; parts that are no text are left out.
    package var messages: [(role: String, text: String)] {
        (json["messages"] as? [[String: Any]] ?? []).map { message in
            let parts = (message["content"] as? [[String: Any]] ?? []).compactMap { $0["text"] as? String }
            return (message["role"] as? String ?? "", message["content"] as? String ?? parts.joined())
        }
    }

    /// The data URLs of the messages' images.
    package var images: [String] {
        (json["messages"] as? [[String: Any]] ?? []).flatMap { message in
            (message["content"] as? [[String: Any]] ?? []).compactMap { ($0["image_url"] as? [String: Any])?["url"] as? String }
        }
    }

    /// Another value of the body, such as `model` or `max_tokens`, as text.
    package func value(_ name: String) -> String? { json[name].map { "\($0)" } }

    /// A number that the body alone decides, the same on every run (FNV-1a).
    package var fingerprint: UInt64 { body.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 } }
}

/// What a stand-in endpoint does with a request.
package indirect enum StandInAnswer: Sendable {
    /// A well-formed chat completion.
    case reply(String, finish: String = "stop", logProbs: [StandInToken]? = nil, promptTokens: Int = 7, completionTokens: Int = 3)
    /// A status with a body and headers.
    case status(Int, headers: [String: String] = [:], body: String = "")
    /// A 200 whose body is these bytes.
    case body(Data)
    /// Bytes that are not HTTP, then the end of the connection.
    case noise(Data)
    /// A completion that breaks off in its middle.
    case truncated(String)
    /// A 200 with a body of so many bytes, sent as fast as they go.
    case huge(Int)
    /// Nothing, until the client or the test ends the connection.
    case hang
    /// The end of the connection.
    case close
    /// One of the others, later.
    case after(Duration, StandInAnswer)

    /// A third of the requests fail, each in one of six ways that may pass: by the body's fingerprint and how often it came, so that a run
    /// and its repetition meet the same failures whatever their order.
    package static func failingThird(_ request: StandInRequest, otherwise answer: @autoclosure () -> StandInAnswer) -> StandInAnswer {
        let draw = (request.fingerprint &+ UInt64(request.occurrence) &* 0x9e37_79b9_7f4a_7c15) >> 17
        guard draw % 3 == 0 else { return answer() }
        return switch draw / 3 % 6 {
        case 0: .status(429, headers: ["Retry-After": "0"], body: #"{"error": {"message": "slow down"}}"#)
        case 1: .status(500)
        case 2: .status(503, body: "<html>busy</html>")
        case 3: .body(Data("{\"choices\": [".utf8))
        case 4: .truncated("half")
        default: .close
        }
    }
}

/// A token of a stand-in's answer with what else might have stood there.
package struct StandInToken: Sendable {
    let token: String
    let logProb: Double
    let top: [(token: String, logProb: Double)]

    package init(_ token: String, _ logProb: Double, top: [(token: String, logProb: Double)] = []) {
        self.token = token
        self.logProb = logProb
        self.top = top
    }

    var json: [String: Any] {
        ["token": token, "logprob": logProb, "top_logprobs": top.map { ["token": $0.token, "logprob": $0.logProb] as [String: Any] }]
    }
}
