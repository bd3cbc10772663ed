import Foundation
import TestSupport
import Testing

/// Commands where words can't be written, and where little else is as it should be.
@Suite("commands in hostile environments")
struct HostileEnvironmentTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A shell's way to start the program, which is `$0` with its arguments behind it.
    private struct Surroundings {
        let name: String
        let script: String

        static let streams = [
            Surroundings(name: "nothing open", script: #"exec "$0" "$@" <&- >&- 2>&-"#),
            Surroundings(name: "no input", script: #"exec "$0" "$@" <&-"#),
            Surroundings(name: "no output", script: #"exec "$0" "$@" >&-"#),
            Surroundings(name: "no errors", script: #"exec "$0" "$@" 2>&-"#),
            Surroundings(name: "full devices", script: #"exec "$0" "$@" >/dev/full 2>/dev/full"#),
            Surroundings(name: "errors on a full device", script: #"exec "$0" "$@" 2>/dev/full"#),
            Surroundings(name: "a reader that goes away", script: #""$0" "$@" 2>&1 | head -c1 >/dev/null; exit ${PIPESTATUS[0]}"#),
            Surroundings(name: "output read only", script: #"exec "$0" "$@" 1</dev/null 2</dev/null"#),
        ]
        static let others = [
            Surroundings(name: "few descriptors", script: #"ulimit -n 24; exec "$0" "$@""#),
            Surroundings(name: "files that may not grow", script: #"ulimit -f 0; exec "$0" "$@""#),
            Surroundings(name: "a small stack", script: #"ulimit -s 1024; exec "$0" "$@""#),
            Surroundings(name: "no core, no locks", script: #"ulimit -c 0; ulimit -l 0; exec "$0" "$@""#),
            Surroundings(name: "a locale that isn't there", script: #"LC_ALL=xx_YY.KOI8-R LANG=?? exec "$0" "$@""#),
            Surroundings(name: "another locale", script: #"LC_ALL=tr_TR.UTF-8 LC_NUMERIC=de_DE.UTF-8 exec "$0" "$@""#),
            Surroundings(name: "no home", script: #"unset HOME; exec "$0" "$@""#),
            Surroundings(name: "home nowhere", script: #"HOME=/nowhere/$'\e[31m' exec "$0" "$@""#),
            Surroundings(name: "no temporary folder", script: #"TMPDIR=/nowhere exec "$0" "$@""#),
            Surroundings(name: "an empty environment", script: #"exec env -i "$0" "$@""#),
            Surroundings(
                name: "variables of another launcher",
                script:
                    #"OMPI_COMM_WORLD_LOCAL_RANK=-9223372036854775808 OMPI_COMM_WORLD_RANK=9223372036854775807 COLUMNS=-1 exec "$0" "$@""#),
            Surroundings(name: "many variables", script: #"for i in $(seq 2000); do export V$i=x; done; exec "$0" "$@""#),
        ]
    }

    private static let digits = "digits-\u{1B}[31m\n x"

    /// Commands that end within a second, whatever comes of them.
    private static func commands(_ scratch: Scratch) throws -> [[String]] {
        let text = """
            schema_version: 1
            model: {policy: \(root.path)/configs/models/digits-policy}
            data: {train: {type: digits, problems: 10}}
            judge: {type: rules}
            validation: {every: 0}
            output: \(scratch.path("run"))

            """
        try scratch.write(text, to: "run.yaml")
        try scratch.write(text + (0..<200).map { "unknown\($0): \u{1B}[31m\n" }.joined(), to: "bad.yaml")
        try FileManager.default.createDirectory(atPath: scratch.path("run"), withIntermediateDirectories: true)
        try scratch.write(#"{"status": "failed", "step": 3, "message": "\u001b]0;x\u0007"}"#, to: "run/run.end.json")
        try scratch.write("{\"step\": 1, \"reward/overall\": 1}\n{\"step\": 2, \"reward/overall\": 1.5}\n", to: "run/metrics.jsonl")
        return [
            ["version"], ["--help"], ["nonsense"], ["status", scratch.path("run")], ["status", scratch.path("absent")],
            ["scale", scratch.path("run"), "--judges=-9223372036854775808"],
            ["scale", scratch.path("run"), "--judges=+1", "--hosts=-oProxyCommand=id"],
            ["config", "validate", scratch.path("run.yaml")], ["config", "show", scratch.path("run.yaml")],
            ["config", "validate", scratch.path("bad.yaml"), "--file-only"], ["train", scratch.path("run.yaml"), "--dry-run"],
            ["launch", scratch.path("run.yaml"), "--dry-run"], ["launch", scratch.path("bad.yaml")], ["report", scratch.path("run")],
            ["checkpoint", "verify", scratch.path("run")], ["compare", "/dev/zero", scratch.path("run.yaml")],
            ["score", "--model", Golden.vision.path, "--prompt", "hi", "--response", "there"],
            ["generate", "--model", Golden.vision.path, "--prompt", "hi", "--max-tokens", "8"],
            ["data", "digits", "--out", scratch.path(digits), "--problems", "3"],
        ]
    }

    /// The command's end is one that it chose itself.
    private func check(_ outcome: Outcome, _ command: [String], _ name: String) {
        #expect(
            !outcome.wasKilled && (0...2).contains(outcome.code),
            "\(command) with \(name): code \(outcome.code), \(outcome.errors.suffix(300))")
        for text in [outcome.output, outcome.errors] {
            #expect(!text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{7}" || $0 == "\u{9B}" }, "\(command) with \(name)")
        }
    }

    @Test("words that can't be written end no command")
    func streams() throws {
        let scratch = try Scratch()
        let commands = try Self.commands(scratch)
        for (index, command) in commands.enumerated() {
            let plain = try PerceptProgram.run(command)
            check(plain, command, "nothing special")
            // Each command with three of the ways, all of them in a long run.
            for (offset, way) in Surroundings.streams.enumerated() where FuzzEffort.isLong || (offset + index) % 3 == 0 {
                // What a command has made it would refuse to make again.
                try? FileManager.default.removeItem(atPath: scratch.path(Self.digits))
                let outcome = try PerceptProgram.run(command, through: ["/bin/bash", "-c", way.script])
                check(outcome, command, way.name)
                // Where the result could not be written the command did not do what it was asked for.
                let mayFail = ["full devices", "output read only"].contains(way.name)
                #expect(
                    outcome.code == plain.code || (mayFail && outcome.code == 1),
                    "\(command) with \(way.name): \(outcome.code), not \(plain.code)")
            }
        }
    }

    @Test("a result that can't be written is no success, and is said")
    func lostResults() throws {
        let scratch = try Scratch()
        for command in try Self.commands(scratch)
        where ["version", "--help"].contains(command[0]) || command.prefix(2) == ["config", "show"] {
            let outcome = try PerceptProgram.run(command, through: ["/bin/bash", "-c", #"exec "$0" "$@" >/dev/full"#])
            #expect(
                outcome.code == 1 && outcome.errors == "Error: can't write to standard output: No space left on device\n",
                "\(command): \(outcome.errors)")
        }
    }

    @Test("limits, locales and places that are not as they should be")
    func others() throws {
        let scratch = try Scratch()
        let commands = try Self.commands(scratch)
        var damage = Damage(seed: 1)
        for way in Surroundings.others {
            for command in FuzzEffort.isLong ? commands : [damage.pick(commands), damage.pick(commands)] {
                check(try PerceptProgram.run(command, through: ["/bin/bash", "-c", way.script]), command, way.name)
            }
        }
    }

    @Test("odd paths are taken as they are, and shown safely")
    func paths() throws {
        let scratch = try Scratch()
        let names = [
            "a b", "-rf", "quote'\"", "new\nline", "\u{1B}[31mred", "\u{202E}gnp", "é漢字", "$(id)", "%s%n",
            String(repeating: "x", count: 200),
        ]
        for name in names {
            let folder = scratch.folder.appending(path: name)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(#"{"status": "stopped", "step": 3}"#.utf8).write(to: folder.appending(path: "run.end.json"))
            let outcome = try PerceptProgram.run(["status", "--", folder.path])
            check(outcome, ["status"], name)
            #expect(outcome.code == 0 && outcome.output.contains("stopped after step 3"), "\(name): \(outcome.errors)")
            check(try PerceptProgram.run(["checkpoint", "verify", "--", folder.path]), ["verify"], name)
        }
    }

    @Test("pipes, devices and folders in a file's place are refused at once, by name")
    func irregularInputs() throws {
        let scratch = try Scratch()
        let pipe = scratch.path("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        let model = try Golden.copy(into: scratch)
        for path in [pipe, "/dev/zero", scratch.folder.path] {
            for command in [
                ["config", "validate", path], ["train", path], ["launch", path], ["compare", path, path],
                ["score", "--model", Golden.vision.path, "--prompt", "a", "--response", "b", "--image", path],
            ] {
                let outcome = try PerceptProgram.run(command)
                #expect(
                    !outcome.wasKilled && outcome.code == 2 && outcome.errors.contains(path),
                    "\(command): \(outcome.code) \(outcome.errors)")
            }
        }
        for name in ["config.json", "tokenizer.json", "model.safetensors", "preprocessor_config.json", "tokenizer_config.json"] {
            let file = model.appending(path: name)
            let aside = scratch.folder.appending(path: "aside")
            guard FileManager.default.fileExists(atPath: file.path) else { continue }
            try FileManager.default.moveItem(at: file, to: aside)
            #expect(mkfifo(file.path, 0o600) == 0)
            let outcome = try PerceptProgram.run(["score", "--model", model.path, "--prompt", "hi", "--response", "there"])
            #expect(!outcome.wasKilled && outcome.code == 2 && outcome.errors.contains(name), "\(name): \(outcome.code) \(outcome.errors)")
            try FileManager.default.removeItem(at: file)
            try FileManager.default.moveItem(at: aside, to: file)
        }
    }
}
