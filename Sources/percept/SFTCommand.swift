import ArgumentParser
import Configuration
import ConfigurationReading
import Telemetry
import TrainingCluster

/// `percept sft`: supervised training of a starting policy or a judge.
struct SFTCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sft",
        abstract: "Train a starting policy or a judge on examples: under mpirun one rank a process, otherwise all in this one.")

    @OptionGroup var options: RunOptions
    @OptionGroup var alone: AloneOption

    func run() async throws {
        try alone.check()
        let overrides = try options.overrides(roles: ["learner"])
        let configuration = try FineTuningConfiguration.load(files: [options.config], overrides: overrides).value
        let launcher = ClusterLauncher(
            rankCount: configuration.placement.learner, startupDeadline: configuration.cluster.startupDeadline,
            shutdownDeadline: configuration.cluster.shutdownDeadline)
        try configuration.placement.check(worldSize: launcher.startedRankCount)
        let launch = try FineTuning.Launch(configuration: configuration, command: CommandLine.arguments, version: Version.current)
        let log = Log()
        try await launcher.run { seat in
            // The start of MPI is all that this command's ranks are watched through.
            RankWords.met()
            try await FineTuning(launch, transport: seat.transport, log: log).run()
            return SeatEnd()
        }
    }
}
