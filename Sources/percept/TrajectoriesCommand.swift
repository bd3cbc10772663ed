import Annotation
import AnnotationBackEnds
import ArgumentParser
import Tasks
import Foundation
import Multimodal
import Telemetry
import Trajectories

/// `percept trajectories`: chains of thought for the problems of an image folder.
struct TrajectoriesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trajectories", abstract: "Sample chains of thought from a multimodal model behind an OpenAI-compatible endpoint.",
        discussion: """
            The question goes with the problem's images. Each answer is appended to the output at once; a run that ended anyhow goes on where it \
            was when it is started again, and asks nothing twice. percept annotate reads the output.
            """)

    @Option(help: ArgumentHelp("The image folder with the problems.", valueName: "dir"), completion: .directory)
    var data: String
    @Option(help: ArgumentHelp("The file to write or to go on with, one JSON object a line.", valueName: "file"), completion: .file())
    var output: String
    @OptionGroup var pictures: PictureOptions
    @OptionGroup var endpoint: EndpointOptions
    @Option(help: ArgumentHelp("Chains of thought of each problem.", valueName: "n"))
    var samples = 4
    @Option(help: ArgumentHelp("Only the first n problems.", valueName: "n"))
    var problems: Int?
    @Option(help: ArgumentHelp("The sampling temperature.", valueName: "t"))
    var temperature = 1.0
    @Option(help: ArgumentHelp("The most tokens of a chain of thought.", valueName: "n"))
    var maxTokens = 2_048

    func validate() throws {
        guard (1...1_000).contains(samples) else { throw ValidationError("--samples must be 1 ... 1000, not \(samples).") }
        guard temperature >= 0, temperature <= 100 else { throw ValidationError("--temperature must be 0 ... 100, not \(temperature).") }
        guard (1...1_048_576).contains(maxTokens) else { throw ValidationError("--max-tokens must be 1 ... 1048576, not \(maxTokens).") }
        if let problems, problems < 1 { throw ValidationError("--problems must be at least 1, not \(problems).") }
    }

    func run() async throws {
        let server = try endpoint.open()
        let folder = try ImageFolder(directory: data) { try RGBImage(decoding: $0) }
        let usable = try await pictures.usable(folder)
        let log = try ChainLog(path: output)
        if log.repairedByteCount > 0 { Console.standardError.say("\(output): a torn last line was removed") }
        if log.otherLineCount > 0 {
            Console.standardError.say("\(output): \(log.otherLineCount) lines of another origin")
        }
        let sampler = ChainSampler(
            endpoint: server, samplesPerProblem: samples, temperature: temperature, maximumTokens: maxTokens,
            progress: { ProgressTelling(verb: "asked")($0, $1) })
        let all = AnnotationProblem.all(of: folder, usable: usable)
        let outcome = try await sampler(Array(all.prefix(problems ?? all.count)), from: folder, log: log)
        StandardOutput.print(outcome.table)
        if let leftOut = usable.leftOut { StandardOutput.print("problems left out for a picture  \(leftOut.problems.count)") }
        StandardOutput.print(endpoint.costs(of: server))
    }
}
