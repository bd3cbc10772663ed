import ArgumentParser
import Checkpointing
import Configuration
import Foundation
import Telemetry
import TrainingCluster

/// `percept train`: GRPO with the visual perception reward.
struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a policy by reinforcement learning: under mpirun one role a rank, otherwise all roles in this process.")

    @Argument(help: "The YAML file of the run.") var config: String
    @Option(name: .customLong("set"), help: "Override one key: a.b=c. May be repeated.") var assignments: [String] = []
    @Option(help: "Override training.steps.") var steps: Int?
    @Option(help: "Override training.seed.") var seed: Int?
    @Option(help: "Override output, the run folder.") var output: String?
    @Option(help: "How many ranks each role has, such as learner=1,rollout=2,judge=2.") var placement: String?
    @Option(help: ArgumentHelp("Go on with a run from its newest checkpoint.", valueName: "run")) var resume: String?

    func run() async throws {
        let log = Log()
        let configuration = try resolved()
        let launcher = ClusterLauncher(
            rankCount: configuration.placement.rankCount, shutdownDeadline: configuration.cluster.shutdownDeadline)
        try configuration.placement.check(worldSize: launcher.startedRankCount)
        if let resume { try ResumeCheck(folder: resume).check(configuration) }
        let launch = try RankHost.Launch(
            configuration: configuration, isResumed: resume != nil, command: CommandLine.arguments, version: Version.current)
        let stop = StopRequest()
        let signals = StopSignals(stop, log: log)
        defer { signals.cancel() }
        try await launcher.run { transport in
            _ = try await RankHost(launch, transport: transport, stop: stop, log: log).run()
        }
    }

    private func resolved() throws -> RunConfiguration {
        var overrides = try assignments.map { try ConfigurationOverride(parsing: $0) }
        if let steps { overrides.append(ConfigurationOverride(path: "training.steps", value: "\(steps)", option: "--steps")) }
        if let seed { overrides.append(ConfigurationOverride(path: "training.seed", value: "\(seed)", option: "--seed")) }
        if let folder = resume ?? output { overrides.append(ConfigurationOverride(path: "output", value: folder, option: "--output")) }
        if let placement { overrides += try PlacementConfiguration.overrides(parsing: placement) }
        return try RunConfiguration.load(files: [config], overrides: overrides).value
    }
}
