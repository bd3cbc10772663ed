package import Configuration
import ConfigurationReading
package import Tasks
package import Endpoints
import Foundation
package import Judging
package import Telemetry
import Trajectories

/// Judges by configuration.
package enum Judges {
    /// Opens the judge that gives the reward: the one of the configuration, or its pools as a chain.
    ///
    /// - Parameters:
    ///   - cluster: how long an endpoint that is away is waited for.
    ///   - threads: compute threads of a judge in process.
    ///   - log: is told what is found out about endpoints while they are asked, and that one is waited for.
    /// - Throws: errors that name what can't be used: a model's file, an endpoint's address, the variable of its key.
    package static func open(
        _ configuration: JudgeConfiguration, cluster: ClusterConfiguration, threads: Int = 1, log: Log = Log()
    ) throws -> any ResponseJudge {
        let patience = JudgePatience(start: cluster.startupDeadline, absence: cluster.absenceDeadline)
        let judges = try configuration.chain.map { try open($0, patience, threads, log) }
        return judges.count == 1 ? judges[0] : JudgeChain(judges, log: log)
    }

    private static func open(
        _ pool: JudgePoolConfiguration, _ patience: JudgePatience, _ threads: Int, _ log: Log
    ) throws -> any ResponseJudge {
        switch pool.kind {
        case .rules: return RulesJudge()
        case .model:
            guard let model = pool.model else { throw ClusterError("judge.model is not set; give the judge's model folder") }
            let folder = URL(filePath: model)
            return try ModelJudge(
                folder: folder, digest: try ModelDigest.of(folder), storage: pool.weights.storage,
                form: JudgeProtocolForm(rawValue: pool.wording.rawValue),
                threads: threads)
        case .endpoint:
            guard let endpoint = pool.endpoint else { throw ClusterError("judge.endpoint is not set; give its base_url and model") }
            return EndpointJudge(
                try ChatEndpoint(try endpoint.settings, notify: log.tell), asksLogProbs: endpoint.logProbs,
                maximumResponseByteCount: endpoint.maxResponseBytes, patience: patience, log: log)
        }
    }

    /// The judging models in process, whose folders must be readable wherever a judge runs.
    package static func models(_ configuration: JudgeConfiguration) -> [String] {
        configuration.chain.compactMap { $0.kind == .model ? $0.model : nil }
    }

    /// Checks that the judging models in process can judge, without reading their values.
    ///
    /// - Throws: errors naming the file of a model that can't be used.
    package static func checkModels(_ configuration: JudgeConfiguration) throws {
        for pool in configuration.chain where pool.kind == .model {
            guard let model = pool.model else { continue }
            try ModelJudge.check(URL(filePath: model), form: JudgeProtocolForm(rawValue: pool.wording.rawValue))
        }
    }

    /// What keeps the configured endpoints from being asked from here: an address that can't be used, a variable that is not set.
    package static func endpointFaults(_ configuration: JudgeConfiguration) -> [String] {
        configuration.chain.compactMap(\.endpoint).compactMap { endpoint in
            do {
                let settings = try endpoint.settings
                return settings.keyVariable.flatMap { ChatEndpoint.keyFault(variable: $0) }
            } catch {
                return "\(error)"
            }
        }
    }

    /// Why the rules of the embedded tasks can't judge a data set; nil if they can, or are not asked.
    package static func rulesFault(_ configuration: JudgeConfiguration, _ source: any ProblemSource, named name: String) throws -> String? {
        // In a chain others may know what the rules don't.
        guard configuration.chain.allSatisfy({ $0.kind == .rules }) else { return nil }
        for index in 0..<source.count {
            guard let unknown = try source.annotations(at: index).first(where: { EmbeddedOracles.of(annotation: $0) == nil }) else {
                continue
            }
            let problem = (try? source.problem(at: index))?.id.rawValue ?? "\(index)"
            let tasks = TaskKind.embedded.map { $0.word }.joined(separator: ", ")
            return "judge.type: rules knows the embedded tasks (\(tasks)) alone, and problem \(problem) of \(name) has the "
                + "annotation '\(unknown.prefix(200))'; give a judging model or an endpoint"
        }
        return nil
    }

    /// Who judges, for `run.json`: by `judge` for a single judge and by `judge/<pool>` for several, the digest of a model in process or the
    /// identity of an endpoint's.
    package static func record(_ configuration: JudgeConfiguration) throws -> [String: String] {
        var found: [String: String] = [:]
        for pool in configuration.chain {
            let name = configuration.pools.isEmpty ? "judge" : "judge/\(pool.name)"
            switch pool.kind {
            case .rules: break
            case .model: found[name] = try pool.model.map { try ModelDigest.of(URL(filePath: $0)) }
            case .endpoint: found[name] = try pool.endpoint.map { EndpointJudge.identity(of: try $0.settings) }
            }
        }
        return found
    }

    /// Responses that one judge rank may hold: enough to keep an endpoint's places filled while verdicts travel.
    package static func inFlightLimit(_ configuration: JudgeConfiguration) -> Int {
        max(32, 2 * (configuration.chain.compactMap { $0.endpoint?.concurrency }.max() ?? 0))
    }
}

extension EndpointConfiguration {
    /// - Throws: `EndpointError` that says what about the address can't be used.
    package var settings: EndpointSettings {
        get throws {
            guard let url = URL(string: baseURL) else {
                throw ClusterError("'\(baseURL)' is no URL; give one such as https://api.example.com/v1")
            }
            var settings = EndpointSettings(baseURL: url, model: model, keyVariable: keyVariable)
            settings.concurrency = concurrency
            settings.requestDeadline = .seconds(deadlineSeconds)
            settings.attempts = attempts
            settings.backOff = .seconds(backOffSeconds) ... .seconds(maximumBackOffSeconds)
            settings.maximumTokens = maxTokens
            settings.allowsPlainHTTP = allowsPlainHTTP
            if promptPrice > 0 || completionPrice > 0 {
                settings.prices = TokenPrices(promptMillion: promptPrice, completionMillion: completionPrice)
            }
            try settings.check()
            return settings
        }
    }
}
