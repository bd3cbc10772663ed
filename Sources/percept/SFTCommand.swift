import ArgumentParser
import Configuration
import Telemetry
import TrainingCluster

/// `percept sft`: supervised training of a starting policy or a judge.
struct SFTCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sft",
        abstract: "Train a starting policy or a judge on examples: under mpirun one rank a process, otherwise all in this one.")

    @Argument(help: "The YAML file of the run.") var config: String
    @Option(name: .customLong("set"), help: "Overrides one key: a.b=c. May be repeated.") var overrides: [String] = []
    @Option(help: "Overrides training.steps.") var steps: Int?
    @Option(help: "Overrides output, the run folder.") var output: String?
    @Option(help: "How many learner ranks, such as learner=2.") var placement: String?

    func run() async throws {
        var changes = try overrides.map { try ConfigurationOverride(parsing: $0) }
        if let steps { changes.append(ConfigurationOverride(path: "training.steps", value: "\(steps)", option: "--steps")) }
        if let output { changes.append(ConfigurationOverride(path: "output", value: output, option: "--output")) }
        if let placement { changes += try PlacementConfiguration.overrides(parsing: placement, roles: ["learner"]) }
        let configuration = try FineTuningConfiguration.load(files: [config], overrides: changes).value
        let launcher = ClusterLauncher(
            rankCount: configuration.placement.learner, shutdownDeadline: configuration.cluster.shutdownDeadline)
        try configuration.placement.check(worldSize: launcher.startedRankCount)
        let launch = try FineTuning.Launch(configuration: configuration, command: CommandLine.arguments, version: Version.current)
        let log = Log()
        try await launcher.run { transport in try await FineTuning(launch, transport: transport, log: log).run() }
    }
}
