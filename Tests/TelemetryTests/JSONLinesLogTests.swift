import Foundation
import JSON
import Telemetry
import Testing

@Suite("Append-only record files")
struct JSONLinesLogTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("telemetry-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }

    private func lines(_ path: String) throws -> [JSONLinesLog.Line] {
        var lines: [JSONLinesLog.Line] = []
        try JSONLinesLog.forEachLine(in: path) { lines.append($0) }
        return lines
    }

    @Test("lines come back with their numbers and offsets, and the log knows its end")
    func appended() throws {
        try withFolder { folder in
            let path = folder + "/metrics.jsonl"
            let log = try JSONLinesLog(path: path)
            try log.append("{\"step\":1}")
            try log.append("{\"é\":2}")
            try log.synchronize()
            #expect(log.byteOffset == 20)
            let read = try lines(path)
            #expect(read.map(\.number) == [1, 2])
            #expect(read.map(\.byteOffset) == [0, 11])
            #expect(read.map(\.text) == ["{\"step\":1}", "{\"é\":2}"])
        }
    }

    @Test(
        "opening removes a torn last line and goes on behind the whole ones", arguments: ["{\"st", String(repeating: "x", count: 200_000)])
    func torn(tail: String) throws {
        try withFolder { folder in
            let path = folder + "/metrics.jsonl"
            try ("{\"step\":1}\n{\"step\":2}\n" + tail).write(toFile: path, atomically: false, encoding: .utf8)
            #expect(try lines(path).count == 2)
            let log = try JSONLinesLog(path: path)
            #expect(log.repairedByteCount == tail.utf8.count)
            #expect(log.byteOffset == 22)
            try log.append("{\"step\":3}")
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "{\"step\":1}\n{\"step\":2}\n{\"step\":3}\n")
        }
    }

    @Test("a file that is one torn line becomes empty")
    func onlyTorn() throws {
        try withFolder { folder in
            let path = folder + "/a.jsonl"
            try "{\"step".write(toFile: path, atomically: false, encoding: .utf8)
            #expect(try JSONLinesLog(path: path).byteOffset == 0)
        }
    }

    @Test("cutting goes back to the end of a line and nowhere else")
    func truncated() throws {
        try withFolder { folder in
            let path = folder + "/a.jsonl"
            let log = try JSONLinesLog(path: path)
            try log.append("{\"step\":1}")
            let mark = log.byteOffset
            try log.append("{\"step\":2}")
            #expect(throws: TelemetryError.self) { try log.truncate(toOffset: mark + 3) }
            #expect(throws: TelemetryError.self) { try log.truncate(toOffset: 1000) }
            #expect(throws: TelemetryError.self) { try log.truncate(toOffset: -1) }
            try log.truncate(toOffset: mark)
            try log.append("{\"step\":20}")
            #expect(try lines(path).map(\.text) == ["{\"step\":1}", "{\"step\":20}"])
            #expect(log.byteOffset == 23)
        }
    }

    @Test("a full disk is loud")
    func fullDisk() throws {
        // /dev/full answers every write with ENOSPC.
        let log = try JSONLinesLog(path: "/dev/full")
        let error = #expect(throws: TelemetryError.self) { try log.append("{}") }
        #expect(try #require(error).description.contains("No space left on device"))
        #expect(log.byteOffset == 0)
    }

    @Test("a record with a line end, a closed log, a missing folder and overlong lines are refused")
    func refused() throws {
        try withFolder { folder in
            let log = try JSONLinesLog(path: folder + "/a.jsonl")
            #expect(throws: TelemetryError.self) { try log.append("{}\n{}") }
            try log.append("{\"long\":\"" + String(repeating: "x", count: 100_000) + "\"}")
            #expect(throws: TelemetryError.self) { try JSONLinesLog.forEachLine(in: log.path, longest: 1000) { _ in } }
            log.close()
            #expect(throws: TelemetryError.self) { try log.append("{}") }
            #expect(throws: TelemetryError.self) { try JSONLinesLog(path: folder + "/none/a.jsonl") }
        }
    }

    @Test("metrics come back as records; a bad line is named")
    func metrics() throws {
        try withFolder { folder in
            let path = folder + "/metrics.jsonl"
            let log = try JSONLinesLog(path: path)
            var record = MetricRecord(step: 1)
            record.set(.rewardOverall, 0.25)
            record.set(.digestPolicy, "ab")
            try log.append(record)
            #expect(try JSONLinesLog.metrics(in: path).map(\.record) == [record])
            try log.append("{\"step\":2,\"reward/overall\":}")
            let error = #expect(throws: TelemetryError.self) { try JSONLinesLog.metrics(in: path) }
            #expect(try #require(error).description.contains("metrics.jsonl, line 2: "))
        }
    }

    @Test("samples round-trip, with the promised keys")
    func samples() throws {
        let sample = SampleRecord(
            step: 2, group: 1, member: 0, problemID: "d-7", problemIndex: 7, question: "Sum of the top row?",
            response: "<think>\n3</think>",
            finishReason: "stop", annotations: ["The top-left digit is 3.", "b"], verdicts: [.reflected, .unknown],
            reward: .init(overall: 0.9, parts: ["accuracy": 1, "format": 0, "repetition": 0]), advantage: -0.3, policyVersion: 1)
        let line = try sample.line()
        #expect(!line.contains("\n"))
        #expect(try SampleRecord(line: line) == sample)
        let json = try JSONValue(parsing: line)
        for key in [
            "step", "group", "member", "problem_id", "problem_index", "question", "response", "finish_reason", "annotations", "verdicts",
            "reward", "advantage", "policy_version",
        ] { #expect(json[key] != nil, "\(key)") }
        #expect(json["reward"]?["overall"] == .number(0.9))
        #expect(json["verdicts"] == .array([.string("reflected"), .string("unknown")]))

        let broken = SampleRecord(
            step: 2, group: 1, member: 0, problemID: "d-7", problemIndex: 7, question: "", response: "", finishReason: "stop",
            annotations: ["a", "b"], verdicts: [.missing], reward: sample.reward, advantage: 0, policyVersion: 1)
        #expect(throws: TelemetryError.self) { try broken.line() }
        #expect(throws: TelemetryError.self) { try SampleRecord(line: "{}") }
    }

    @Test("a sample's tokens and log-probabilities are integers on its line, bit for bit; lines without them are read too")
    func tokens() throws {
        func sample(_ logProbs: [Float]) -> SampleRecord {
            SampleRecord(
                step: 1, group: 0, member: 0, problemID: "d-7", problemIndex: 7, question: "q", response: "r", finishReason: "stop",
                annotations: [], verdicts: [], reward: .init(overall: 0, parts: ["accuracy": 0, "format": 0, "repetition": 0]),
                advantage: 0.1, policyVersion: 0, visit: 3, promptTokens: [151_655, 7], tokens: [1, 151_645],
                logProbBits: logProbs.map(\.bitPattern), parts: ["accuracy": 1, "format": 0, "repetition": -0.5])
        }
        let line = try sample([-0.1, -Float(bitPattern: 714)]).line()
        for part in [
            #""log_prob_bits":[3184315597,2147484362]"#, #""prompt_tokens":[151655,7]"#, #""tokens":[1,151645]"#, #""visit":3"#,
            #""parts":{"accuracy":1,"format":0,"repetition":-0.5}"#,
        ] { #expect(line.contains(part), "\(line)") }
        #expect(try SampleRecord(line: line) == sample([-0.1, -Float(bitPattern: 714)]))
        #expect(throws: TelemetryError.self) { try sample([-0.1]).line() }
        let old =
            #"{"advantage":0,"annotations":[],"finish_reason":"stop","group":0,"member":0,"policy_version":0,"problem_id":"d","problem_index":1,"#
        let rest = #""question":"","response":"","reward":{"accuracy":0,"format":0,"overall":0,"repetition":0},"step":1,"verdicts":[]}"#
        let read = try SampleRecord(line: old + rest)
        #expect(read.tokens == nil && read.parts == nil && read.visit == nil)
    }

    @Test("run manifest and end marker are written whole and read back")
    func manifest() throws {
        try withFolder { folder in
            let manifest = RunManifest(
                version: "0.1", started: RunManifest.timestamp(Date(timeIntervalSince1970: 1_749_470_671)), configDigest: "c0",
                command: ["percept", "train"],
                ranks: [.init(rank: 0, role: "learner", host: "a"), .init(rank: 1, role: "judge", host: "a")],
                openBLAS: .init(config: "OpenBLAS 0.3.21", coreName: "SkylakeX", threads: 1), buildFingerprint: "b0",
                models: ["policy": "d0"])
            #expect(manifest.started == "2025-06-09T12:04:31Z")
            #expect(manifest.hosts == ["a"])
            try manifest.write(toFolder: folder)
            #expect(try RunManifest.load(fromFolder: folder) == manifest)

            #expect(try RunEnd.load(fromFolder: folder) == nil)
            try RunEnd(status: .stopped, step: 2).write(toFolder: folder)
            #expect(try RunEnd.load(fromFolder: folder) == RunEnd(status: .stopped, step: 2))
            try RunEnd.remove(fromFolder: folder)
            try RunEnd.remove(fromFolder: folder)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["run.json"])
        }
    }
}
