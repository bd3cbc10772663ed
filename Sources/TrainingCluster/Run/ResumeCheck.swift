package import Configuration
import Files
import Foundation
import Telemetry

/// Whether a run folder may be continued with a configuration.
package struct ResumeCheck: Sendable {
    private let folder: String

    package init(folder: String) { self.folder = folder }

    /// What may change between a run and its continuation: it bears on time and place, not on the numbers.
    private static let free = [
        "training.steps", "training.threads", "placement", "cluster", "checkpoint", "output", "judge.lease_seconds", "judge.audit",
        "data.max_bad_share",
    ]

    /// False if no run ever began in the folder: there is nothing that could differ, and no checkpoint.
    package var hasRun: Bool { ["config.json", "checkpoints"].contains { FileManager.default.fileExists(atPath: folder + "/" + $0) } }

    /// - Throws: ``ClusterError`` naming every key that differs, or the model that is another one.
    package func check(_ configuration: RunConfiguration) throws {
        guard let data = try? InputFile.read(folder + "/config.json") else {
            throw ClusterError("\(folder): no config.json, so this is not the folder of a run that can be continued")
        }
        let source = ConfigurationSource(name: folder + "/config.json", text: String(decoding: data, as: UTF8.self))
        let earlier = try RunConfiguration.load(sources: [source], overrides: []).value
        // An endpoint may move, and be asked more or less patiently: the model behind it is still the judge.
        var (here, there) = (configuration, earlier)
        here.judge = here.judge.answering
        there.judge = there.judge.answering
        var problems = here.differences(from: there).filter { difference in
            !Self.free.contains { difference.path == $0 || difference.path.hasPrefix($0 + ".") }
        }.map { "\($0.path) is \($0.here?.json.trimmed ?? "absent"), but the run has \($0.there?.json.trimmed ?? "absent")" }
        if configuration.training.steps != earlier.training.steps, configuration.optimizer.schedule != .constant {
            problems.append("training.steps may change only with optimizer.schedule: constant")
        }
        let manifest = try RunManifest.load(fromFolder: folder)
        let digest = try ModelDigest.of(URL(filePath: configuration.model.policy))
        if let recorded = manifest.models["policy"], recorded != digest {
            problems.append("model.policy (\(configuration.model.policy)) is another model than the run started from")
        }
        guard problems.isEmpty else {
            throw ClusterError("\(folder) can't be continued with this configuration:\n  " + problems.joined(separator: "\n  "))
        }
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
