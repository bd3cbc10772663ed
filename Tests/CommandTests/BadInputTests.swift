import Foundation
import TestSupport
import Testing

/// One way to spoil a copy of the tiny model, and a word that the message must hold.
struct ModelDamage: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let culprit: String
    let apply: @Sendable (URL) throws -> Void

    init(_ description: String, names culprit: String, _ apply: @escaping @Sendable (URL) throws -> Void) {
        testDescription = description
        self.culprit = culprit
        self.apply = apply
    }

    private static func edit(_ folder: URL, _ change: (inout Data) throws -> Void) throws {
        let file = folder.appending(path: "model.safetensors")
        var data = try Data(contentsOf: file)
        try change(&data)
        try data.write(to: file)
    }

    /// Rewrites the header; its length stays, so that all data stay in place.
    private static func editHeader(_ folder: URL, _ change: (inout [String: [String: Any]]) -> Void) throws {
        try edit(folder) { data in
            let length = Int(data.prefix(8).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << (8 * UInt64($1.offset)) })
            let object = try JSONSerialization.jsonObject(with: data[8..<(8 + length)])
            var header = (object as? [String: [String: Any]]) ?? [:]
            change(&header)
            var bytes = try JSONSerialization.data(withJSONObject: header, options: [.withoutEscapingSlashes])
            bytes.append(Data(repeating: UInt8(ascii: " "), count: max(0, length - bytes.count)))
            data.replaceSubrange(8..<(8 + length), with: bytes)
        }
    }

    static let all = [
        ModelDamage("config.json is missing", names: "config.json") {
            try FileManager.default.removeItem(at: $0.appending(path: "config.json"))
        },
        ModelDamage("config.json is no JSON", names: "config.json") { try Data("{".utf8).write(to: $0.appending(path: "config.json")) },
        ModelDamage("the model's family is unknown", names: "gpt5") {
            try Data(#"{"model_type": "gpt5"}"#.utf8).write(to: $0.appending(path: "config.json"))
        },
        ModelDamage("weights are missing", names: "safetensors") {
            try FileManager.default.removeItem(at: $0.appending(path: "model.safetensors"))
        },
        ModelDamage("the header's length is absurd", names: "model.safetensors") {
            try edit($0) { $0.replaceSubrange(0..<8, with: Data(repeating: 0xFF, count: 8)) }
        },
        ModelDamage("the header is no JSON", names: "model.safetensors") { try edit($0) { $0[8] = UInt8(ascii: "x") } },
        ModelDamage("two tensors overlap", names: "model.norm.weight") { folder in
            try editHeader(folder) { header in
                let place = header["model.layers.0.input_layernorm.weight"]?["data_offsets"]
                header["model.norm.weight"]?["data_offsets"] = place
            }
        },
        ModelDamage("a tensor lies outside the file", names: "model.safetensors") { try edit($0) { $0.removeLast(1_000) } },
        ModelDamage("a tensor is missing", names: "model.norm.weight") { folder in
            try editHeader(folder) { header in
                header["modelxnorm.weight"] = header.removeValue(forKey: "model.norm.weight")
            }
        },
        ModelDamage("a weight is NaN", names: "nan") { folder in
            try edit(folder) { data in
                let bytes = withUnsafeBytes(of: Float.nan.bitPattern.littleEndian) { Data($0) }
                data.replaceSubrange((data.count - 4)..<data.count, with: bytes)
            }
        },
        ModelDamage("the tokenizer is missing", names: "tokenizer.json") {
            try FileManager.default.removeItem(at: $0.appending(path: "tokenizer.json"))
        },
        ModelDamage("the tokenizer is cut short", names: "tokenizer.json") { folder in
            let file = folder.appending(path: "tokenizer.json")
            try Data(contentsOf: file).prefix(5_000).write(to: file)
        },
        ModelDamage("the image settings don't fit the model", names: "preprocessor_config.json") { folder in
            let file = folder.appending(path: "preprocessor_config.json")
            let text = try String(contentsOf: file, encoding: .utf8).replacing("\"patch_size\": 14", with: "\"patch_size\": 16")
            try Data(text.utf8).write(to: file)
        },
    ]
}

/// Bad input gets one clear message on standard error and exit code 2: never a trap, never half a result.
@Suite("bad input")
struct BadInputTests {
    private func expectRefusal(
        _ arguments: [String], naming culprit: String, in folder: URL? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let outcome = try PerceptProgram.run(arguments, in: folder)
        #expect(!outcome.wasKilled && outcome.code == 2, "code \(outcome.code): \(outcome.errors)", sourceLocation: sourceLocation)
        #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
        #expect(outcome.errors.contains(culprit), "the message names no '\(culprit)': \(outcome.errors)", sourceLocation: sourceLocation)
        #expect(outcome.errors.hasPrefix("Error: "), "\(outcome.errors)", sourceLocation: sourceLocation)
        #expect(outcome.errors.utf8.count < 1_500, "\(outcome.errors)", sourceLocation: sourceLocation)
    }

    private static func score(model: String, image: String? = nil) -> [String] {
        ["score", "--model", model, "--prompt", "hi", "--response", "there"] + (image.map { ["--image", $0] } ?? [])
    }

    @Test("a damaged model is refused, the file or tensor named", arguments: ModelDamage.all)
    func models(_ damage: ModelDamage) throws {
        let scratch = try Scratch()
        let model = try Golden.copy(into: scratch)
        try damage.apply(model)
        try expectRefusal(Self.score(model: model.path), naming: damage.culprit)
    }

