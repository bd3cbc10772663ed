import ArgumentParser

/// The command line: the only place that chooses a transport.
@main
struct Percept: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "percept", abstract: "Reinforcement learning with the visual perception reward, on MPI clusters.",
        subcommands: [SFTCommand.self, EvaluateCommand.self])
}
