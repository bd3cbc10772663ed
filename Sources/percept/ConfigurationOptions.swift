import ArgumentParser
import Configuration
import ConfigurationReading
import Tasks
import TrainingCluster

/// Configuration files and what the command line lays over them.
struct ConfigurationOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("YAML files; later ones win.", valueName: "file"), completion: .file())
    var files: [String]
    @Option(name: .customLong("set"), help: ArgumentHelp("Set one value; may be repeated.", valueName: "key=value"))
    var assignments: [String] = []
    @Option(help: ArgumentHelp("How many ranks each role has, such as learner=1,rollout=2,judge=2.", valueName: "roles"))
    var placement: String?
    @Flag(help: "Read a configuration of `percept sft`; otherwise its content tells.")
    var fineTuning = false

    /// The resolved configuration.
    ///
    /// - Throws: `ConfigurationError` with every fault.
    func load() throws -> LoadedConfiguration {
        var overrides = try assignments.map { try ConfigurationOverride(parsing: $0) }
        if let placement { overrides += try PlacementConfiguration.overrides(parsing: placement) }
        return try LoadedConfiguration(files: files, overrides: overrides, isFineTuning: fineTuning ? true : nil)
    }
}

/// A configuration of either kind.
enum LoadedConfiguration {
    case training(ResolvedConfiguration<RunConfiguration>)
    case fineTuning(ResolvedConfiguration<FineTuningConfiguration>)

    /// - Parameter isFineTuning: nil lets the content tell: the kind that it is valid as or, if it is neither, has fewer faults as.
    init(files: [String], overrides: [ConfigurationOverride], isFineTuning: Bool?) throws {
        let sources = try files.map { try ConfigurationSource(file: $0) }
        func asTraining() throws(ConfigurationError) -> Self {
            .training(try RunConfiguration.load(sources: sources, overrides: overrides))
        }
        func asFineTuning() throws(ConfigurationError) -> Self {
            .fineTuning(try FineTuningConfiguration.load(sources: sources, overrides: overrides))
        }
        switch isFineTuning {
        case true?: self = try asFineTuning()
        case false?: self = try asTraining()
        case nil:
            do throws(ConfigurationError) {
                self = try asTraining()
            } catch let first {
                do throws(ConfigurationError) {
                    self = try asFineTuning()
                } catch {
                    throw error.diagnostics.count < first.diagnostics.count ? error : first
                }
            }
        }
    }

    /// The subcommand that takes it.
    var command: String {
        switch self {
        case .training: "train"
        case .fineTuning: "sft"
        }
    }

    var rankCount: Int {
        switch self {
        case .training(let resolved): resolved.value.placement.rankCount
        case .fineTuning(let resolved): resolved.value.placement.learner
        }
    }

    /// Names of the environment variables that ranks read: keys of endpoints, and what rewards of a user's own find.
    var keyVariables: [String] {
        guard case .training(let resolved) = self else { return [] }
        let judges = resolved.value.judge.chain.compactMap { $0.endpoint?.keyVariable }
        return Set(judges + OwnRewards.variables(resolved.value.reward)).sorted()
    }

    var listing: String {
        switch self {
        case .training(let resolved): resolved.listing
        case .fineTuning(let resolved): resolved.listing
        }
    }

    var json: String { tree.json }

    /// The value of a dotted key: text as it is, anything else as JSON.
    ///
    /// - Throws: ``CommandFailure`` for a key that doesn't exist.
    func text(of key: String) throws -> String {
        var value = tree
        for part in key.split(separator: ".") {
            guard case .mapping(let entries) = value, let next = entries[String(part)] else {
                throw CommandFailure("the configuration has no key '\(key)'")
            }
            value = next
        }
        if case .text(let text) = value { return text }
        return value.json.hasSuffix("\n") ? String(value.json.dropLast()) : value.json
    }

    private var tree: ConfigurationValue {
        switch self {
        case .training(let resolved): resolved.value.resolved
        case .fineTuning(let resolved): resolved.value.resolved
        }
    }
}

/// The arguments of a command that is about to be launched, of which only those that bear on the placement matter here.
struct LaunchArguments {
    private let file: String
    private var overrides: [ConfigurationOverride] = []
    /// What sets no key of the configuration.
    private(set) var others: [String] = []

    /// - Throws: ``CommandFailure`` without a configuration, `ConfigurationError` for a malformed option.
    init(_ arguments: [String]) throws {
        guard let file = arguments.first, !file.hasPrefix("-") else {
            throw CommandFailure("the first argument must be a configuration file, such as configs/\(TaskKind.embedded[0].word).yaml")
        }
        self.file = file
        var flags: [ConfigurationOverride] = []
        var rest = arguments.dropFirst()
        while let argument = rest.popFirst() {
            let sides = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let read = Self.readers[sides[0]] else {
                others.append(argument)
                continue
            }
            guard let value = sides.count == 2 ? sides[1] : rest.popFirst() else { throw CommandFailure("\(argument) needs a value") }
            let found = try read(value)
            // `--set` is laid over first, like in the commands themselves.
            if sides[0] == "--set" { overrides += found } else { flags += found }
        }
        overrides += flags
    }

    func load() throws -> LoadedConfiguration { try LoadedConfiguration(files: [file], overrides: overrides, isFineTuning: nil) }

    /// The placement that a run which is to be continued has by itself, if it is another one than these arguments say.
    func ownPlacement(of run: String, _ loaded: LoadedConfiguration) throws -> ResumedPlacement? {
        guard case .training(let resolved) = loaded else { return nil }
        return try ResumedPlacement(folder: run, overrides: overrides, given: resolved.value.placement, rankCount: nil)
    }

    /// Whether the commands of a run may run, as ``CommandPermission`` says; what it passes on.
    func permission(_ loaded: LoadedConfiguration, resuming run: String?) throws -> CommandPermission? {
        guard case .training(let given) = loaded else { return nil }
        let configuration = try run.map { try ResumedValues(folder: $0, file: file, overrides: overrides).configuration } ?? given.value
        return try CommandPermission(configuration, given: given, file: file, isAllowed: others.contains("--allow-commands"))
    }

    private static let readers: [String: @Sendable (String) throws -> [ConfigurationOverride]] = [
        "--set": { [try ConfigurationOverride(parsing: $0)] },
        "--placement": { try PlacementConfiguration.overrides(parsing: $0) },
        "--output": { [ConfigurationOverride(path: "output", value: $0, option: "--output")] },
        "--steps": { [ConfigurationOverride(path: "training.steps", value: $0, option: "--steps")] },
        "--seed": { [ConfigurationOverride(path: "training.seed", value: $0, option: "--seed")] },
    ]
}
