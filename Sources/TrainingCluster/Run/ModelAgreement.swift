package import Multimodal
package import PolicyModel

/// Whether the files of a model's folder are of one model: what the prompts are made of, and what computes with them.
package enum ModelAgreement {
    /// - Parameter location: the model's folder or file, for errors.
    /// - Throws: ``ClusterError`` naming the files that disagree.
    package static func check(_ processor: MultimodalProcessor, _ model: ModelConfiguration, at location: String) throws {
        let vocabulary = processor.tokenizer.vocabularySize
        guard vocabulary <= model.text.vocabularySize else {
            throw ClusterError(
                "\(location): the tokenizer has \(vocabulary) tokens, but config.json's vocab_size is \(model.text.vocabularySize): the files are "
                    + "of different models")
        }
        guard let vision = model.vision else {
            guard processor.imageProcessor == nil else {
                throw ClusterError(
                    "\(location): config.json is of a \(model.family.rawValue) model, which takes text alone, but the folder has an image "
                        + "processor: the files are of different models; remove processor_config.json and preprocessor_config.json")
            }
            return
        }
        guard let images = processor.imageProcessor else {
            throw ClusterError(
                "\(location): config.json is of a \(model.family.rawValue) model, which takes images, but there is no image processor: "
                    + "put the model's processor_config.json or preprocessor_config.json beside it")
        }
        guard processor.encoder.imageTokenID == model.imageTokenID else {
            throw ClusterError(
                "\(location): <|image_pad|> is token \(processor.encoder.imageTokenID.map(String.init) ?? "none") of the tokenizer, but "
                    + "config.json's image_token_id is \(model.imageTokenID.map(String.init) ?? "none")")
        }
        guard images.patchSize == vision.patchSize, images.mergeSize == vision.mergeSize,
            images.temporalPatchSize == vision.temporalPatchSize
        else {
            throw ClusterError(
                "\(location): the image processor (processor_config.json or preprocessor_config.json) cuts patches of \(images.temporalPatchSize) x \(images.patchSize) x \(images.patchSize) and "
                    + "merges \(images.mergeSize), but config.json's vision tower takes \(vision.temporalPatchSize) x \(vision.patchSize) x "
                    + "\(vision.patchSize), and merges \(vision.mergeSize)")
        }
    }
}
