import Files
package import Foundation
import JSON

/// The decoder of a `qwen2_5_vl`, `qwen2` or `llama` model.
package struct TextConfiguration: Hashable, Sendable {
    package let vocabularySize: Int
    package let hiddenSize: Int
    package let intermediateSize: Int
    package let layerCount: Int
    package let headCount: Int
    package let keyValueHeadCount: Int
    package let headSize: Int
    package let normEpsilon: Float
    package let ropeTheta: Double
    /// How the `headSize / 2` rotary frequencies are shared among time, height and width; nil where positions are one-dimensional.
    package let ropeSections: [Int]?
    /// Whether queries, keys and values have biases.
    package let hasAttentionBias: Bool
    /// Whether attention's output has a bias.
    package let hasOutputBias: Bool
    /// Whether gate, up and down have biases.
    package let hasUnitBias: Bool
    /// Whether the head is the embedding.
    package internal(set) var tiesEmbeddings: Bool
}

/// The vision tower of a `qwen2_5_vl` model.
package struct VisionConfiguration: Hashable, Sendable {
    package let depth: Int
    package let hiddenSize: Int
    package let intermediateSize: Int
    package let headCount: Int
    package let patchSize: Int
    package let temporalPatchSize: Int
    package let mergeSize: Int
    /// Side of an attention window in pixels.
    package let windowSize: Int
    /// Blocks whose attention spans the whole image.
    package let fullAttentionBlocks: [Int]
    package let outputSize: Int
    package let ropeTheta: Double

    /// Red, green and blue.
    package static let channelCount = 3

    package var headSize: Int { hiddenSize / headCount }
    /// Floats in a flattened patch.
    package var patchLength: Int { Self.channelCount * temporalPatchSize * patchSize * patchSize }
}

