import Foundation
import Glibc
import Judging
import Synchronization
import Telemetry
import Testing
import Trajectories

@Suite("the verdict log")
struct VerdictLogTests {
    private let judges = ["first", "second"]

    private func withFile<R>(_ body: (String) throws -> R) throws -> R {
        let path = FileManager.default.temporaryDirectory.appending(path: "percept-verdicts-\(UUID()).jsonl").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    private func judgement(_ verdict: Verdict, _ probability: Float? = nil, by judge: String = "first") -> Judgement {
        Judgement(verdict: verdict, probability: probability, judge: judge)
    }

    private func trajectory(_ step: Int, _ member: Int = 0) -> TrajectoryID {
        TrajectoryID(group: GroupID(step: StepIndex(step), slot: 3), member: member)
    }

    @Test("a verdict is found by judge, annotation and response, and by nothing less; after reopening too")
    func content() throws {
        try withFile { path in
            let said = [judgement(.reflected, 0.987_654_3), judgement(.missing)]
            do {
                let log = try VerdictLog(path: path)
                #expect(try log.settle(said, annotations: ["a", "b\n\u{2028}\""], response: "r", judges: judges) == said)
                try log.synchronize()
            }
            let log = try VerdictLog(path: path)
            #expect(log.count == 2 && log.damagedLines.isEmpty && log.repairedByteCount == 0)
            #expect(log.known(["a", "b\n\u{2028}\"", "c"], response: "r", judges: judges) == said + [nil])
            #expect(log.known(["a"], response: "r ", judges: judges) == [nil])
            #expect(log.known(["a"], response: "r", judges: ["second"]) == [nil])
            #expect(log.known(["a"], response: "r", judges: []) == [nil])
            // What is known is not written again.
            #expect(try log.settle(said, annotations: ["a", "b\n\u{2028}\""], response: "r", judges: judges) == said)
            #expect(try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count == 1)
        }
    }

    @Test("the first record of a pair counts, whichever judge of the chain answers later; the chain's order decides between two")
    func firstCounts() throws {
        let log = VerdictLog()
        let second = judgement(.missing, by: "second")
        #expect(try log.settle([second], annotations: ["a"], response: "r", judges: judges) == [second])
        #expect(try log.settle([judgement(.reflected)], annotations: ["a"], response: "r", judges: judges) == [second])
        #expect(try log.settle([judgement(.unknown)], annotations: ["a"], response: "r", judges: judges) == [second])
        let first = judgement(.reflected)
        #expect(try log.settle([first], annotations: ["a"], response: "r", judges: ["first"]) == [first])
        #expect(log.known(["a"], response: "r", judges: judges) == [first])
        #expect(log.known(["a"], response: "r", judges: ["second", "first"]) == [second])
    }

    @Test("an unknown verdict is found for its trajectory alone, before anything that is known")
    func unknown() throws {
        try withFile { path in
            let said = [judgement(.reflected), judgement(.unknown, by: "second")]
            do {
                let log = try VerdictLog(path: path)
                #expect(try log.settle(said, annotations: ["a", "b"], response: "r", judges: judges) == said)
                #expect(log.known(["a", "b"], response: "r", judges: judges, trajectory: trajectory(1)) == [said[0], nil])
                try log.recordUnknown(said, annotations: ["a", "b"], response: "r", trajectory: trajectory(1))
                try log.recordUnknown(said, annotations: ["a", "b"], response: "r", trajectory: trajectory(1))
            }
            let log = try VerdictLog(path: path)
            #expect(try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count == 2)
            #expect(log.count == 1)
            let later = judgement(.missing)
            #expect(try log.settle([later], annotations: ["b"], response: "r", judges: judges) == [later])
            #expect(log.known(["a", "b"], response: "r", judges: judges, trajectory: trajectory(1)) == said)
            #expect(log.known(["a", "b"], response: "r", judges: judges, trajectory: trajectory(1, 1)) == [said[0], later])
            #expect(log.known(["a", "b"], response: "r", judges: judges) == [said[0], later])
            #expect(log.known(["b"], response: "s", judges: judges, trajectory: trajectory(1)) == [nil])
        }
    }

    @Test("a damaged line inside is skipped and named, a torn last one removed; the others stand, and the log goes on")
    func damage() throws {
        try withFile { path in
            do {
                let log = try VerdictLog(path: path)
                for number in 1...5 {
                    _ = try log.settle([judgement(.reflected, 0.5)], annotations: ["a"], response: "r\(number)", judges: judges)
                }
            }
            var lines = try Data(contentsOf: URL(filePath: path)).split(separator: 0x0A).map { Array($0) }
            // Not UTF-8, a verdict that is none, a probability that is none, a torn end.
            lines[1][20] = 0xFF
            lines[1][21] = UInt8(ascii: "\"")
            lines[2] = Array(String(decoding: lines[2], as: UTF8.self).replacing("reflected\"", with: "reflectee\"").utf8)
            lines[3] = Array(String(decoding: lines[3], as: UTF8.self).replacing("0.5", with: "5.0").utf8)
            var bytes: [UInt8] = lines.flatMap { $0 + [0x0A] }
            bytes.removeLast(7)
            try Data(bytes).write(to: URL(filePath: path))
            let log = try VerdictLog(path: path)
            #expect(log.damagedLines == [2, 3, 4] && log.repairedByteCount == lines[4].count - 6 && log.count == 1)
            #expect(log.known(["a"], response: "r1", judges: judges) == [judgement(.reflected, 0.5)])
            let again = judgement(.missing)
            #expect(try log.settle([again], annotations: ["a"], response: "r5", judges: judges) == [again])
            #expect(try VerdictLog(path: path, access: .read).known(["a"], response: "r5", judges: judges) == [again])
        }
    }

    @Test("a log that is refused because somebody else has it closes no file but its own")
    func refusal() throws {
        try withFile { path in
            let log = try VerdictLog(path: path)
            let lost = Atomic(0)
            let isOver = Atomic(false)
            let ended = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                while !isOver.load(ordering: .relaxed) {
                    let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
                    if close(descriptor) != 0 { lost.add(1, ordering: .relaxed) }
                }
                ended.signal()
            }
            for _ in 0..<1_000 { #expect(throws: BusyLog.self) { try VerdictLog(path: path) } }
            isOver.store(true, ordering: .relaxed)
            ended.wait()
            #expect(lost.load(ordering: .relaxed) == 0 && log.count == 0)
        }
    }

    @Test("cut anywhere, a log opens and tells no verdict that was not given", arguments: [1, 2])
    func cuts(seed: UInt64) throws {
        try withFile { path in
            do {
                let log = try VerdictLog(path: path)
                for number in 0..<8 {
                    let verdict = number.isMultiple(of: 2) ? Verdict.reflected : .missing
                    _ = try log.settle([judgement(verdict, 0.25)], annotations: ["é\(number)"], response: "r\u{1F600}", judges: judges)
                }
            }
            let bytes = try Data(contentsOf: URL(filePath: path))
            for cut in stride(from: Int(seed), to: bytes.count, by: 7) {
                try bytes.prefix(cut).write(to: URL(filePath: path))
                let log = try VerdictLog(path: path)
                #expect(log.count == bytes.prefix(cut).count { $0 == 0x0A } && log.damagedLines.isEmpty)
                for number in 0..<8 {
                    let expected = judgement(number.isMultiple(of: 2) ? .reflected : .missing, 0.25)
                    let found = log.known(["é\(number)"], response: "r\u{1F600}", judges: judges)[0]
                    #expect(found == (number < log.count ? expected : nil))
                }
            }
        }
    }

    @Test("a second writer is told; readers are not")
    func oneWriter() throws {
        try withFile { path in
            let log = try VerdictLog(path: path)
            #expect(throws: BusyLog.self) { try VerdictLog(path: path) }
            _ = try log.settle([judgement(.missing)], annotations: ["a"], response: "r", judges: judges)
            #expect(try VerdictLog(path: path, access: .read).count == 1)
        }
        #expect(throws: TelemetryError.self) { try VerdictLog(path: "/nowhere/verdicts.jsonl") }
    }

    @Test("a logged judge is asked what is not known, equal questions once")
    func loggedJudge() async throws {
        let asked = Mutex<[JudgeItem]>([])
        let log = VerdictLog()
        let judge = LoggedJudge(Recorder { item in asked.withLock { $0.append(item) } }, log: log)
        let item = JudgeItem(response: "r", annotations: ["a", "b"])
        let first = try await judge.judgements(on: [item, item, JudgeItem(response: "r", annotations: [])])
        #expect(first[0].map(\.verdict) == [.reflected, .missing] && first[1] == first[0] && first[2].isEmpty)
        #expect(asked.withLock { $0 } == [item])
        let second = try await judge.judgements(on: [JudgeItem(response: "r", annotations: ["b", "c", "unknown"])])
        #expect(second[0].map(\.verdict) == [.missing, .missing, .unknown])
        _ = try await judge.judgements(on: [JudgeItem(response: "r", annotations: ["unknown", "a"])])
        #expect(
            asked.withLock { Array($0.dropFirst()) } == [
                JudgeItem(response: "r", annotations: ["c", "unknown"]), JudgeItem(response: "r", annotations: ["unknown"]),
            ])
        #expect(judge.hitCount == 2 && judge.identity == "recorder" && judge.identities == ["recorder"])
    }
}

/// Says that "a" is reflected, can't say about "unknown", and tells what it was asked.
private struct Recorder: ResponseJudge {
    let identity = "recorder"
    let record: @Sendable (JudgeItem) -> Void

    init(_ record: @escaping @Sendable (JudgeItem) -> Void) { self.record = record }

    func judgements(on items: [JudgeItem]) async throws -> [[Judgement]] {
        items.map { item in
            record(item)
            return item.annotations.map {
                Judgement(verdict: $0 == "a" ? .reflected : $0 == "unknown" ? .unknown : .missing, judge: identity)
            }
        }
    }
}
