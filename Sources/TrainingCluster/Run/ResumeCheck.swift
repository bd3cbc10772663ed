package import Configuration
import ConfigurationReading
import Files
import Foundation
import Telemetry

/// Whether a run folder may be continued with a configuration, and with the files that it names.
package struct ResumeCheck: Sendable {
    private let folder: String

    package init(folder: String) { self.folder = folder }

    /// False if no run ever began in the folder: there is nothing that could differ, and no checkpoint.
    package var hasRun: Bool { ["config.json", "checkpoints"].contains { FileManager.default.fileExists(atPath: folder + "/" + $0) } }

    /// Compares what can be compared before anything starts: the configuration and texts. Weights and pictures are compared once they are read.
    ///
    /// - Throws: ``ClusterError`` naming every key, or every file, that differs.
    package func check(_ configuration: RunConfiguration) throws {
        let earlier = try recorded()
        let (here, there) = (configuration.everyAnswer, earlier.everyAnswer)
        var problems = Set(here.keys).union(there.keys).sorted().filter { here[$0] != there[$0] && $0 != "training.steps" }.map {
            "\($0) is \(here[$0] ?? "absent"), but the run has \(there[$0] ?? "absent")"
        }
        if configuration.training.steps != earlier.training.steps, configuration.optimizer.schedule != .constant {
            problems.append("training.steps may change only with optimizer.schedule: constant")
        }
        let past = try RunPast(folder: folder, isResumed: true)
        if past.manifest == nil {
            throw ClusterError("\(folder): no \(RunManifest.fileName), so nobody knows what the run began from: it can't be continued")
        }
        if past.holdsSteps, past.identity == nil, let recorded = past.manifest?.models["policy"] {
            let digest = try ModelDigest.of(URL(filePath: configuration.model.policy))
            if recorded != digest {
                problems.append("model.policy (\(configuration.model.policy)) is another model than the run started from")
            }
        }
        guard problems.isEmpty else {
            throw ClusterError("\(folder) can't be continued with this configuration:\n  " + problems.joined(separator: "\n  "))
        }
        guard let identity = past.identity else { return }
        let claims = try RunClaims(configuration)
        if let difference = Self.difference(of: claims.texts, from: identity, folder: folder, claims: claims) {
            throw ClusterError(difference.description)
        }
    }

    /// The configuration of the run so far.
    private func recorded() throws -> RunConfiguration {
        guard let data = try? InputFile.read(folder + "/config.json") else {
            throw ClusterError("\(folder): no config.json, so this is not the folder of a run that can be continued")
        }
        let source = ConfigurationSource(name: folder + "/config.json", text: String(decoding: data, as: UTF8.self))
        return try RunConfiguration.load(sources: [source], overrides: []).value
    }

    /// What of the files at hand is not what a run began from; nil if nothing is.
    ///
    /// - Parameter found: files that have been read; others are not missed, but for texts that the run had.
    static func difference(of found: [InputClaim], from identity: RunIdentity, folder: String, claims: RunClaims) -> IdentityDifference? {
        let weights = Set(claims.weights.map(\.name))
        let known = Set(found.map(\.name))
        let isWhole = known.isSuperset(of: weights)
        let recorded = identity.files.filter { name, _ in
            known.contains(name) || (!Self.isOfPictures(name) && (isWhole || !Self.isOfWeights(name)))
        }.map { InputClaim(name: $0.key, value: $0.value) }
        let differences = ClaimComparison(found, recorded).differences
        guard !differences.isEmpty else { return nil }
        return IdentityDifference(
            "\(folder) can't be continued: files are not those that the run began from",
            differences.map { difference in
                let path = claims.path(of: difference.name).map { " (\($0))" } ?? ""
                return
                    "\(difference.name)\(path) is \(difference.words(difference.here)), but the run has \(difference.words(difference.there))"
            }, remedy: "put back what changed, or begin a run of its own with another --output")
    }

    private static func isOfWeights(_ name: String) -> Bool {
        name.hasSuffix(".safetensors") || name.hasSuffix(".safetensors.index.json") || !name.contains("/")
    }

    private static func isOfPictures(_ name: String) -> Bool { name.hasSuffix("/" + PictureRecords.claimName) }
}