/// A model's `config.json`, in the hub's flat layout or in the nested one.
package struct ModelConfiguration: Hashable, Sendable {
    package enum Family: String, Hashable, Sendable, CaseIterable {
        case qwen25VL = "qwen2_5_vl"
        case qwen2
        case llama

        /// What its files may say: the tables of `docs/models.md`.
        package var tables: [ModelKeyTable] {
            switch self {
            case .qwen25VL: [Qwen25VLKeys.root, Qwen25VLKeys.text, Qwen25VLKeys.vision, SharedKeys.rope]
            case .qwen2: [Qwen2Keys.text, SharedKeys.rope]
            case .llama: [LlamaKeys.text, SharedKeys.rope]
            }
        }
    }

    package let family: Family
    package private(set) var text: TextConfiguration
    package let vision: VisionConfiguration?
    /// The placeholder that a visual token takes; nil for text models.
    package let imageTokenID: Int32?
    package let videoTokenID: Int32?
    package let endTokenIDs: [Int32]
    /// Fills batches up; often an end token. Nil where the files name none.
    package let paddingTokenID: Int32?
    /// Ids that stand for pictures or fill batches up: no response may have them, but for an end token.
    package var placeholderTokenIDs: [Int32] { [imageTokenID, videoTokenID, paddingTokenID].compactMap { $0 } }
    /// Keys that neither Percept nor transformers' class of the family knows: transformers passes over them, and so does Percept.
    package let unknownKeys: [String]
    /// The file as it was read: written back with the weights.
    package private(set) var json: Data

    /// The configuration of the model at `location`, as its weights bear it out where they are there: see ``ModelFiles/configuration``.
    ///
    /// - Throws: ``PolicyModelError`` naming the file and the key; of weights that are there also `SafetensorsError` or `GGUFError`.
    package init(location: URL) throws {
        self = try ModelLocation.holdsWeights(location) ? ModelLocation.open(location).configuration : Self(folder: location)
    }

    /// Reads `config.json` and, for end and padding tokens, `generation_config.json` of a Hugging Face folder.
    init(folder: URL) throws {
        let file = folder.appending(path: "config.json")
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw PolicyModelError(
                .configuration,
                "\(file.path): no readable config.json; a model is a Hugging Face folder with config.json and *.safetensors, or a .gguf file"
            )
        }
        let json = try Self.read(file)
        let generation = folder.appending(path: "generation_config.json")
        let generationJSON = FileManager.default.fileExists(atPath: generation.path) ? try Self.read(generation) : nil
        try self.init(json: json, generationJSON: generationJSON, source: file.path, generationSource: generation.path)
    }

    /// A file of less than a megabyte.
    private static func read(_ file: URL) throws -> Data {
        let data: Data
        do { data = try InputFile.read(file.path, upTo: 1 << 20) } catch {
            throw PolicyModelError(.configuration, "\(file.path): can't be read: \(error.reason)")
        }
        guard !data.isEmpty else { throw PolicyModelError(.configuration, "\(file.path): is empty") }
        guard data.count < 1 << 20 else { throw PolicyModelError(.configuration, "\(file.path): a megabyte or more is no configuration") }
        return data
    }

    /// - Parameters:
    ///   - source: names the file in errors.
    ///   - generationSource: names the other file in errors.
    package init(json: Data, generationJSON: Data? = nil, source: String, generationSource: String = "generation_config.json") throws {
        let root = try Self.parse(json, source)
        guard let type = root["model_type"]?.string, let family = Family(rawValue: type) else {
            let families = Family.allCases.map(\.rawValue).joined(separator: ", ")
            throw PolicyModelError(
                .configuration, "\(source): model_type \((root["model_type"] ?? .null).text) is not supported; the families are \(families)"
            )
        }
        let keys = try FamilyKeys(root, family, source: source)
        self.family = family
        let text = try TextConfiguration(keys, family)
        self.text = text
        let vocabulary = text.vocabularySize
        vision = try keys.vision.map { try VisionConfiguration($0, place: keys.place, decoderSize: text.hiddenSize) }
        imageTokenID = family == .qwen25VL ? try keys.root.token("image_token_id", vocabulary: vocabulary) : nil
        videoTokenID = family == .qwen25VL ? try keys.root.token("video_token_id", vocabulary: vocabulary) : nil
        let generation = try generationJSON.map {
            try ModelKeyReader(Self.parse($0, generationSource), GenerationKeys.table, place: generationSource + ": ")
        }
        // As transformers: the generation's own file, then the outer object, then the decoder's.
        let sources = [generation, keys.root, keys.text].compactMap { $0 }
        endTokenIDs = try (sources.first { $0.has("eos_token_id") && $0.value("eos_token_id") != .null } ?? keys.text)
            .tokens("eos_token_id", vocabulary: vocabulary)
        // Some files write -1 for none.
        paddingTokenID = try (sources.first { $0.has("pad_token_id") && $0.value("pad_token_id") != .null })?
            .optionalInteger("pad_token_id", Int.min...Int.max).flatMap { (0..<vocabulary).contains($0) ? Int32($0) : nil }
        unknownKeys = keys.unknown
        self.json = json
    }

    private static func parse(_ data: Data, _ source: String) throws -> JSONValue {
        do {
            let value = try JSONValue(parsing: Array(data), name: source, rules: .strict)
            guard value.members != nil else { throw PolicyModelError(.configuration, "\(source): the file must hold a JSON object") }
            return value
        } catch let error as JSONError {
            throw PolicyModelError(.configuration, "\(error)")
        }
    }

    /// The same model with a head of its own, whose file says so.
    func untied() throws -> ModelConfiguration {
        var untied = self
        untied.text.tiesEmbeddings = false
        guard var root = try JSONSerialization.jsonObject(with: json) as? [String: Any] else { return untied }
        root["tie_word_embeddings"] = false
        if var text = root["text_config"] as? [String: Any], text["tie_word_embeddings"] != nil {
            text["tie_word_embeddings"] = false
            root["text_config"] = text
        }
        untied.json = try JSONSerialization.data(withJSONObject: root, options: [.prettyPrinted, .sortedKeys])
        return untied
    }
}
