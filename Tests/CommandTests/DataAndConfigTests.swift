import Foundation
import Testing

@Suite("percept data and config")
struct DataAndConfigTests {
    private struct Line: Decodable {
        /// One name, or several images' names.
        enum Files: Decodable {
            case one(String)
            case several([String])

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                self =
                    if let name = try? container.decode(String.self) { .one(name) } else { .several(try container.decode([String].self)) }
            }

            var names: [String] {
                switch self {
                case .one(let name): [name]
                case .several(let names): names
                }
            }
        }

        let fileName: Files
        let problem: String
        let answer: String
        let visualKeyInfo: [String]
    }

    @Test("data digits and shapes write the same image folder each time, and never over another", arguments: ["digits", "shapes"])
    func embeddedTask(task: String) throws {
        let scratch = try Scratch()
        for name in ["a", "b"] {
            let outcome = try PerceptProgram.run(
                ["data", task, "--out", scratch.path(name), "--split", "test", "--problems", "5", "--seed", "3"])
            #expect(outcome.code == 0, "\(outcome.errors)")
        }
        let text = try String(contentsOf: scratch.folder.appending(path: "a/metadata.jsonl"), encoding: .utf8)
        #expect(try String(contentsOf: scratch.folder.appending(path: "b/metadata.jsonl"), encoding: .utf8) == text)
        let lines = try text.split(separator: "\n").map { try Snake.decode(Line.self, Data($0.utf8)) }
        #expect(lines.count == 5)
        for line in lines {
            #expect((task == "digits" ? 4...4 : 10...19).contains(line.visualKeyInfo.count))
            #expect(!line.problem.isEmpty && !line.answer.isEmpty)
            for name in line.fileName.names {
                let images = try ["a", "b"].map { try Data(contentsOf: scratch.folder.appending(path: "\($0)/\(name)")) }
                #expect(images[0] == images[1] && images[0].starts(with: [0x89, 0x50, 0x4E, 0x47]))
            }
        }
        #expect(text.contains("\"\(task)-test-00004\""))
        let again = try PerceptProgram.run(["data", task, "--out", scratch.path("a"), "--problems", "5"])
        #expect(again.code == 2 && again.errors.contains("metadata.jsonl"))
        #expect(try String(contentsOf: scratch.folder.appending(path: "a/metadata.jsonl"), encoding: .utf8) == text)
    }

    @Test("data geometry3k and mathvision write image folders and say what they left out")
    func dataSetsOfOthers() throws {
        let scratch = try Scratch()
        let image = try Data(contentsOf: URL(filePath: Golden.image))
        let data = #"{"id": 7, "compact_text": "Find x.", "compact_choices": ["1", "2"], "answer": "B"}"#
        for (folder, literal) in [("7", "Equals(LengthOf(Line(A, B)), x)"), ("8", "Hovers(A)")] {
            try FileManager.default.createDirectory(
                at: scratch.folder.appending(path: "g/\(folder)"), withIntermediateDirectories: true)
            try scratch.write(data.replacing("7", with: folder), to: "g/\(folder)/data.json")
            try scratch.write(#"{"diagram_logic_form": ["\#(literal)"]}"#, to: "g/\(folder)/logic_form.json")
            try image.write(to: scratch.folder.appending(path: "g/\(folder)/img_diagram.png"))
        }
        try image.write(to: scratch.folder.appending(path: "g/a.png"))
        try scratch.write(
            #"{"id": "1", "question": "Q <image1>", "options": ["x", "y"], "answer": "B", "image": "a.png"}"# + "\n{}\n", to: "g/test.jsonl"
        )
        for (command, counts, line) in [
            ("geometry3k", ["2 problems, 0 left out", "Hovers: 1"], "The length of AB equals x."),
            ("mathvision", ["1 problems, 1 left out", "test.jsonl line 2: no id"], "Q <image>\\n(A) x\\n(B) y"),
        ] {
            let arguments = ["data", command, "--source", scratch.path("g"), "--output", scratch.path(command)]
            let outcome = try PerceptProgram.run(arguments)
            #expect(outcome.code == 0, "\(outcome.errors)")
            for count in counts { #expect(outcome.output.contains(count), "\(outcome.output)") }
            let text = try String(contentsOf: scratch.folder.appending(path: "\(command)/metadata.jsonl"), encoding: .utf8)
            #expect(text.contains(line), "\(text)")
            let again = try PerceptProgram.run(arguments)
            #expect(again.code == 2 && again.errors.contains("metadata.jsonl"))
            let absent = try PerceptProgram.run(["data", command, "--source", scratch.path("nowhere"), "--output", scratch.path("x")])
            #expect(absent.code == 2 && absent.errors.contains("nowhere"))
        }
    }

    @Test("world-size follows the placement and takes all arguments of train; the content tells the command")
    func launch() throws {
        let scratch = try Scratch()
        try scratch.write(
            """
            schema_version: 1
            model: {policy: p}
            data:
              train: {type: digits, split: train}
            judge: {type: rules}
            validation: {every: 0, at_start: false}
            placement: {learner: 1, rollout: 2, judge: 2}
            output: o

            """, to: "c.yaml")
        func config(_ arguments: String...) throws -> String {
            let outcome = try PerceptProgram.run(["config"] + arguments, in: scratch.folder)
            #expect(outcome.code == 0, "\(outcome.errors)")
            return outcome.output
        }
        #expect(try config("world-size", "c.yaml") == "5\n")
        #expect(try config("world-size", "c.yaml", "--resume", "x", "--steps", "3", "--placement", "rollout=3,judge=1") == "5\n")
        #expect(try config("world-size", "c.yaml", "--placement=learner=2", "--verbose") == "6\n")
        #expect(try config("world-size", "c.yaml", "--set", "placement.judge=7") == "10\n")
        #expect(try config("value", "output", "c.yaml", "--output", "there") == "there\n")
        #expect(try config("value", "placement.rollout", "c.yaml") == "2\n")
        #expect(try config("command", "c.yaml") == "train\n")
        // What show prints as JSON is a configuration of the same meaning.
        let shown = try config("show", "c.yaml", "--json", "--set", "training.steps=9")
        try scratch.write(shown, to: "resolved.json")
        #expect(try config("show", "resolved.json", "--json") == shown)
        #expect(try config("show", "c.yaml").contains("placement.rollout = 2  # c.yaml:7"))
    }

    @Test("help and version succeed on standard output")
    func help() throws {
        for arguments in [["--help"], ["--version"], ["score", "--help"], ["version"], []] {
            let outcome = try PerceptProgram.run(arguments)
            #expect(outcome.code == 0 && !outcome.output.isEmpty && outcome.errors.isEmpty, "\(arguments): \(outcome.errors)")
        }
    }
}
