import ArgumentParser
import LinearAlgebra
import Multimodal
import PolicyModel
import Telemetry

/// `percept score`: log-probabilities that anyone can compare with another implementation's.
struct ScoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score", abstract: "Print the log-probability of each token of a response.",
        discussion: """
            The prompt is one user turn in the model's chat template: the images, then the text. With --raw it is taken as it stands, \
            special tokens included, with one <|image_pad|> for each image. Prompt and response are tokenized apart; the response's tokens \
            are those of its text, and of the end of the turn with --end. The distribution is the model's own (temperature 1, no id banned).
            """)

    @Option(help: ArgumentHelp("The model: a Hugging Face folder or a .gguf file.", valueName: "dir"), completion: .file())
    var model: String
    @Option(help: ArgumentHelp("A PNG or JPEG file; may be repeated.", valueName: "file"), completion: .file())
    var image: [String] = []
    @Option(help: ArgumentHelp("The system turn in place of the template's own.", valueName: "text"))
    var system: String?
    @Option(help: ArgumentHelp("What the user says.", valueName: "text"))
    var prompt: String
    @Option(help: ArgumentHelp("What the model is to have answered.", valueName: "text"))
    var response: String
    @Flag(help: "Take the prompt as it stands: no chat template, special tokens recognised.")
    var raw = false
    @Flag(help: "Score the token that ends the response too.")
    var end = false
    @Flag(help: "Print JSON.")
    var json = false

    /// The output of `--json`. Numbers are the shortest that read back as the same float32.
    private struct Score: Encodable {
        let promptTokenIDs: [Int32]
        let responseTokenIDs: [Int32]
        let logProbs: [Float]

        enum CodingKeys: String, CodingKey {
            case promptTokenIDs = "prompt_token_ids"
            case responseTokenIDs = "response_token_ids"
            case logProbs = "log_probs"
        }
    }

    func validate() throws {
        if raw, system != nil { throw ValidationError("--system needs the chat template, which --raw turns off.") }
    }

    func run() throws {
        let loaded = try LoadedModel(folder: model, usesChatTemplate: !raw)
        let (tokens, images) = try loaded.encode(system: system, text: prompt, imageFiles: image, isRendered: raw)
        var answer = loaded.processor.tokenizer.encode(response, allowSpecial: raw)
        if end {
            guard let token = loaded.endToken else {
                throw CommandFailure("\(model): --end has no meaning here: neither config.json nor the chat template names an end token")
            }
            answer.append(token)
        }
        let logProbs = try Self.logProbs(of: answer, after: tokens, images: images, weights: loaded.weights)
        if let index = logProbs.firstIndex(where: { !$0.isFinite }) {
            throw CommandFailure(
                "\(model): the log-probability of response token \(index) (id \(answer[index])) is \(logProbs[index]): "
                    + "the weights are damaged"
            )
        }
        if json {
            StandardOutput.print(try JSONText.encode(Score(promptTokenIDs: tokens, responseTokenIDs: answer, logProbs: logProbs)))
        } else {
            StandardOutput.print("prompt tokens: \(tokens.count), response tokens: \(answer.count)")
            for (token, logProb) in zip(answer, logProbs) {
                StandardOutput.print("\(token)\t\(logProb)\t\(JSONText.quoted(loaded.processor.tokenizer.decode([token])))")
            }
        }
    }

    /// log p of each token of `response` given all before it. The prompt is one attention segment and the response another, as in training.
    private static func logProbs(of response: [Int32], after prompt: [Int32], images: [VisualInput], weights: PolicyWeights) throws
        -> [Float]
    {
        // The last token predicts nothing that is asked for.
        let family = TokenFamily(prompt: prompt, images: images, continuations: [Array(response.dropLast())])
        let batch = try PackedBatch([family], configuration: weights.configuration)
        if let last = response.last, !(0..<Int32(weights.configuration.text.vocabularySize)).contains(last) {
            throw CommandFailure("token id \(last) is outside the model's vocabulary of \(weights.configuration.text.vocabularySize)")
        }
        let first = batch.continuationRows[0][0].lowerBound
        let targets = response.enumerated().map { index, token in
            TokenTarget(row: index == 0 ? batch.lastPromptRows[0] : first + index - 1, token: token)
        }
        return ForwardPass(weights: weights, batch: batch, arena: Arena(), purpose: .inference).logProbs(targets).map(\.logProb)
    }
}
