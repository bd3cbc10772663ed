import ActorRuntime
import Checkpointing
import Configuration
import Files
import Foundation
import LinearAlgebra
import Telemetry

/// What a run folder says from its first moment on: `run.json` and the resolved configuration in `config.json`.
package struct RunStart: Sendable {
    /// Percept's version.
    package let version: String
    /// The command line.
    package let command: [String]
    /// The resolved configuration.
    package let configuration: String

    package init(version: String, command: [String], configuration: String) {
        self.version = version
        self.command = command
        self.configuration = configuration
    }

    /// Refuses a folder that holds a run already.
    ///
    /// - Parameter canResume: whether the command could go on with that run.
    /// - Throws: ``ClusterError`` that says what to do.
    package static func checkFresh(_ folder: String, canResume: Bool) throws(ClusterError) {
        // A run that was refused before its first step has left nothing to go on with.
        let size = (try? FileManager.default.attributesOfItem(atPath: folder + "/metrics.jsonl"))?[.size] as? Int
        let hasCheckpoint = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/checkpoints"))?.isEmpty == false
        guard size ?? 0 > 0 || hasCheckpoint else { return }
        let remedy = canResume ? "go on with it by --resume \(folder), or name another --output" : "name another --output"
        throw ClusterError("\(folder) holds a run already; \(remedy)")
    }

    /// Writes both files.
    ///
    /// - Parameters:
    ///   - roles: what each rank does, by rank.
    ///   - models: digests of the starting models' weights.
    ///   - resumedFrom: the checkpoint's path.
    func write(toFolder folder: String, roles: [String], models: [String: String], resumedFrom: String? = nil) throws {
        let (openBLAS, core) = Products.openBLASDescription
        let host = ProcessInfo.processInfo.hostName
        try RunManifest(
            version: version, started: RunManifest.timestamp(Date()), configDigest: Digest.text(configuration), command: command,
            ranks: roles.enumerated().map { .init(rank: $0, role: $1, host: host) },
            openBLAS: .init(config: openBLAS, coreName: core, threads: 1),
            buildFingerprint: String(try BuildFingerprint.ofExecutable(), radix: 16),
            numericFingerprint: String(try NumericFingerprint.compute(), radix: 16), models: models, resumedFrom: resumedFrom
        ).write(toFolder: folder)
        let path = folder + "/config.json"
        try FileFailure.naming("write", path) { try configuration.write(toFile: path, atomically: true, encoding: .utf8) }
    }
}
