import Foundation
import Telemetry
import Testing

/// `percept status` as it is watched.
@Suite("status")
struct StatusTests {
    @Test("a status that is shown again and again ends when its reader has left, however long the pause", arguments: ["0.2", "86400"])
    func leavingReader(_ pause: String) throws {
        let scratch = try Scratch()
        let rank = RunStatus.Rank(
            number: 0, role: "learner", host: "a", processID: 4, state: "live", stateSeconds: 1, activity: "computes", held: 0,
            progressSeconds: 1, versions: [])
        let status = RunStatus(
            written: 1_700_000_000, controllerSeconds: 0, step: 1, steps: 2, publishedVersion: 0, wait: nil, ranks: [rank], queues: .init(),
            calls: [], spawning: [:])
        try status.write(toFolder: scratch.folder.path)
        let outcome = try PerceptProgram.run(
            ["status", scratch.folder.path, "--every", pause],
            through: ["/bin/bash", "-c", #""$0" "$@" | head -n 1; exit ${PIPESTATUS[0]}"#])
        #expect(!outcome.wasKilled && outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(outcome.output.split(separator: "\n").count == 1, "\(outcome.output)")
    }
}
