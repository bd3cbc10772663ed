import ArgumentParser
import Configuration
import ConfigurationReading

/// What both commands that train take: a configuration, and what the command line lays over it.
struct RunOptions: ParsableArguments {
    @Argument(help: "The YAML file of the run.", completion: .file()) var config: String
    @Option(name: .customLong("set"), help: ArgumentHelp("Override one key; may be repeated.", valueName: "key=value"))
    var assignments: [String] = []
    @Option(help: "Override training.steps.") var steps: Int?
    @Option(help: "Override output, the run folder.", completion: .directory) var output: String?
    @Option(help: ArgumentHelp("How many ranks each role has, such as learner=1,rollout=2,judge=2.", valueName: "roles"))
    var placement: String?

    /// The changes in the order in which they are laid over the file.
    ///
    /// - Parameter roles: those that the command has.
    /// - Throws: `ConfigurationError` for a malformed option.
    func overrides(roles: [String] = ["learner", "rollout", "judge"]) throws -> [ConfigurationOverride] {
        var overrides = try assignments.map { try ConfigurationOverride(parsing: $0) }
        if let steps { overrides.append(ConfigurationOverride(path: "training.steps", value: "\(steps)", option: "--steps")) }
        if let output { overrides.append(ConfigurationOverride(path: "output", value: output, option: "--output")) }
        if let placement { overrides += try PlacementConfiguration.overrides(parsing: placement, roles: roles) }
        return overrides
    }
}
