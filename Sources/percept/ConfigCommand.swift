import ArgumentParser
import Configuration
import ConfigurationReading
import Foundation
import Telemetry
import TrainingCluster

/// `percept config`: what a configuration means, without running it.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check and show configurations.",
        subcommands: [
            ValidateCommand.self, ShowCommand.self, WorldSizeCommand.self, CommandNameCommand.self, ValueCommand.self,
            EnvironmentCommand.self,
        ])

    /// `percept config validate`.
    struct ValidateCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "validate", abstract: "Check a configuration, its models and its data; every fault is listed with its place.",
            discussion: """
                Reads model folders (no weights are loaded), lines of data, and every picture, as a run does before its first step. Data that are \
                not on this machine are noted.
                """)

        @OptionGroup var source: ConfigurationOptions
        @Flag(help: "Look at the file alone, not at models and data.")
        var fileOnly = false

        func run() async throws {
            let loaded = try source.load()
            let name = source.files.joined(separator: " + ")
            var review: ConfigurationReview?
            if !fileOnly {
                switch loaded {
                case .training(let resolved):
                    review = await ConfigurationReview(resolved.value) { Console.standardError.say($0) }
                case .fineTuning(let resolved): review = ConfigurationReview(resolved.value)
                }
            } else if case .training(let resolved) = loaded {
                // The variable need not be set where a configuration is checked, only where it runs.
                for fault in Judges.endpointFaults(resolved.value.judge) { StandardOutput.print("note: \(fault)") }
            }
            for note in review?.notes ?? [] { StandardOutput.print("note: \(note)") }
            if let faults = review?.faults, !faults.isEmpty {
                throw CommandFailure("\(name): what it names can't be used\n" + faults.joined(separator: "\n"))
            }
            StandardOutput.print("\(name): valid (percept \(loaded.command), \(loaded.rankCount) ranks)")
        }
    }

    /// `percept config show`.
    struct ShowCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Print every value of a configuration, defaults included, and where it comes from.")

        @OptionGroup var source: ConfigurationOptions
        @Flag(help: "Print the resolved configuration as JSON, which is a valid configuration too.")
        var json = false

        func run() throws {
            let loaded = try source.load()
            if json { return StandardOutput.print(json: loaded.json, terminator: "") }
            StandardOutput.print(loaded.listing, terminator: "")
        }
    }

    /// `percept config world-size`: what `cluster/run` gives to `mpirun -n`.
    struct WorldSizeCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "world-size", abstract: "Print how many ranks a configuration needs.", shouldDisplay: false)

        @Argument(parsing: .captureForPassthrough, help: "The configuration, and the other arguments of `percept train` or `percept sft`.")
        var arguments: [String] = []

        func run() throws { StandardOutput.print("\(try LaunchArguments(arguments).load().rankCount)") }
    }

    /// `percept config command`: which subcommand `cluster/run` starts.
    struct CommandNameCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "command", abstract: "Print the command that takes a configuration: train or sft.", shouldDisplay: false)

        @Argument(parsing: .captureForPassthrough, help: "The configuration, and the other arguments of `percept train` or `percept sft`.")
        var arguments: [String] = []

        func run() throws { StandardOutput.print(try LaunchArguments(arguments).load().command) }
    }

    /// `percept config environment`: what `cluster/run` hands to ranks on other machines.
    struct EnvironmentCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "environment", abstract: "Print the names of the environment variables that a run reads keys from.",
            shouldDisplay: false)

        @Argument(parsing: .captureForPassthrough, help: "The configuration, and the other arguments of `percept train` or `percept sft`.")
        var arguments: [String] = []

        func run() throws {
            for name in try LaunchArguments(arguments).load().keyVariables { StandardOutput.print(name) }
        }
    }

    /// `percept config value`: one resolved value, for scripts.
    struct ValueCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "value", abstract: "Print one value of a configuration.", shouldDisplay: false)

        @Argument(parsing: .captureForPassthrough, help: "The dotted key, the configuration, and the other arguments of `percept train`.")
        var arguments: [String] = []

        func run() throws {
            guard let key = arguments.first else { throw CommandFailure("percept config value: expected a dotted key and a configuration") }
            StandardOutput.write(try LaunchArguments(Array(arguments.dropFirst())).load().text(of: key) + "\n")
        }
    }
}
