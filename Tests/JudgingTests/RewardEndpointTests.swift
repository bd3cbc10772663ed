import Endpoints
import Foundation
import Judging
import TestSupport
import Testing
import Trajectories

/// Servers that give rewards, good ones and hostile ones.
@Suite("rewards of a user's own: servers", .timeLimit(.minutes(1)))
struct RewardEndpointTests {
    private static func value(_ script: @escaping StandInEndpoint.Script) async throws -> OwnRewardValue {
        let server = try StandInEndpoint(answering: script)
        var settings = EndpointSettings(baseURL: server.baseURL.appending(path: "style"), model: "own")
        settings.attempts = 2
        settings.requestDeadline = .seconds(1)
        settings.backOff = .milliseconds(1) ... .milliseconds(5)
        return await (try RewardEndpoint(name: "own", settings)).value(of: RewardProgramTests.question())
    }

    @Test("a server gets all of a question, and its answer counts; what may pass is asked again")
    func whole() async throws {
        let value = try await Self.value { request in
            guard request.occurrence == 1 else { return .status(503) }
            let isRight =
                request.value("problem") == "p" && request.value("seed") == "7" && request.value("response") == "r"
                && request.path.hasSuffix("/style")
            return .body(Data("{\"value\": \(isRight ? 0.25 : -1)}".utf8))
        }
        #expect(value == .known(0.25))
    }

    @Test(
        "what a hostile server does ends as unknown, with its reason",
        arguments: [
            (StandInAnswer.hang, "no answer within"), (.close, "connection"), (.noise(Data("x\r\n".utf8)), "127.0.0.1"),
            (.body(Data("hello".utf8)), "no answer"), (.body(Data("{\"value\": 5000}".utf8)), "from -1000 to 1000"),
            (.body(Data("{\"unknown\": \"tired\"}".utf8)), "it says: tired"), (.huge(1 << 20), "longer than 65536 bytes"),
            (.status(401), "401"), (.status(302, headers: ["Location": "http://127.0.0.1:1/"]), "redirects are not followed"),
            (.status(500, body: "{\"error\": \"\u{1b}[2J\"}"), "500"),
        ])
    func hostility(_ answer: StandInAnswer, _ words: String) async throws {
        let value = try await Self.value { _ in answer }
        guard case .unknown(let reason) = value else {
            Issue.record("\(value)")
            return
        }
        #expect(reason.contains(words) && !reason.contains("\u{1b}"), "\(reason)")
    }
}
