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

    @OptionGroup var options: RunOptions
    @Option(help: "Override training.seed.") var seed: Int?
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
        var overrides = try options.overrides()
        if let seed { overrides.append(ConfigurationOverride(path: "training.seed", value: "\(seed)", option: "--seed")) }
        // A resumed run goes on in its own folder.
        if let resume { overrides.append(ConfigurationOverride(path: "output", value: resume, option: "--resume")) }
        return try RunConfiguration.load(files: [options.config], overrides: overrides).value
    }
}
