import Foundation
import Generation
import Multimodal
import PolicyModel
import TrainingCluster
import Trajectories

/// A Hugging Face folder or a GGUF file, ready to be asked: weights, tokenizer, chat template and image processing that fit one another.
struct LoadedModel {
    let weights: PolicyWeights
    let processor: MultimodalProcessor

    var configuration: PolicyModel.ModelConfiguration { weights.configuration }

    /// - Parameter usesChatTemplate: false where prompts are rendered already, which needs no template.
    /// - Throws: the loaders' errors, or `ClusterError` if the folder's files don't fit one another.
    init(folder: String, usesChatTemplate: Bool = true) throws {
        let url = URL(fileURLWithPath: folder, isDirectory: true)
        // The configuration is the smallest file and the one that tells whether this is a model at all.
        weights = try PolicyFolder.load(url)
        processor = try MultimodalProcessor(contentsOf: url, usesChatTemplate: usesChatTemplate)
        try ModelAgreement.check(processor, weights.configuration, at: folder)
    }

    /// Ids that are never sampled: what stands for pictures or padding, and ids without a token.
    var bannedTokens: [Int32] {
        processor.tokenizer.unspeakableTokenIDs(
            vocabularySize: configuration.text.vocabularySize, placeholders: configuration.placeholderTokenIDs, ends: stopTokens)
    }

    /// Ids that end a response: the model's own, and the chat template's end of turn.
    var stopTokens: [Int32] {
        configuration.endTokenIDs
            + [processor.encoder.endOfTurnTokenID].compactMap { $0 }.filter { !configuration.endTokenIDs.contains($0) }
    }

    /// The id that training appends to a response: the end of a turn, or without a template the model's first end token.
    var endToken: Int32? { processor.encoder.endOfTurnTokenID ?? configuration.endTokenIDs.first }

    /// One user turn: the images, then the text.
    ///
    /// - Parameter isRendered: the text holds the template's special tokens already, with one `<|image_pad|>` an image.
    func encode(system: String? = nil, text: String, imageFiles: [String], isRendered: Bool = false) throws
        -> (tokens: [Int32], images: [VisualInput])
    {
        let images = try imageFiles.map { try RGBImage(contentsOf: URL(fileURLWithPath: $0)) }
        guard images.isEmpty || configuration.vision != nil else {
            throw CommandFailure("the model (\(configuration.family.rawValue)) takes text alone: remove --image")
        }
        let prompt =
            isRendered
            ? try processor.encoder.encode(rendered: text, images: images.map(processor.patches(of:)))
            : try processor.encode(system: system, text: text, images: images)
        guard !prompt.tokenIDs.isEmpty else { throw CommandFailure("the prompt is empty: give --prompt some text") }
        let inputs = prompt.images.map { VisualInput(time: $0.grid.t, height: $0.grid.h, width: $0.grid.w, patches: $0.values) }
        return (prompt.tokenIDs, inputs)
    }
}
