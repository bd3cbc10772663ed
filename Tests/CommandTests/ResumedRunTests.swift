import Foundation
import Testing

/// A run that is continued from the command line.
@Suite("a resumed run")
struct ResumedRunTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let training = [
        "train", "configs/digits.yaml", "--set", "rollout.problems_per_step=2", "--set", "rollout.group_size=2", "--set",
        "validation.every=0",
        "--set", "validation.at_start=false", "--set", "judge.audit.share=0",
    ]

    private struct Record: Decodable {
        struct Placement: Decodable, Equatable {
            let learner, rollout, judge: Int
        }
        let placement: Placement
    }

    private func placement(_ run: String) throws -> Record.Placement {
        try Snake.decode(Record.self, Data(contentsOf: URL(filePath: run + "/config.json"))).placement
    }

    @Test("it has its own placement where none is named, which it says; under ranks that fit the configuration alone it has that one")
    func placement() throws {
        let scratch = try Scratch()
        let run = scratch.path("run")
        let first = try PerceptProgram.run(
            Self.training + ["--steps", "1", "--output", run, "--placement", "learner=1,rollout=3,judge=1"], in: Self.root)
        #expect(first.code == 0, "\(first.errors)")
        let second = try PerceptProgram.run(Self.training + ["--steps", "2", "--resume", run], in: Self.root)
        #expect(
            second.code == 0 && second.errors.contains("placement learner=1,rollout=3,judge=1, as the run in \(run) had it"),
            "\(second.errors)")
        #expect(try placement(run) == .init(learner: 1, rollout: 3, judge: 1))
        let named = try PerceptProgram.run(
            Self.training + ["--steps", "3", "--resume", run, "--set", "placement.rollout=1"], in: Self.root)
        #expect(named.code == 0 && !named.errors.contains("rollout=3"), "\(named.errors)")
        #expect(try placement(run) == .init(learner: 1, rollout: 1, judge: 1))
        // Its status stands at the last step, and stays there.
        let status = try PerceptProgram.run(["status", run])
        #expect(
            status.code == 0 && status.output.contains("step 3 of 3") && status.output.contains("finished after step 3"), "\(status.output)"
        )
    }
}
