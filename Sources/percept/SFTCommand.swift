import ArgumentParser
import Configuration
import Telemetry
import TrainingCluster

/// `percept sft`: supervised training of a starting policy or a judge.
struct SFTCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sft",
        abstract: "Train a starting policy or a judge on examples: under mpirun one learner a rank, otherwise all in this process.")

    @Argument(help: "The YAML file of the run.") var config: String
    @Option(name: .customLong("set"), help: "Overrides one key: a.b=c. May be repeated.") var overrides: [String] = []
    @Option(help: "Overrides training.steps.") var steps: Int?
    @Option(help: "Overrides training.seed.") var seed: Int?
    @Option(help: "Overrides output.") var output: String?
    @Option(help: "How many learner ranks: learner=2.") var placement: String?

    func run() async throws {
        var changes = try overrides.map { try ConfigurationOverride(parsing: $0) }
        if let steps { changes.append(ConfigurationOverride(path: "training.steps", value: "\(steps)", option: "--steps")) }
        if let seed { changes.append(ConfigurationOverride(path: "training.seed", value: "\(seed)", option: "--seed")) }
        if let output { changes.append(ConfigurationOverride(path: "output", value: output, option: "--output")) }
        if let placement { changes += try PlacementConfiguration.overrides(parsing: placement, roles: ["learner"]) }
        let configuration = try FineTuningConfiguration.load(files: [config], overrides: changes).value
        let log = Log()
        try await ClusterLauncher(rankCount: configuration.placement.learner, log: log).run { transport in
            try await FineTuningHost(configuration, transport: transport, log: log).run()
        }
    }
}
