package import Foundation
import GGUF
import JSON
package import Trajectories

/// All that stands between people's prompts and a model: tokenizer, chat template and image processing of a model location.
package struct MultimodalProcessor: Sendable {
    package let tokenizer: Tokenizer
    /// Nil for a text model (neither `processor_config.json` with an image processor nor `preprocessor_config.json`).
    package let imageProcessor: ImageProcessor?
    package let encoder: PromptEncoder

    /// What stands in a question where an image belongs.
    package static let imageMarker = "<image>"

    /// Reads `tokenizer.json`, the image processor if there is one, and the chat template from where transformers finds it
    /// (``TemplateFiles``). A `.gguf` file has tokenizer and template among its metadata.
    ///
    /// - Parameters:
    ///   - folder: the model's folder or `.gguf` file.
    ///   - usesChatTemplate: false for plain mode, which needs no template.
    /// - Throws: ``MultimodalError``, ``ImageError`` or `GGUFError` naming the file.
    package init(contentsOf folder: URL, usesChatTemplate: Bool = true) throws {
        if GGUFFile.isNamed(by: folder.path) {
            try self.init(GGUFTokenizer(GGUFFile(path: folder.path)), name: folder.path, usesChatTemplate: usesChatTemplate)
            return
        }
        let tokenizer = try Tokenizer(contentsOf: folder.appending(path: "tokenizer.json"))
        let imageProcessor = try ImageProcessor(folder: folder)
        let settings = try TokenizerSettings(folder: folder)
        try settings.check(tokenizer)
        let template = usesChatTemplate ? try TemplateFiles(folder, settings).template(takesImages: imageProcessor != nil) : .plain
        try self.init(tokenizer: tokenizer, template: template, imageProcessor: imageProcessor)
    }

    private init(_ source: GGUFTokenizer, name: String, usesChatTemplate: Bool) throws {
        var template = ChatTemplate.plain
        if usesChatTemplate {
            let settings = TokenizerSettings(
                try JSONValue(parsing: source.tokenizerConfigJSON, name: "\(name), tokenizer"), of: URL(filePath: name))
            guard let text = settings.chatTemplate else {
                throw MultimodalError(.unsupported, "\(name) has no chat template (tokenizer.chat_template): score without a template")
            }
            template = try settings.recognize(text, name: name)
        }
        try self.init(tokenizer: Tokenizer(json: source.tokenizerJSON, name: "\(name), tokenizer"), template: template, imageProcessor: nil)
    }

    /// For models made in memory.
    ///
    /// - Throws: ``MultimodalError`` if the tokenizer lacks a token of the template.
    package init(tokenizer: Tokenizer, template: ChatTemplate, imageProcessor: ImageProcessor?) throws(MultimodalError) {
        self.tokenizer = tokenizer
        self.imageProcessor = imageProcessor
        encoder = try PromptEncoder(tokenizer: tokenizer, template: template, mergeSize: imageProcessor?.mergeSize ?? 2)
    }

    /// The patches of `image`.
    ///
    /// - Throws: ``MultimodalError`` (`invalidPrompt`) if the model takes text alone; ``ImageError`` for a shape that can't be processed.
    package func patches(of image: RGBImage) throws -> ImagePatches { try processor().patches(of: image) }

    /// The grid of an image of this size: what ``patches(of:)`` gives, without values.
    ///
    /// - Throws: as ``patches(of:)``.
    package func grid(width: Int, height: Int) throws -> PatchGrid { try processor().grid(width: width, height: height) }

    private func processor() throws(MultimodalError) -> ImageProcessor {
        guard let imageProcessor else {
            throw MultimodalError(
                .invalidPrompt,
                "the model takes text alone: its folder has no image processor (processor_config.json or preprocessor_config.json)")
        }
        return imageProcessor
    }

    /// A question about images, ready for the model.
    ///
    /// If the text has as many ``imageMarker`` as there are images, the images go there; otherwise they go before the text.
    ///
    /// - Throws: ``MultimodalError`` or ``ImageError`` for a prompt that the model can't take.
    package func encode(system: String? = nil, text: String, images: [RGBImage] = []) throws -> EncodedPrompt {
        try encode(system: system, text: text, patches: try images.map { try self.patches(of: $0) })
    }

    /// How many tokens ``encode(system:text:images:)`` gives; no image is resized or cut.
    ///
    /// - Throws: as ``encode(system:text:images:)``.
    package func tokenCount(system: String? = nil, text: String, images: [RGBImage] = []) throws -> Int {
        let patches = try images.map { ImagePatches(grid: try grid(width: $0.width, height: $0.height), values: []) }
        return try encode(system: system, text: text, patches: patches).tokenIDs.count
    }

    private func encode(system: String?, text: String, patches: [ImagePatches]) throws -> EncodedPrompt {
        let patches = patches.map { PromptPart.image($0) }
        let texts = text.split(separator: Self.imageMarker, omittingEmptySubsequences: false).map { PromptPart.text(String($0)) }
        guard texts.count == patches.count + 1 else { return try encoder.encode(system: system, parts: patches + [.text(text)]) }
        var parts: [PromptPart] = []
        for (index, part) in texts.enumerated() {
            parts.append(part)
            if index < patches.count { parts.append(patches[index]) }
        }
        return try encoder.encode(system: system, parts: parts)
    }
}
