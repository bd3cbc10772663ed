package import Foundation

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
    package let hasAttentionBias: Bool
    package let tiesEmbeddings: Bool
}

/// The vision tower of a `qwen2_5_vl` model.
package struct VisionConfiguration: Hashable, Sendable {
    package let depth: Int
    package let hiddenSize: Int
    package let intermediateSize: Int
    package let headCount: Int
    package let channelCount: Int
    package let patchSize: Int
    package let temporalPatchSize: Int
    package let mergeSize: Int
    /// Side of an attention window in pixels.
    package let windowSize: Int
    /// Blocks whose attention spans the whole image.
    package let fullAttentionBlocks: [Int]
    package let outputSize: Int

    package var headSize: Int { hiddenSize / headCount }
    /// Floats in a flattened patch.
    package var patchLength: Int { channelCount * temporalPatchSize * patchSize * patchSize }
}

/// A model's `config.json`, in the hub's flat layout or in the nested one.
package struct ModelConfiguration: Hashable, Sendable {
    package enum Family: String, Hashable, Sendable {
        case qwen25VL = "qwen2_5_vl"
        case qwen2
        case llama
    }

    package let family: Family
    package let text: TextConfiguration
    package let vision: VisionConfiguration?
    /// The placeholder that a visual token takes; nil for text models.
    package let imageTokenID: Int32?
    package let videoTokenID: Int32?
    package let endTokenIDs: [Int32]
    /// Fills batches up; often an end token. Nil where the files name none.
    package let paddingTokenID: Int32?
    /// Ids that stand for pictures or fill batches up: no response may have them, but for an end token.
    package var placeholderTokenIDs: [Int32] { [imageTokenID, videoTokenID, paddingTokenID].compactMap { $0 } }
    /// The file as it was read: written back with the weights.
    package let json: Data

    /// Reads `config.json` (and `generation_config.json`, for its end tokens) of a Hugging Face folder, or the metadata of a `.gguf` file.
    package init(location: URL) throws {
        if ModelLocation.isFile(location) {
            self = try ModelLocation.open(location).configuration
            return
        }
        let file = location.appending(path: "config.json")
        guard let data = try? Data(contentsOf: file), data.count < 1 << 20 else {
            throw PolicyModelError(
                .configuration,
                "\(file.path): no readable config.json; a model is a Hugging Face folder with config.json and *.safetensors, or a .gguf file"
            )
        }
        let generation = try? Data(contentsOf: location.appending(path: "generation_config.json"))
        try self.init(json: data, generationJSON: generation, source: file.path)
    }

    /// - Parameter source: names the file in errors.
    package init(json: Data, generationJSON: Data? = nil, source: String) throws {
        let raw: RawConfiguration
        do {
            raw = try RawConfiguration.decoder.decode(RawConfiguration.self, from: json)
        } catch {
            throw PolicyModelError(.configuration, "\(source): not a model configuration: \(error)")
        }
        func fail(_ message: String) -> PolicyModelError { PolicyModelError(.configuration, "\(source): \(message)") }
        guard let family = Family(rawValue: raw.modelType ?? "") else {
            throw fail("model_type '\(raw.modelType ?? "")' is not supported; use qwen2_5_vl, qwen2 or llama")
        }
        let text = raw.textConfig?.value ?? raw
        // The limits keep every product of sizes within 64 bits; no model comes near them.
        func positive(_ value: Int?, _ name: String, upTo limit: Int = 1 << 20) throws -> Int {
            guard let value, value > 0, value <= limit else { throw fail("\(name) must be a number from 1 to \(limit)") }
            return value
        }
        let hidden = try positive(text.hiddenSize, "hidden_size")
        let heads = try positive(text.numAttentionHeads, "num_attention_heads", upTo: 1 << 13)
        let keyValueHeads = try positive(text.numKeyValueHeads ?? heads, "num_key_value_heads", upTo: 1 << 13)
        let headSize = try positive(text.headDim ?? hidden / heads, "head_dim", upTo: 1 << 13)
        let vocabulary = try positive(text.vocabSize, "vocab_size", upTo: 1 << 24)
        func token(_ id: Int, _ name: String) throws -> Int32 {
            guard id >= 0, id < vocabulary else { throw fail("\(name) \(id) is outside the vocabulary of \(vocabulary)") }
            return Int32(id)
        }
        guard heads % keyValueHeads == 0, headSize % 2 == 0, text.headDim != nil || hidden % heads == 0 else {
            throw fail("\(heads) heads of size \(headSize) do not divide into \(keyValueHeads) key-value heads")
        }
        if let act = text.hiddenAct, act != "silu" { throw fail("hidden_act '\(act)' is not supported; only silu is") }
        if text.useSlidingWindow == true { throw fail("sliding-window attention is not supported") }
        if text.mlpBias == true { throw fail("mlp_bias is not supported") }
        let rope = text.ropeParameters ?? text.ropeScaling
        if let type = rope?.ropeType ?? rope?.type, !["default", "mrope"].contains(type) {
            throw fail("rope type '\(type)' is not supported; use default or mrope")
        }
        let sections = family == .qwen25VL ? rope?.mropeSection : nil
        if family == .qwen25VL {
            guard let sections, sections.count == 3, sections.allSatisfy((0...headSize).contains), sections.reduce(0, +) == headSize / 2
            else {
                throw fail("mrope_section must be three numbers whose sum is half the head size (\(headSize / 2))")
            }
        }
        let ropeTheta = text.ropeTheta ?? rope?.ropeTheta ?? (family == .llama ? 10_000 : 1_000_000)
        let normEpsilon = text.rmsNormEps ?? 1e-6
        guard ropeTheta > 0, ropeTheta.isFinite else { throw fail("rope_theta must be a positive number, not \(ropeTheta)") }
        guard normEpsilon >= 0, normEpsilon.isFinite else { throw fail("rms_norm_eps must not be negative, but is \(normEpsilon)") }
        self.family = family
        self.text = TextConfiguration(
            vocabularySize: vocabulary, hiddenSize: hidden,
            intermediateSize: try positive(text.intermediateSize, "intermediate_size", upTo: 1 << 22),
            layerCount: try positive(text.numHiddenLayers, "num_hidden_layers", upTo: 1 << 12), headCount: heads,
            keyValueHeadCount: keyValueHeads,
            headSize: headSize, normEpsilon: normEpsilon, ropeTheta: ropeTheta, ropeSections: sections,
            hasAttentionBias: family == .llama ? text.attentionBias ?? false : true,
            tiesEmbeddings: raw.tieWordEmbeddings ?? text.tieWordEmbeddings ?? false)
        vision = family == .qwen25VL ? try Self.vision(raw.visionConfig, hidden: hidden, fail: fail, positive: positive) : nil
        imageTokenID = family == .qwen25VL ? try raw.imageTokenId.map { try token($0, "image_token_id") } : nil
        videoTokenID = family == .qwen25VL ? try raw.videoTokenId.map { try token($0, "video_token_id") } : nil
        let generation = generationJSON.flatMap { try? RawConfiguration.decoder.decode(RawConfiguration.self, from: $0) }
        endTokenIDs =
            try (generation?.eosTokenId ?? raw.eosTokenId ?? text.eosTokenId)?.values.map { try token($0, "eos_token_id") } ?? []
        // Some files write -1 for none.
        paddingTokenID = (generation?.padTokenId ?? raw.padTokenId ?? text.padTokenId).flatMap {
            (0..<vocabulary).contains($0) ? Int32($0) : nil
        }
        self.json = json
    }

    private static func vision(
        _ raw: RawVision?, hidden: Int, fail: (String) -> PolicyModelError, positive: (Int?, String, Int) throws -> Int
    ) throws -> VisionConfiguration {
        guard let raw else { throw fail("vision_config is missing") }
        func number(_ value: Int?, _ name: String, upTo limit: Int) throws -> Int { try positive(value, "vision_config." + name, limit) }
        let configuration = VisionConfiguration(
            depth: try number(raw.depth, "depth", upTo: 1 << 12), hiddenSize: try number(raw.hiddenSize, "hidden_size", upTo: 1 << 16),
            intermediateSize: try number(raw.intermediateSize, "intermediate_size", upTo: 1 << 20),
            headCount: try number(raw.numHeads, "num_heads", upTo: 1 << 13),
            channelCount: try number(raw.inChans ?? raw.inChannels ?? 3, "in_chans", upTo: 64),
            patchSize: try number(raw.patchSize, "patch_size", upTo: 1 << 10),
            temporalPatchSize: try number(raw.temporalPatchSize ?? 2, "temporal_patch_size", upTo: 64),
            mergeSize: try number(raw.spatialMergeSize ?? 2, "spatial_merge_size", upTo: 32),
            windowSize: try number(raw.windowSize ?? 112, "window_size", upTo: 1 << 20),
            fullAttentionBlocks: raw.fullattBlockIndexes ?? [], outputSize: raw.outHiddenSize ?? hidden)
        guard configuration.hiddenSize % configuration.headCount == 0, configuration.headSize % 4 == 0 else {
            throw fail(
                "vision_config: hidden_size \(configuration.hiddenSize) does not divide into \(configuration.headCount) heads of a size divisible by 4"
            )
        }
        guard configuration.outputSize == hidden else { throw fail("vision_config.out_hidden_size must equal hidden_size \(hidden)") }
        guard configuration.windowSize >= configuration.patchSize * configuration.mergeSize else {
            throw fail("vision_config.window_size must hold at least one merged patch")
        }
        return configuration
    }
}

