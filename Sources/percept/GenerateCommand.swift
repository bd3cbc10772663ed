import ArgumentParser
import Foundation
import Generation
import Multimodal
import PolicyModel
import Randomness
import Telemetry

/// `percept generate`: one response, sampled or greedy.
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Let a model answer a prompt.",
        discussion: """
            The prompt is one user turn in the model's chat template: the images where the text has as many <image>, else before it. The \
            answer appears as it is written. Equal seeds give equal responses. Placeholders of images, videos and padding are never sampled.
            """)

    @Option(help: ArgumentHelp("The model: a Hugging Face folder or a .gguf file.", valueName: "dir"), completion: .file())
    var model: String
    @Option(help: ArgumentHelp("A PNG or JPEG file; may be repeated.", valueName: "file"), completion: .file())
    var image: [String] = []
    @Option(help: ArgumentHelp("What the user says.", valueName: "text"))
    var prompt: String
    @Option(help: ArgumentHelp("The system turn in place of the template's own.", valueName: "text"))
    var system: String?
    @Option(help: ArgumentHelp("The most tokens of the response.", valueName: "n"))
    var maxTokens = 256
    @Option(help: ArgumentHelp("0 takes the most probable token each time.", valueName: "t"))
    var temperature: Float = 0
    @Option(help: ArgumentHelp("Keep the most probable tokens that reach this share together.", valueName: "p"))
    var topP: Float = 1
    @Option(help: ArgumentHelp("Keep this many most probable tokens; 0 keeps all.", valueName: "k"))
    var topK = 0
    @Option(help: ArgumentHelp("Another seed, another sample.", valueName: "s"))
    var seed: UInt64 = 1
    @Flag(help: "Take the prompt as it stands: no chat template, special tokens recognised.")
    var raw = false
    @Flag(help: "Print JSON.")
    var json = false

    /// The output of `--json`.
    private struct Answer: Encodable {
        /// Seconds.
        struct Timing: Encodable {
            let load: Double
            /// From the prompt to the first token, images included.
            let prompt: Double
            /// All tokens behind the first.
            let decode: Double

            enum CodingKeys: String, CodingKey {
                case load = "load_seconds"
                case prompt = "prompt_seconds"
                case decode = "decode_seconds"
            }
        }

        let promptTokenIDs: [Int32]
        let responseTokenIDs: [Int32]
        let logProbs: [Float]
        let text: String
        let finishReason: String
        let timing: Timing

        enum CodingKeys: String, CodingKey {
            case promptTokenIDs = "prompt_token_ids"
            case responseTokenIDs = "response_token_ids"
            case logProbs = "log_probs"
            case text
            case finishReason = "finish_reason"
            case timing
        }
    }

    func validate() throws {
        if raw, system != nil { throw ValidationError("--system needs the chat template, which --raw turns off.") }
        guard (1...1_048_576).contains(maxTokens) else { throw ValidationError("--max-tokens must be 1 ... 1048576, not \(maxTokens).") }
        guard temperature >= 0, temperature <= 100 else { throw ValidationError("--temperature must be 0 ... 100, not \(temperature).") }
        guard topP > 0, topP <= 1 else { throw ValidationError("--top-p must be above 0 and at most 1, not \(topP).") }
        guard topK >= 0 else { throw ValidationError("--top-k must be 0 or more, not \(topK).") }
    }

    func run() throws {
        let start = ContinuousClock.now
        let loaded = try LoadedModel(folder: model, usesChatTemplate: !raw)
        let isLoaded = ContinuousClock.now
        let (tokens, images) = try loaded.encode(system: system, text: prompt, imageFiles: image, isRendered: raw)
        let stops = loaded.stopTokens
        let request = GenerationRequest(prompt: tokens, images: images, members: [CounterRandom(key: CounterRandom.mix(seed))])
        let parameters = SamplingParameters(
            temperature: temperature, topP: topP, topK: topK, maximumTokens: maxTokens, stopTokens: stops, bannedTokens: loaded.bannedTokens
        )
        var stream = TokenTextStream(loaded.processor.tokenizer)
        var firstToken: ContinuousClock.Instant?
        var response: GeneratedResponse?
        try Generator.generate(
            [request], weights: loaded.weights, parameters: parameters,
            drawn: { _, _, token in
                firstToken = firstToken ?? .now
                if !json, !stops.contains(token) { Self.write(stream.append(token)) }
            },
            finished: { response = $0 })
        guard let response, let firstToken else { throw CommandFailure("\(model): decoding ended without a response") }
        if json {
            let text = loaded.processor.tokenizer.decode(response.stopped ? response.tokens.dropLast() : response.tokens)
            let timing = Answer.Timing(
                load: (isLoaded - start) / .seconds(1), prompt: (firstToken - isLoaded) / .seconds(1),
                decode: (.now - firstToken) / .seconds(1))
            StandardOutput.print(
                try JSONText.encode(
                    Answer(
                        promptTokenIDs: tokens, responseTokenIDs: response.tokens, logProbs: response.logProbs, text: text,
                        finishReason: response.stopped ? "stop" : "length", timing: timing)))
        } else {
            Self.write(stream.finish() + "\n")
            if !response.stopped {
                Console.standardError.say("(cut off after \(maxTokens) tokens: --max-tokens)")
            }
        }
    }

    /// Writes a piece of the answer at once; to a terminal without what could move its cursor.
    private static func write(_ piece: String) {
        if !piece.isEmpty { StandardOutput.write(piece) }
    }
}
