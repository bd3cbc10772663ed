import Foundation
import Testing

private struct AuditReport: Decodable {
    struct Rate: Decodable {
        let correct: Int
        let total: Int
    }

    struct Statistics: Decodable {
        struct Family: Decodable { let name: String }

        let sensitivity: Rate
        let specificity: Rate
        let unknown: Int
        let families: [Family]
    }

    let judge: String
    let items: Int
    let repeats: Rate
    let statistics: Statistics
}

/// `percept evaluate` and `percept judge-audit` with a verdict log, seen from outside.
@Suite("commands that ask the judge")
struct VerdictCommandTests {
    private static let models = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "configs/models").path

    /// A configuration whose run folder is not there.
    private func configuration(_ scratch: Scratch, judge: String, data: String) throws -> String {
        try scratch.write(
            """
            schema_version: 1
            output: \(scratch.path("run"))
            model: {policy: \(Self.models)/digits-policy}
            data:
            \(data)
            judge: \(judge)
            rollout: {max_prompt_tokens: 256, max_response_tokens: 128}
            """, to: "c.yaml")
        return scratch.path("c.yaml")
    }

    private let digits = """
          train: {type: digits, split: train}
          test: {type: digits, split: test, problems: 8}
          validation: {type: digits, split: validation, problems: 64}
        """

    private func lines(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test("evaluate judges what its log doesn't hold: the second time nothing, with the same result; a damaged line alone again")
    func evaluate() throws {
        let scratch = try Scratch()
        let config = try configuration(
            scratch, judge: "{type: model, model: \(Self.models)/digits-judge}", data: digits)
        let log = scratch.path("verdicts.jsonl")
        func run(_ name: String) throws -> Data {
            let outcome = try PerceptProgram.run(["evaluate", config, "--output", scratch.path(name), "--verdicts", log])
            #expect(outcome.code == 0, "\(outcome.errors)")
            if name == "third.json" { #expect(outcome.errors.contains("1 damaged lines were skipped (2)"), "\(outcome.errors)") }
            return try Data(contentsOf: scratch.folder.appending(path: name))
        }
        let first = try run("first.json")
        var written = try lines(log)
        #expect(written.count > 1 && written.allSatisfy { $0.contains("\"probability\"") && $0.contains("percept-judge-") })
        #expect(try run("second.json") == first)
        #expect(try lines(log) == written)
        let damaged = written[1]
        written[1] = String(damaged.dropFirst(3))
        try Data((written.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: log))
        #expect(try run("third.json") == first)
        #expect(try lines(log) == written + [damaged])
        #expect(!FileManager.default.fileExists(atPath: scratch.path("run")), "no run folder is made")
    }

    @Test("judge-audit asks planted, foreign and contradicted annotations of any data, from a samples file; repeats agree")
    func plainAudit() throws {
        let scratch = try Scratch()
        let config = try configuration(
            scratch, judge: "{type: model, model: \(Self.models)/digits-judge}",
            data: "  train: {type: image_folder, path: \(scratch.path("none"))}")
        let facts = [
            ["The side AB is 12.", "The angle C is right.", "Point D lies on AB."], ["The radius is 7.", "The circle has centre O."],
            ["Line m is parallel to line n.", "The angle 3 is 40 degrees."],
        ]
        let samples = (0..<30).map { number in
            let annotations = facts[number % 3]
            let quoted = annotations.map { "\"\($0)\"" }.joined(separator: ",")
            return """
                {"advantage":0,"annotations":[\(quoted)],"finish_reason":"stop","group":0,"member":0,"policy_version":0,"problem_id":"p","problem_index":0,\
                "question":"q","response":"\(annotations[0]) And \(number).","reward":{"accuracy":0,"format":0,"overall":0,"repetition":0},"step":\(number),\
                "verdicts":[\(annotations.map { _ in "\"missing\"" }.joined(separator: ","))]}
                """
        }
        try scratch.write(samples.joined(separator: "\n") + "\n", to: "samples.jsonl")
        let arguments = [
            "judge-audit", config, "--samples", scratch.path("samples.jsonl"), "--items", "40", "--verdicts", scratch.path("v.jsonl"),
            "--json",
        ]
        let outcome = try PerceptProgram.run(arguments)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let report = try JSONDecoder().decode(AuditReport.self, from: Data(outcome.output.utf8))
        #expect(report.items > 30 && report.statistics.families.map(\.name) == ["foreign", "contradiction", "planted"])
        #expect(report.statistics.sensitivity.total > 10 && report.statistics.specificity.total > 10 && report.statistics.unknown == 0)
        #expect(report.repeats.correct == report.repeats.total && report.repeats.total >= 3)
        let again = try PerceptProgram.run(arguments)
        #expect(again.output == outcome.output && again.errors.contains("\(report.items) of them before"), "\(again.errors)")
        // The rules of the digits task can't say anything about these, which is not the same as missing.
        let rules = try PerceptProgram.run(arguments + ["--set", "judge={type: rules}"])
        #expect(rules.code == 0, "\(rules.errors)")
        let silent = try JSONDecoder().decode(AuditReport.self, from: Data(rules.output.utf8))
        #expect(silent.statistics.unknown == silent.items && silent.statistics.specificity.correct == 0 && silent.repeats.total == 0)
    }

    @Test("bad input of judge-audit is told in one message", arguments: [0, 1, 2])
    func refusals(number: Int) throws {
        let scratch = try Scratch()
        let config = try configuration(scratch, judge: "{type: rules}", data: "  train: {type: digits, split: train}")
        try scratch.write("{}\n", to: "bad.jsonl")
        try scratch.write("", to: "empty.jsonl")
        let (arguments, message) = [
            (["--samples", scratch.path("bad.jsonl")], "bad.jsonl, line 1"),
            (["--samples", scratch.path("empty.jsonl")], "no response to a problem with annotations"),
            (["--start", Self.models + "/digits-policy", "--end", Self.models + "/digits-policy"], "data.validation is not set"),
        ][number]
        let outcome = try PerceptProgram.run(["judge-audit", config] + arguments)
        #expect(outcome.code == 2 && outcome.errors.contains(message), "\(outcome.code): \(outcome.errors)")
    }
}
