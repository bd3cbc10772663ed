package import ConfigurationReading

/// `placement`: how many ranks each role has.
package struct PlacementConfiguration: ConfigurationSection, Codable, Hashable {
    /// `learner`: 1 ... 4 ranks, because gradients are reduced in 4 lanes. Default 1.
    package var learner = 1
    /// `rollout`: 1 ... 4,096 ranks. Default 1.
    package var rollout = 1
    /// `judge`: 1 ... 4,096 ranks. Default 1.
    package var judge = 1

    package init() {}

    /// A placement made in code.
    package init(learner: Int, rollout: Int, judge: Int) {
        self.learner = learner
        self.rollout = rollout
        self.judge = judge
    }

    /// The ranks that the roles need together.
    package var rankCount: Int { learner + rollout + judge }

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.integer("learner", &learner, in: 1...4)
        fields.integer("rollout", &rollout, in: 1...4_096)
        fields.integer("judge", &judge, in: 1...4_096)
    }

    /// Checks that the job has one rank for each place.
    ///
    /// - Parameter worldSize: How many ranks were started.
    /// - Throws: ``ConfigurationError`` that names the factors and both remedies.
    package func check(worldSize: Int) throws(ConfigurationError) {
        guard worldSize != rankCount else { return }
        throw ConfigurationError(
            "learner \(learner) + rollout \(rollout) + judge \(judge) = \(rankCount) ranks, but \(worldSize) were started; "
                + "start mpirun with -n \(rankCount), or give --placement learner=..,rollout=..,judge=.. that add up to \(worldSize)",
            path: "placement")
    }

    /// The assignments behind `--placement learner=1,rollout=2,judge=2`; a role that is not named keeps its value.
    ///
    /// - Parameters:
    ///   - text: `role=count` with commas between.
    ///   - roles: The roles that the command has.
    /// - Returns: One override a role.
    /// - Throws: ``ConfigurationError`` for an unknown or repeated role, or a part without `=`. Counts are checked when the configuration is loaded.
    package static func overrides(
        parsing text: String, roles: [String] = ["learner", "rollout", "judge"]
    ) throws(ConfigurationError) -> [ConfigurationOverride] {
        let location = SourceLocation.option("--placement", text: "--placement \(text.prefix(200))")
        var overrides: [ConfigurationOverride] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
            guard sides.count == 2 else {
                throw ConfigurationError("expected role=count, such as learner=1,rollout=2,judge=2; found '\(part)'", location: location)
            }
            guard roles.contains(sides[0]) else {
                throw ConfigurationError("'\(sides[0])' is not one of the roles \(roles.joined(separator: ", "))", location: location)
            }
            let path = "placement.\(sides[0])"
            guard !overrides.contains(where: { $0.path == path }) else {
                throw ConfigurationError("'\(sides[0])' is given twice", location: location)
            }
            overrides.append(ConfigurationOverride(path: path, value: sides[1], option: "--placement"))
        }
        return overrides
    }
}
