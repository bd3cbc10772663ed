import Annotation
import AnnotationBackEnds
import ArgumentParser
import Endpoints
import Foundation
import Tasks
import TrainingCluster

/// Who extracts facts.
struct ExtractorOptions: ParsableArguments {
    enum Kind: String, CaseIterable, ExpressibleByArgument {
        case endpoint, model, rules
    }

    /// An extractor, and what it cost so far if that is counted elsewhere than in tokens.
    struct Opened {
        let extractor: any FactExtractor
        let costs: () -> String?
    }

    @Option(help: "Who extracts: endpoint (a language model behind a server), model (one in this process), rules (an embedded task's).")
    var extractor = Kind.endpoint
    @Option(help: ArgumentHelp("The extracting model, for --extractor model.", valueName: "dir or gguf"), completion: .file())
    var model: String?
    @Option(help: "Whose rules extract, for --extractor rules: \(TaskKind.embedded.map { $0.word }.joined(separator: ", ")).")
    var task = TaskKind.embedded[0].word
    @Option(help: ArgumentHelp("The most tokens of an answer.", valueName: "n"))
    var maxTokens = 1_024
    @Option(help: ArgumentHelp("How often an answer that can't be read is asked in all.", valueName: "n"))
    var attempts = 3
    @OptionGroup(title: "Endpoint") var endpoint: EndpointOptions

    func validate() throws {
        _ = try EmbeddedTaskOption.task(task)
        guard (1...65_536).contains(maxTokens) else { throw ValidationError("--max-tokens must be 1 ... 65536, not \(maxTokens).") }
        guard (1...10).contains(attempts) else { throw ValidationError("--attempts must be 1 ... 10, not \(attempts).") }
    }

    /// The extractor.
    ///
    /// - Throws: ``CommandFailure`` and the loaders' errors.
    func open() throws -> Opened {
        switch extractor {
        case .rules: return Opened(extractor: RulesFactExtractor(of: try EmbeddedTaskOption.task(task)), costs: { nil })
        case .endpoint:
            let server = try endpoint.open()
            return Opened(
                extractor: EndpointFactExtractor(endpoint: server, maximumTokens: maxTokens), costs: { endpoint.costs(of: server) })
        case .model:
            guard let model else { throw CommandFailure("--model is missing: name the model that extracts") }
            let loaded = try LoadedModel(folder: model)
            let digest = try ModelDigest.of(URL(filePath: model))
            return Opened(
                extractor: ModelFactExtractor(
                    weights: loaded.weights, processor: loaded.processor, digest: digest, maximumTokens: maxTokens), costs: { nil })
        }
    }
}