    @Test("a GGUF file that is missing, none, cut or of another kind is refused by its name")
    func ggufFiles() throws {
        let scratch = try Scratch()
        var builder = GGUFBuilder()
        builder.metadata = [("general.architecture", .string("gemma"))]
        for (name, bytes) in [
            ("none.gguf", Array("no model".utf8)), ("cut.gguf", Array(builder.file().dropLast())), ("gemma.gguf", builder.file()),
        ] {
            try Data(bytes).write(to: scratch.folder.appending(path: name))
        }
        for name in ["absent.gguf", "none.gguf", "cut.gguf", "gemma.gguf"] {
            try expectRefusal(Self.score(model: scratch.path(name)), naming: name)
        }
        try expectRefusal(Self.score(model: scratch.path("gemma.gguf")), naming: "llama and qwen2")
    }

    @Test("a picture that is none, broken or huge is refused by its name")
    func images() throws {
        let scratch = try Scratch()
        try scratch.write("hello", to: "text.png")
        let whole = try Data(contentsOf: URL(filePath: Golden.image))
        try whole.prefix(whole.count / 2).write(to: scratch.folder.appending(path: "half.png"))
        // A PNG whose header claims 100,000 x 100,000 pixels: 30 GB, refused before any memory is asked for.
        var huge = whole
        let side = Data([0, 1, 0x86, 0xA0])
        huge.replaceSubrange(16..<20, with: side)
        huge.replaceSubrange(20..<24, with: side)
        var checksum: UInt32 = 0xFFFF_FFFF
        for byte in huge[12..<29] {
            checksum ^= UInt32(byte)
            for _ in 0..<8 { checksum = checksum & 1 == 1 ? checksum >> 1 ^ 0xEDB8_8320 : checksum >> 1 }
        }
        huge.replaceSubrange(29..<33, with: withUnsafeBytes(of: (~checksum).bigEndian) { Data($0) })
        try huge.write(to: scratch.folder.appending(path: "huge.png"))
        for name in ["text.png", "half.png", "huge.png", "absent.png"] {
            try expectRefusal(Self.score(model: Golden.vision.path, image: scratch.path(name)), naming: name)
        }
        let text = Golden.fixtures.appending(path: "text_tiny/qwen2").path
        try expectRefusal(Self.score(model: text, image: Golden.image), naming: "--image")
    }

    @Test("a configuration's faults are listed with line and nearest spelling")
    func configurations() throws {
        let scratch = try Scratch()
        let good = """
            schema_version: 1
            model: {policy: p}
            data:
              train: {type: digits, split: train}
            judge: {type: rules}
            validation: {every: 0, at_start: false}
            output: o

            """
        try scratch.write(good, to: "good.yaml")
        let outcome = try PerceptProgram.run(["config", "validate", "good.yaml", "--file-only"], in: scratch.folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        try scratch.write(good + "rolout: {group_size: 4}\n", to: "unknown.yaml")
        try expectRefusal(["config", "validate", "unknown.yaml"], naming: "unknown.yaml:8", in: scratch.folder)
        try expectRefusal(["config", "validate", "unknown.yaml"], naming: "'rollout'", in: scratch.folder)
        try scratch.write(good + "training: {steps: many}\n", to: "typed.yaml")
        try expectRefusal(["config", "validate", "typed.yaml"], naming: "training.steps", in: scratch.folder)
        try scratch.write(good + "training: [\n", to: "syntax.yaml")
        try expectRefusal(["config", "show", "syntax.yaml"], naming: "syntax.yaml", in: scratch.folder)
        try expectRefusal(["config", "validate", "absent.yaml"], naming: "absent.yaml", in: scratch.folder)
        try expectRefusal(["config", "validate", "good.yaml", "--set", "training.steps"], naming: "key=value", in: scratch.folder)
        try expectRefusal(["config", "show", "good.yaml", "--placement", "learner=5"], naming: "placement.learner", in: scratch.folder)
        try expectRefusal(["config", "show", "good.yaml", "--placement", "lerner=1"], naming: "lerner", in: scratch.folder)
    }

    @Test("wrong arguments are refused with the usage")
    func usage() throws {
        try expectRefusal(["score", "--model", "m"], naming: "Usage: percept score")
        try expectRefusal(["scorre"], naming: "scorre")
        try expectRefusal(["generate", "--model", "m", "--prompt", "p", "--top-p", "1.5"], naming: "--top-p")
        try expectRefusal(["generate", "--model", "m", "--prompt", "p", "--seed", "many"], naming: "--seed")
        for task in ["digits", "shapes"] {
            try expectRefusal(["data", task, "--out", "o", "--split", "tset"], naming: "tset")
            try expectRefusal(["data", task, "--out", "o", "--problems", "0"], naming: "--problems")
        }
    }

    @Test("folders and files that are not what they should be are refused by name")
    func otherFiles() throws {
        let scratch = try Scratch()
        try scratch.write("{}", to: "result.json")
        try expectRefusal(["compare", "absent.json", "result.json"], naming: "absent.json", in: scratch.folder)
        try expectRefusal(["compare", "result.json", "result.json"], naming: "result.json", in: scratch.folder)
        try expectRefusal(["report", scratch.folder.path], naming: "metrics.jsonl")
        try expectRefusal(["checkpoint", "verify", scratch.folder.path], naming: "no checkpoint")
        try expectRefusal(["checkpoint", "inspect", scratch.path("absent")], naming: "absent")
        try FileManager.default.createDirectory(atPath: scratch.path("checkpoints/step-000002"), withIntermediateDirectories: true)
        try expectRefusal(["checkpoint", "verify", scratch.folder.path], naming: "manifest.json")
        try expectRefusal(["checkpoint", "export", scratch.folder.path, "--output", scratch.path("out")], naming: "manifest.json")
        #expect(!FileManager.default.fileExists(atPath: scratch.path("out")))
    }
}
