import Foundation
import Testing

/// Data that can't all be used, as commands meet them: known at once, named with file and line, counted, and no reason to die in the middle.
@Suite("data that can't all be used")
struct DataFaultTests {
    private static let models = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "configs/models")

    /// A folder of 30 digits problems; the picture of the eighth is cut off, and a line behind the last is no JSON.
    private func makeData(_ scratch: Scratch) throws {
        let made = try PerceptProgram.run(["data", "digits", "--out", scratch.path("data"), "--split", "test", "--problems", "30"])
        #expect(made.code == 0, "\(made.errors)")
        let picture = scratch.folder.appending(path: "data/images/000007-0.png")
        let bytes = try Data(contentsOf: picture)
        try bytes.prefix(bytes.count / 2).write(to: picture)
        let metadata = scratch.folder.appending(path: "data/metadata.jsonl")
        try (Data(contentsOf: metadata) + Data("{\"problem\" \"P\"}\n".utf8)).write(to: metadata)
    }

    private func settings(_ scratch: Scratch, share: Double = 0.05, policy: String? = nil, judge: String? = nil) throws -> String {
        try scratch.write(
            """
            schema_version: 1
            output: ~/run
            model: {policy: \(policy ?? Self.models.path + "/digits-policy")}
            data:
              train: {type: image_folder, path: data}
              test: {type: image_folder, path: data}
              max_bad_share: \(share)
            rollout: {problems_per_step: 2, group_size: 2, max_prompt_tokens: 256, max_response_tokens: 8}
            judge: {type: model, model: \(judge ?? Self.models.path + "/digits-judge")}
            training: {steps: 1, tokens_per_micro_batch: 1024, threads: 1}

            """, to: "run.yaml")
        return "run.yaml"
    }

    @Test("validate looks at models and data and lists every fault; with --file-only at the file alone; data elsewhere are noted")
    func validate() throws {
        let scratch = try Scratch()
        func validate(_ arguments: String...) throws -> Outcome {
            try PerceptProgram.run(["config", "validate", "run.yaml"] + arguments, in: scratch.folder)
        }
        _ = try settings(scratch)
        let absent = try validate()
        #expect(absent.code == 0 && absent.output.contains("note: data.train.path: data is not on this machine"), "\(absent)")
        try makeData(scratch)
        let good = try validate()
        #expect(good.code == 0 && good.output.contains("1 of 30 problems are left out"), "\(good)")
        #expect(good.output.contains("data/metadata.jsonl, line 8: ") && good.output.contains("data/images/000007-0.png: the image can't"))
        #expect(good.output.contains("line 31: malformed: column 12: a colon was expected"), "\(good.output)")
        _ = try settings(scratch, share: 0.01, policy: "no-policy", judge: "no-judge")
        let bad = try validate()
        #expect(bad.code == 2)
        for word in [
            "model.policy: ", "no-policy", "judge.model: ", "no-judge", "data.train: 1 of 30", "data.test: 1 of 30", "000007-0.png",
        ] {
            #expect(bad.errors.contains(word), "'\(word)' in \(bad.errors)")
        }
        let alone = try validate("--file-only")
        #expect(alone.code == 0 && alone.output.contains("valid"))
    }

    @Test("evaluate leaves out what can't be used, says so in its result, and refuses too much")
    func evaluate() throws {
        let scratch = try Scratch()
        try makeData(scratch)
        let command = ["evaluate", try settings(scratch), "--output", "result.json"]
        let outcome = try PerceptProgram.run(command, in: scratch.folder)
        #expect(outcome.code == 0 && outcome.errors.contains("000007-0.png"), "\(outcome)")
        struct Result: Decodable {
            struct Counts: Decodable { let problems: Int }
            struct LeftOut: Decodable {
                struct Problem: Decodable { let id: String?, reason: String }
                let malformedLines: Int, duplicateLines: Int, unreadableImages: Int
                let problems: [Problem]
            }
            let counts: Counts
            let leftOut: LeftOut
        }
        let result = try Snake.decode(Result.self, Data(contentsOf: scratch.folder.appending(path: "result.json")))
        #expect(result.counts.problems == 29 && result.leftOut.unreadableImages == 1)
        #expect(result.leftOut.malformedLines == 1 && result.leftOut.duplicateLines == 0)
        #expect(result.leftOut.problems.count == 1 && result.leftOut.problems[0].reason.hasPrefix("line 8: "))
        _ = try settings(scratch, share: 0.01)
        let refused = try PerceptProgram.run(command, in: scratch.folder)
        #expect(refused.code == 2 && refused.errors.contains("line 8: ") && refused.errors.contains("data.max_bad_share (0.01)"))
    }

    @Test("annotate looks at the pictures first, counts what it leaves out, and refuses too much")
    func annotate() throws {
        let scratch = try Scratch()
        try makeData(scratch)
        try scratch.write("{\"id\": \"x\", \"response\": \"y\"}\n", to: "chains.jsonl")
        let command = ["annotate", "--data", "data", "--chains", "chains.jsonl", "--output", "out", "--extractor", "rules"]
        let outcome = try PerceptProgram.run(command, in: scratch.folder)
        #expect(outcome.code == 0 && outcome.errors.contains("000007-0.png"), "\(outcome)")
        #expect(outcome.output.contains("left out before for a picture"))
        let report = try String(contentsOf: scratch.folder.appending(path: "out/report.json"), encoding: .utf8)
        #expect(report.contains("\"left_out\" : 1") && report.contains("\"read\" : 29"))
        let refused = try PerceptProgram.run(command + ["--max-bad-share", "0.01"], in: scratch.folder)
        #expect(refused.code == 2 && refused.errors.contains("000007-0.png"))
    }

    @Test("a leading ~ is the home folder for the whole run, in the file as behind an option")
    func home() throws {
        let scratch = try Scratch()
        try makeData(scratch)
        try FileManager.default.createDirectory(at: scratch.folder.appending(path: "home"), withIntermediateDirectories: true)
        let file = try settings(scratch)
        for (arguments, place) in [(["train", file], "run"), (["train", file, "--output=~/other"], "other")] {
            let outcome = try PerceptProgram.run(arguments, in: scratch.folder, environment: ["HOME": scratch.path("home")])
            #expect(outcome.code == 0, "\(outcome.errors)")
            for name in ["config.json", "metrics.jsonl", "model/config.json", "run.end.json", "pictures.json"] {
                #expect(FileManager.default.fileExists(atPath: scratch.path("home/\(place)/\(name)")), "\(place)/\(name)")
            }
        }
        #expect(!FileManager.default.fileExists(atPath: scratch.path("~")))
    }

    @Test("a folder that can't be made or written is named with the system's reason")
    func unwritable() throws {
        let scratch = try Scratch()
        try makeData(scratch)
        let file = try settings(scratch)
        let outcome = try PerceptProgram.run(["train", file, "--output", "/proc/percept/run"], in: scratch.folder)
        #expect(outcome.code == 2 && outcome.errors.contains("can't create the run folder /proc/percept/run: "), "\(outcome.errors)")
        try scratch.write("x", to: "file")
        let other = try PerceptProgram.run(["train", file, "--output", "file/run"], in: scratch.folder)
        #expect(other.code == 2 && other.errors.contains("file/run: Not a directory"), "\(other.errors)")
    }
}
