import ArgumentParser
import Configuration
import ConfigurationReading
import Tasks
import Digests
import Evaluation
import Foundation
import Judging
import Multimodal
import PolicyModel
import Telemetry
import TrainingCluster
import Trajectories

/// `percept evaluate`: accuracy and perception of a policy on held-out problems.
struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Answer held-out problems greedily and say how many are right and how much was seen.")

    @Argument(help: "The YAML file of the run: its data.test, prompts and judges.", completion: .file()) var config: String
    @Option(help: "The policy's model folder. Default: model.policy of the configuration.", completion: .file()) var model: String?
    @Option(help: "Where the result goes, as JSON.", completion: .file()) var output: String
    @Option(name: .customLong("set"), help: "Overrides one key: a.b=c. May be repeated.") var overrides: [String] = []
    @Option(help: "Which data: test or validation.") var data = "test"
    @Option(
        help:
            "A verdict log: what it holds is not judged again, and new verdicts are appended. Default: verdicts.jsonl of the run folder, if there is one.",
        completion: .file())
    var verdicts: String?
    @Option(help: "Compute threads.") var threads = 2
    @Flag(help: "Keep the responses in the result.") var keepResponses = false

    func validate() throws {
        guard (1...1_024).contains(threads) else { throw ValidationError("--threads must be 1 ... 1024, not \(threads).") }
    }

    func run() async throws {
        let changes = try overrides.map { try ConfigurationOverride(parsing: $0) }
        let run = try RunConfiguration.load(files: [config], overrides: changes).value
        guard let chosen = data == "validation" ? run.data.validation : run.data.test else {
            throw ClusterError("\(config): data.\(data) is not set, so there is nothing to evaluate on")
        }
        let log = try CommandVerdicts.open(verdicts, runFolder: run.output) { Console.standardError.say($0) }
        let evaluation = try await EvaluationRun(
            configuration: run, source: chosen, model: model ?? run.model.policy, threads: threads, keepsResponses: keepResponses,
            verdicts: log
        ).result(
            progressed: { done, total in Console.standardError.say("evaluated \(done)/\(total)") },
            say: { Console.standardError.say($0) })
        try evaluation.write(to: output)
        let perception = evaluation.perception.map { String(format: "%.1f %%", $0 * 100) } ?? "unknown"
        let share = evaluation.perceptionShare.map { String(format: "%.1f %%", $0 * 100) } ?? "unknown"
        let text =
            "accuracy \(String(format: "%.1f %%", evaluation.accuracy * 100)), perception \(perception), annotations reflected \(share)"
        StandardOutput.print(json: text)
    }
}