// The keys of Hugging Face's files, their snake case in camel case.
private struct RawConfiguration: Decodable {
    static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }

    var modelType: String?
    var hiddenSize, intermediateSize, numHiddenLayers, numAttentionHeads, numKeyValueHeads, headDim, vocabSize: Int?
    var rmsNormEps: Float?
    var ropeTheta: Double?
    var ropeScaling: RawRope?
    var ropeParameters: RawRope?
    var hiddenAct: String?
    var attentionBias, mlpBias, tieWordEmbeddings, useSlidingWindow: Bool?
    var imageTokenId, videoTokenId: Int?
    var eosTokenId: OneOrMany?
    var padTokenId: Int?
    var visionConfig: RawVision?
    var textConfig: Boxed?

    final class Boxed: Decodable {
        let value: RawConfiguration
        init(from decoder: any Decoder) throws { value = try RawConfiguration(from: decoder) }
    }
}

private struct RawRope: Decodable {
    var ropeType, type: String?
    var ropeTheta: Double?
    var mropeSection: [Int]?
}

private struct RawVision: Decodable {
    var depth, hiddenSize, intermediateSize, numHeads, inChans, inChannels, patchSize, temporalPatchSize, spatialMergeSize: Int?
    var windowSize, outHiddenSize: Int?
    var fullattBlockIndexes: [Int]?
}

private struct OneOrMany: Decodable {
    let values: [Int]
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        values = (try? container.decode([Int].self)) ?? (try? container.decode(Int.self)).map { [$0] } ?? []
    }
}
