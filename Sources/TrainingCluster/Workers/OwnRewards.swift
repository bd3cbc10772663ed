import Configuration
import ConfigurationReading
import Digests
import Endpoints
import Foundation
import Judging
package import Rewards
package import Telemetry
package import Trajectories

/// The parts of the reward that are a user's own, as a judge rank asks them.
package struct OwnRewards: Sendable {
    private let parts: [any OwnReward]

    /// Opens the parts that a configuration gives a weight. Starts nothing yet.
    ///
    /// - Throws: errors that name what can't be used: a server's address, the variable of its key.
    package init(_ configuration: RewardConfiguration, log: Log = Log()) throws {
        parts = try Self.counted(configuration).map { part in
            switch part.kind {
            case .process: RewardProgram(name: part.name, part.programSettings, log: log)
            case .http: try RewardEndpoint(name: part.name, try part.endpointSettings)
            }
        }
    }

    /// The parts that are asked, in order.
    private static func counted(_ configuration: RewardConfiguration) -> [OwnRewardConfiguration] {
        configuration.parts.filter { configuration.weights[$0.name] > 0 }
    }

    /// Whether there are none.
    package var isEmpty: Bool { parts.isEmpty }

    /// Sees that all can be asked.
    ///
    /// - Throws: `JudgeLoss` for a program that can't be started.
    package func reach() async throws { for part in parts { try await part.reach() } }

    /// Ends what was started.
    package func end() async { for part in parts { await part.end() } }

    /// What some parts say of a response, by name.
    package func values(of question: RewardQuestion, parts names: [String]) async -> [String: OwnRewardValue] {
        await withTaskGroup(of: (String, OwnRewardValue).self) { group in
            for part in parts where names.contains(part.name) { group.addTask { (part.name, await part.value(of: question)) } }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    /// The identities by which the log knows the parts that are asked, by name.
    package static func identities(_ configuration: RewardConfiguration) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: counted(configuration).map { part in
                switch part.kind {
                case .process: (part.name, RewardProgram.identity(name: part.name, command: part.command))
                case .http: (part.name, RewardEndpoint.identity(name: part.name, url: part.url ?? ""))
                }
            })
    }

    /// Responses that one judge rank may hold: enough to keep the parts' places filled while values travel.
    package static func inFlightLimit(_ configuration: RewardConfiguration) -> Int {
        max(32, 2 * (counted(configuration).map(\.concurrency).max() ?? 0))
    }

    /// What keeps the parts from being asked from here: an address that can't be used, a variable that is not set.
    package static func faults(_ configuration: RewardConfiguration) -> [String] {
        counted(configuration).flatMap { part -> [String] in
            switch part.kind {
            case .process:
                let missing = part.variables.filter { ProcessInfo.processInfo.environment[$0] == nil }
                return missing.map {
                    "the environment variable \($0) is not set, which the reward '\(part.name)' names in env: set it, or take it out"
                }
            case .http:
                do {
                    let settings = try part.endpointSettings
                    return [settings.keyVariable.flatMap { ChatEndpoint.keyFault(variable: $0) }].compactMap(\.self)
                } catch {
                    return ["the reward '\(part.name)': \(error)"]
                }
            }
        }
    }

    /// Names of the environment variables that the parts need on every judge rank.
    package static func variables(_ configuration: RewardConfiguration) -> [String] {
        Set(counted(configuration).flatMap { $0.variables + [$0.keyVariable].compactMap(\.self) }).sorted()
    }

    /// The seed of a question: a pure function of the run's seed and the trajectory, below 2^53, so that any reader of JSON has all of it.
    package static func seed(run: Int, _ id: TrajectoryID) -> UInt64 {
        var sha = SHA256()
        sha.update("reward seed")
        sha.update(Int64(run))
        sha.update(id.group.purpose.rawValue)
        sha.update(Int64(id.group.step.rawValue))
        sha.update(Int64(id.group.slot))
        sha.update(Int64(id.member))
        return sha.finalize()[0..<8].reduce(0) { $0 << 8 | UInt64($1) } >> 11
    }
}

/// The commands that a configuration would run: what is allowed or not.
package struct RewardCommands: Hashable, Sendable {
    /// By part: the program and its arguments, and the variables that it would find.
    package let entries: [Entry]

    /// One command.
    package struct Entry: Hashable, Sendable {
        package let part: String
        package let command: [String]
        package let variables: [String]
    }

    /// Of the parts that have a weight.
    ///
    /// - Parameter isWanted: is asked about the key of each command.
    package init(_ configuration: RewardConfiguration, where isWanted: (_ key: String) -> Bool = { _ in true }) {
        entries = configuration.parts.enumerated().filter { index, part in
            part.kind == .process && configuration.weights[part.name] > 0 && isWanted("reward.parts[\(index)].command")
        }.map { Entry(part: $1.name, command: $1.command, variables: $1.variables) }
    }

    /// Whether there are none.
    package var isEmpty: Bool { entries.isEmpty }

    /// SHA-256 over all of it.
    package var digest: String {
        var sha = SHA256()
        for entry in entries {
            sha.update(entry.part)
            for list in [entry.command, entry.variables] {
                sha.update(Int64(list.count))
                for word in list { sha.update(word) }
            }
        }
        return sha.hex
    }
}

extension OwnRewardConfiguration {
    fileprivate var programSettings: RewardProgramSettings {
        var settings = RewardProgramSettings(command: command)
        settings.variables = variables
        settings.concurrency = concurrency
        settings.deadline = .seconds(deadlineSeconds)
        settings.attempts = attempts
        settings.backOff = .seconds(backOffSeconds) ... .seconds(maximumBackOffSeconds)
        return settings
    }

    fileprivate var endpointSettings: EndpointSettings {
        get throws {
            guard let url, let address = URL(string: url) else {
                throw ClusterError("'\(url ?? "")' is no URL; give one such as https://rewards.example.com/style")
            }
            var settings = EndpointSettings(baseURL: address, model: name, keyVariable: keyVariable)
            settings.concurrency = concurrency
            settings.requestDeadline = .seconds(deadlineSeconds)
            settings.attempts = attempts
            settings.backOff = .seconds(backOffSeconds) ... .seconds(maximumBackOffSeconds)
            settings.allowsPlainHTTP = allowsPlainHTTP
            try settings.check()
            return settings
        }
    }
}
