import Foundation
import Judging
import Testing
import Trajectories

@Suite("the log of rewards of a user's own")
struct RewardLogTests {
    private let id = TrajectoryID(group: GroupID(step: StepIndex(2), slot: 1), member: 3)

    private func key(_ response: String, identity: String = "process:own:1") -> RewardKey {
        RewardKey(identity: identity, question: RewardProgramTests.question(response))
    }

    private func withPath(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "percept-rewards-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.appending(path: RewardLog.fileName).path)
    }

    @Test("the first value of a key counts, in this process and the next")
    func first() throws {
        try withPath { path in
            do {
                let log = try RewardLog(path: path)
                #expect(log.known(key("a")) == nil)
                #expect(try log.settle(.known(0.1), key("a"), part: "own", trajectory: id) == .known(0.1))
                #expect(try log.settle(.known(0.7), key("a"), part: "own", trajectory: id) == .known(0.1))
                #expect(try log.settle(.unknown("x"), key("a"), part: "own", trajectory: id) == .known(0.1))
                #expect(try log.settle(.unknown("x"), key("b"), part: "own", trajectory: id) == .unknown("x"))
                #expect(log.known(key("b")) == nil)
                try log.recordUnknown("x", key("b"), part: "own", trajectory: id)
                #expect(throws: BusyLog.self) { try RewardLog(path: path) }
            }
            let log = try RewardLog(path: path)
            #expect(log.known(key("a")) == .known(0.1))
            #expect(log.known(key("b")) == .unknown("x"))
            #expect(log.known(key("a", identity: "process:other:1")) == nil)
            #expect(log.damagedLines.isEmpty && log.repairedByteCount == 0)
        }
    }

    @Test("a key is all of the question and the identity")
    func keys() {
        let base = RewardProgramTests.question("a")
        func other(
            problem: String? = nil, question: String? = nil, answer: String? = nil, annotations: [String]? = nil,
            verdicts: [Verdict]? = nil,
            seed: UInt64? = nil
        ) -> RewardQuestion {
            RewardQuestion(
                problem: ProblemID(problem ?? base.problem.rawValue), question: question ?? base.question, response: base.response,
                answer: answer ?? base.answer, annotations: annotations ?? base.annotations, verdicts: verdicts ?? base.verdicts,
                seed: seed ?? base.seed)
        }
        let questions = [
            base, other(problem: "q"), other(question: "Who?"), other(answer: "5"), other(annotations: ["a"]),
            other(annotations: ["ab", ""]),
            other(verdicts: [.reflected, .missing]), other(seed: 8), RewardProgramTests.question("b"),
        ]
        #expect(Set(questions.map { RewardKey(identity: "i", question: $0) }).count == questions.count)
    }

    @Test("damaged and strange lines are passed over and named, a torn one is removed")
    func damage() throws {
        try withPath { path in
            do {
                let log = try RewardLog(path: path)
                for name in ["a", "b", "c"] { _ = try log.settle(.known(1), key(name), part: "own", trajectory: id) }
            }
            var lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
            lines[1] = lines[1].replacing("\"value\":1", with: "\"value\":5000")
            try (lines.joined(separator: "\n") + "\n{\"key\":\"no\"}\n" + lines[0].prefix(20)).write(
                toFile: path, atomically: false, encoding: .utf8)
            let log = try RewardLog(path: path)
            #expect(log.damagedLines == [2, 4])
            #expect(log.repairedByteCount == 20)
            #expect(log.known(key("a")) == .known(1) && log.known(key("b")) == nil && log.known(key("c")) == .known(1))
            #expect(log.summary.contains("20 bytes") && log.summary.contains("2 damaged lines"))
        }
    }
}
