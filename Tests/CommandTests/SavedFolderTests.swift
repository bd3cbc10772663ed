import Foundation
import PolicyModel
import Safetensors
import Testing

/// A model folder as transformers 5's `save_pretrained` writes it: the same model, here and in what is written.
@Suite("Folders of transformers 5")
struct SavedFolderTests {
    private static let saved = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "MultimodalTests/Fixtures/transformers5")

    private struct Score: Decodable {
        let promptTokenIds: [Int]
        let logProbs: [Double]
    }

    private func score(_ model: String) throws -> Score {
        let outcome = try PerceptProgram.run(
            [
                "score", "--model", model, "--image", Golden.image, "--prompt", Golden.question, "--response", Golden.answer, "--json",
                "--end",
            ])
        #expect(outcome.code == 0, "\(outcome.errors)")
        return try outcome.json(Score.self)
    }

    /// The golden model with transformers 5's files and tensor names.
    private func folder(_ scratch: Scratch) throws -> URL {
        let folder = scratch.folder.appending(path: "saved")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, source) in [
            ("config.json", Golden.vision.appending(path: "config.nested.json")),
            ("tokenizer.json", Golden.vision.appending(path: "tokenizer.json")),
            ("generation_config.json", Golden.vision.appending(path: "generation_config.json")),
        ] + ["processor_config.json", "tokenizer_config.json", "chat_template.jinja"].map({ ($0, Self.saved.appending(path: $0)) }) {
            try FileManager.default.copyItem(at: source, to: folder.appending(path: name))
        }
        let file = try SafetensorsFile(path: Golden.vision.appending(path: "model.safetensors").path)
        let tensors = try file.tensors.map { (name: $0.name, shape: $0.shape, values: try file.floats(named: $0.name)) }
        let buffers = tensors.map { tensor in
            let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: tensor.values.count)
            _ = buffer.initialize(fromContentsOf: tensor.values)
            return buffer
        }
        defer { for buffer in buffers { buffer.deallocate() } }
        let sources = zip(tensors, buffers).map { tensor, buffer in
            let name = tensor.name
            let saved =
                name.hasPrefix("visual.") ? "model." + name : name.replacing("model.", with: "model.language_model.", maxReplacements: 1)
            return TensorSource(name: saved, shape: tensor.shape, floats: UnsafeBufferPointer(buffer))
        }
        try SafetensorsWriter.write(sources, to: folder.appending(path: "model.safetensors").path)
        return folder
    }

    @Test("the folder gives the hub layout's bits, and what is exported of it does too, with its files")
    func saved() async throws {
        let scratch = try Scratch()
        let folder = try folder(scratch)
        let (own, hub) = (try score(folder.path), try score(Golden.vision.path))
        #expect(own.promptTokenIds == hub.promptTokenIds && own.logProbs == hub.logProbs && !own.logProbs.isEmpty)
        let weights = try PolicyFolder.load(folder)
        let out = scratch.folder.appending(path: "out")
        try PolicyFolder.save(weights, to: out, companions: folder)
        #expect(try score(out.path).logProbs == hub.logProbs)
        let names = Set(try FileManager.default.contentsOfDirectory(atPath: folder.path))
        #expect(Set(try FileManager.default.contentsOfDirectory(atPath: out.path)) == names)
    }

    @Test("a dry run refuses what the run would: no image processor, other files' tokens, a template that is not known, no template")
    func dryRun() throws {
        let scratch = try Scratch()
        let folder = try folder(scratch)
        try scratch.write(
            """
            schema_version: 1
            output: \(scratch.path("run"))
            model: {policy: \(folder.path)}
            data: {train: {type: digits}}
            judge: {type: rules}
            """, to: "run.yaml")
        func dryRun() throws -> Outcome {
            try PerceptProgram.run(["train", scratch.path("run.yaml"), "--dry-run", "--memory-per-rank", "100TiB"])
        }
        let good = try dryRun()
        #expect(good.code == 0, "\(good.errors)")
        func refuses(_ name: String, _ text: String?, _ words: String) throws {
            let file = folder.appending(path: name)
            let before = try? Data(contentsOf: file)
            if let text { try Data(text.utf8).write(to: file) } else { try FileManager.default.removeItem(at: file) }
            let outcome = try dryRun()
            #expect(
                outcome.code == 2 && outcome.errors.contains(words) && outcome.errors.contains(folder.path), "\(name): \(outcome.errors)")
            if let before { try before.write(to: file) } else { try FileManager.default.removeItem(at: file) }
        }
        try refuses("processor_config.json", nil, "no image processor")
        try refuses("processor_config.json", #"{"image_processor": {"patch_size": 16}}"#, "patches of 2 x 16 x 16")
        try refuses("chat_template.jinja", "{{ messages }}", "chat_template.jinja")
        try refuses("chat_template.jinja", nil, "has no chat template")
        try refuses("tokenizer.json", nil, "tokenizer.json")
        try refuses("added_tokens.json", #"{"<|im_end|>": 3}"#, "added_tokens.json")
        try refuses("adapter_config.json", "{}", "adapter_config.json")
        #expect(try dryRun().code == 0)
        #expect(!FileManager.default.fileExists(atPath: scratch.path("run")))
    }

    @Test("an image processor beside a text model is refused: the files are of different models")
    func otherProcessor() throws {
        let scratch = try Scratch()
        let model = scratch.folder.appending(path: "text")
        try FileManager.default.copyItem(at: Golden.fixtures.appending(path: "text_tiny/qwen2"), to: model)
        let score = ["score", "--model", model.path, "--raw", "--prompt", "x", "--response", "y"]
        #expect(try PerceptProgram.run(score).code == 0)
        try FileManager.default.copyItem(
            at: Self.saved.appending(path: "processor_config.json"), to: model.appending(path: "processor_config.json"))
        let outcome = try PerceptProgram.run(score)
        #expect(
            outcome.code == 2 && outcome.errors.contains("processor_config.json") && outcome.errors.contains("qwen2"), "\(outcome.errors)")
    }

    @Test("a dry run names keys that nobody knows")
    func unknownKeys() throws {
        let scratch = try Scratch()
        let folder = try folder(scratch)
        let config = folder.appending(path: "config.json")
        let text = try String(contentsOf: config, encoding: .utf8)
        try Data(text.replacing("{", with: #"{"rope_teta": 3,"#, maxReplacements: 1).utf8).write(to: config)
        try scratch.write(
            "schema_version: 1\noutput: \(scratch.path("run"))\nmodel: {policy: \(folder.path)}\ndata: {train: {type: digits}}\njudge: {type: rules}\n",
            to: "run.yaml")
        let outcome = try PerceptProgram.run(["train", scratch.path("run.yaml"), "--dry-run", "--memory-per-rank", "100TiB"])
        #expect(outcome.code == 0 && outcome.output.contains("rope_teta"), "\(outcome.output)\(outcome.errors)")
    }
}
