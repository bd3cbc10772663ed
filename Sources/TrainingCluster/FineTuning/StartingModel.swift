package import Configuration
import ConfigurationReading
import Tasks
import Files
package import Foundation
import Judging
package import Multimodal
package import PolicyModel

/// The model that supervised training starts from, with the files that make its folder complete.
package struct StartingModel {
    package let weights: PolicyWeights
    package let processor: MultimodalProcessor
    /// Where tokenizer, templates and processor settings stand.
    package let folder: URL

    /// Loads `model.path`, or makes a model from random weights in `scratch`: tokenizer trained on an embedded task's words, processor
    /// settings from the architecture.
    package init(_ configuration: FineTuningConfiguration, scratch: URL) throws {
        if let path = configuration.model.path {
            folder = URL(filePath: path)
        } else {
            folder = scratch
            try Self.make(configuration.model, words: configuration.data.task ?? TaskKind.embedded[0], in: scratch)
        }
        processor = try MultimodalProcessor(contentsOf: folder)
        if configuration.model.path != nil {
            weights = try PolicyFolder.load(folder)
        } else {
            let made = try ModelConfiguration(location: folder)
            guard made.unknownKeys.isEmpty else {
                throw ClusterError(
                    "model.architecture has keys that no \(made.family.rawValue) model has: \(made.unknownKeys.joined(separator: ", "))")
            }
            weights = PolicyWeights(made)
            weights.initialize(seed: UInt64(configuration.model.initializationSeed))
        }
        try ModelAgreement.check(processor, weights.configuration, at: folder.path)
    }

    private static func make(_ model: StartingModelConfiguration, words task: any EmbeddedTask.Type, in folder: URL) throws {
        try FileFailure.naming("create the folder", folder.path) {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        let corpus = try corpus(task)
        let vocabulary = model.tokenizerVocabulary > 0 ? model.tokenizerVocabulary : defaultVocabulary
        let trained = try BPETrainer(vocabularySize: vocabulary).train(on: corpus)
        try trained.write(to: folder)
        let tokenizer = try trained.tokenizer()
        var json = try architecture(model)
        func id(_ token: String) throws -> Int {
            guard let id = tokenizer.tokenID(of: token) else { throw ClusterError("the trained tokenizer lacks \(token)") }
            return Int(id)
        }
        json["model_type"] = model.kind.rawValue
        json["vocab_size"] = (tokenizer.vocabularySize + 15) / 16 * 16
        json["eos_token_id"] = try id("<|im_end|>")
        json["bos_token_id"] = try id("<|endoftext|>")
        json["torch_dtype"] = "float32"
        json["hidden_act"] = "silu"
        if model.kind == .qwen25VL {
            json["architectures"] = ["Qwen2_5_VLForConditionalGeneration"]
            json["image_token_id"] = try id("<|image_pad|>")
            json["video_token_id"] = try id("<|video_pad|>")
            json["vision_start_token_id"] = try id("<|vision_start|>")
            json["vision_end_token_id"] = try id("<|vision_end|>")
            json["vision_token_id"] = try id("<|vision_pad|>")
            try write(preprocessor(json), to: folder.appending(path: "preprocessor_config.json"))
        } else {
            json["architectures"] = ["Qwen2ForCausalLM"]
        }
        try write(json, to: folder.appending(path: "config.json"))
        try write(
            ["eos_token_id": [try id("<|im_end|>"), try id("<|endoftext|>")], "bos_token_id": try id("<|endoftext|>")],
            to: folder.appending(path: "generation_config.json"))
    }

    private static let defaultVocabulary = 512

    /// Every word of a task, of judging and of the chat template, so that each can become one token. Prompts and responses from a file are
    /// written in the words of the first embedded task.
    private static func corpus(_ task: any EmbeddedTask.Type) throws -> [String] {
        let template = ["system\nYou are a helpful assistant.", "user\n", "assistant\n"]
        return try task.part(.training, problems: 2000, seed: 0).corpus(problems: 2000)
            + JudgeProtocol.corpus(of: JudgeLessons(seed: 0, of: task), count: 2000)
            + [[String]](repeating: template, count: 500).flatMap { $0 }
    }

    private static func architecture(_ model: StartingModelConfiguration) throws -> [String: Any] {
        guard let json = try JSONSerialization.jsonObject(with: Data(model.architectureJSON.utf8)) as? [String: Any] else {
            throw ClusterError("model.architecture must be a mapping with the keys of a Hugging Face config.json")
        }
        return json
    }

    private static func preprocessor(_ json: [String: Any]) -> [String: Any] {
        let vision = json["vision_config"] as? [String: Any] ?? [:]
        let patch = vision["patch_size"] as? Int ?? 14
        let merge = vision["spatial_merge_size"] as? Int ?? 2
        return [
            "patch_size": patch, "merge_size": merge, "temporal_patch_size": vision["temporal_patch_size"] as? Int ?? 2,
            "min_pixels": (patch * merge) * (patch * merge), "max_pixels": 12_845_056,
            "image_mean": ImageProcessor.clipMean.map(Double.init),
            "image_std": ImageProcessor.clipStandardDeviation.map(Double.init), "image_processor_type": "Qwen2VLImageProcessor",
            "processor_class": "Qwen2_5_VLProcessor",
        ]
    }

    private static func write(_ json: [String: Any], to url: URL) throws {
        let data = try JSONSerialization.data(withJSONObject: json, options: [.prettyPrinted, .sortedKeys])
        try FileFailure.naming("write", url.path) { try data.write(to: url, options: .atomic) }
    }
}
