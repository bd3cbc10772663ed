import ArgumentParser
import Configuration
import ConfigurationReading
import Foundation
import Telemetry
import TrainingCluster

/// The options that say whether commands of a configuration may run.
struct CommandOptions: ParsableArguments {
    @Flag(help: "Let the commands of reward.parts run that a run folder or an option names; those of the configuration file may anyway.")
    var allowCommands = false
    @Option(help: .hidden) var allowedCommands: String?
}

/// Whether the commands of a run's own rewards may run: if a configuration file of this call names them, or somebody has said so.
///
/// A run folder is a file of a stranger: whoever goes on with it would run what it says. So is what `--set` says, for a script that fills it in.
struct CommandPermission {
    /// What the launcher passes to the ranks that it starts: the digest of exactly these commands; nil if there are none.
    let digest: String?

    /// The arguments of a rank that goes on with, or joins, this call's run.
    var passedOn: [String] { digest.map { ["--allowed-commands", $0] } ?? [] }

    /// - Parameters:
    ///   - configuration: what will run.
    ///   - given: what the file and the options of this call say.
    ///   - file: the file of this call.
    ///   - isAllowed: whether any command is.
    ///   - allowedDigest: the digest of commands that are allowed.
    /// - Throws: ``CommandFailure`` that names the command.
    init(
        _ configuration: RunConfiguration, given: ResolvedConfiguration<RunConfiguration>, file: String, isAllowed: Bool,
        allowedDigest: String? = nil
    ) throws {
        let commands = RewardCommands(configuration.reward)
        digest = commands.isEmpty ? nil : commands.digest
        guard !commands.isEmpty, !isAllowed, allowedDigest != commands.digest else { return }
        let named = Self.isRecord(file) ? [] : Self.commands(of: given, namedBy: file)
        guard let stranger = commands.entries.first(where: { !named.contains($0) }) else { return }
        let shown = VisibleText.message(stranger.command.map(LaunchPlan.quoted).joined(separator: " "), limit: 1_000)
        let place = Self.isRecord(file) ? "\(file) is the record of a run" : "\(file) does not name it"
        throw CommandFailure(
            "the reward '\(stranger.part)' runs the command \(shown), and no configuration file of this call says so (\(place)): "
                + "read it, and give --allow-commands if it may run")
    }

    /// The commands that the file itself names: no option, no default, no record.
    private static func commands(of given: ResolvedConfiguration<RunConfiguration>, namedBy file: String) -> [RewardCommands.Entry] {
        RewardCommands(given.value.reward) { given.origins[$0]?.hasPrefix(file + ":") == true }.entries
    }

    /// Whether a file is what a run wrote of itself, or stands beside it.
    private static func isRecord(_ file: String) -> Bool {
        let path = URL(filePath: file).resolvingSymlinksInPath()
        return path.lastPathComponent == RunFolder.configurationFile
            || FileManager.default.fileExists(atPath: path.deletingLastPathComponent().appending(path: RunManifest.fileName).path)
    }
}
