import ArgumentParser
import Judging
import Telemetry

/// The command line: the only place that chooses a transport.
///
/// Every failure is one message on standard error and exit code 2 (see `CommandFailure`), but for what was lost on the way: 1.
@main
struct Percept: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "percept", abstract: "Reinforcement learning with the visual perception reward, on MPI clusters.",
        version: Version.current,
        groupedSubcommands: [
            CommandGroup(
                name: "Training",
                subcommands: [TrainCommand.self, SFTCommand.self, LaunchCommand.self, ConfigCommand.self, DataCommand.self]),
            CommandGroup(name: "Live runs", subcommands: [StatusCommand.self, ScaleCommand.self]),
            CommandGroup(name: "Annotations", subcommands: [TrajectoriesCommand.self, AnnotateCommand.self]),
            CommandGroup(
                name: "Results", subcommands: [EvaluateCommand.self, CompareCommand.self, JudgeAuditCommand.self, ReportCommand.self]),
            CommandGroup(name: "Models", subcommands: [ScoreCommand.self, GenerateCommand.self, CheckpointCommand.self]),
            CommandGroup(name: "This machine", subcommands: [BenchCommand.self, VersionCommand.self]),
        ])

    static func main() async {
        RewardGuard.runIfAsked()
        ProcessSetup.prepare()
        RankWords.begin()
        do {
            var command = try parseAsRoot(HomePaths.expanding(Array(CommandLine.arguments.dropFirst())))
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        } catch {
            await CommandFailure.end(error)
        }
        // A result that could not be written was not given.
        if StandardOutput.failureNumber != nil { CommandFailure.finish() }
    }
}

/// Percept's version, as run manifests and `percept version` name it.
enum Version {
    static let current = "0.1.0"
}
