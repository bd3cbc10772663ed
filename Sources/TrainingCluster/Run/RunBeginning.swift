import ActorRuntime
package import Checkpointing
import Configuration
import ConfigurationReading
import Digests
import Files
import Foundation
import LinearAlgebra
package import Telemetry

/// What a run folder says of the run so far, before this attempt.
struct RunPast: Sendable {
    /// What `run.json` says; nil of a folder in which no run began.
    let manifest: RunManifest?
    /// Whether anything was computed that must be gone on with.
    let holdsSteps: Bool

    /// - Parameter isResumed: false for a run that begins, whatever a refused attempt has left.
    /// - Throws: `TelemetryError` for a `run.json` that is damaged.
    init(folder: String, isResumed: Bool) throws {
        guard isResumed, FileManager.default.fileExists(atPath: folder + "/" + RunManifest.fileName) else {
            (manifest, holdsSteps) = (nil, false)
            return
        }
        manifest = try RunManifest.load(fromFolder: folder)
        holdsSteps = Self.holdsSteps(folder)
    }

    /// Whether steps of a run stand in a folder, or checkpoints.
    static func holdsSteps(_ folder: String) -> Bool {
        let size = (try? FileManager.default.attributesOfItem(atPath: folder + "/metrics.jsonl"))?[.size] as? Int
        return size ?? 0 > 0 || !CheckpointStore(path: folder + "/checkpoints").steps().isEmpty
    }

    /// What a continuation must agree with; nil if nothing is computed yet, or nothing recorded.
    var identity: RunIdentity? { holdsSteps ? manifest?.identity : nil }

    /// What the run's checkpoints say of themselves.
    var origin: CheckpointOrigin? { manifest.flatMap { CheckpointOrigin($0) } }
}

extension CheckpointOrigin {
    /// What the checkpoints of a run say of themselves; nil where `run.json` is of an earlier build, whose checkpoints say nothing.
    package init?(_ manifest: RunManifest) {
        guard let run = manifest.run, let identity = manifest.identity else { return nil }
        self.init(run: run, identity: identity.digest)
    }
}

/// What the run folder says of this attempt: `run.json` and `config.json`.
struct RunBeginning: Sendable {
    let start: RunStart
    let folder: String
    let past: RunPast
    let answers: [RunConfiguration.Answer]
    /// Models and metadata.
    let files: [InputClaim]
    let hosts: [String]
    let roles: [String]
    let models: [String: String]
    /// Where a resumed run goes on.
    let checkpoint: (step: Int, path: String)?

    /// Writes both files, and says if another program goes on than the one before.
    ///
    /// A run keeps the identity that it began with, whatever build goes on: the values are compared, and a later build may have other defaults.
    /// - Parameter pictures: what the check of the pictures read; empty before it.
    /// - Returns: what the run's checkpoints say of themselves; nil in a folder of an earlier build, whose checkpoints say nothing.
    func write(pictures: [InputClaim], _ log: Log) throws -> CheckpointOrigin? {
        if let recorded = past.identity, let other = pictures.first(where: { ($0.value != recorded.files[$0.name] ?? $0.value) }) {
            throw IdentityDifference(
                "\(folder) can't be continued: \(other.name) are not those that the run began with", [],
                remedy: "which, \(PictureRecords.fileName) would tell; put it back, or begin a run of its own with another --output")
        }
        try RunEnd.remove(fromFolder: folder)
        let identity = past.identity ?? RunIdentity(configuration: answers, files: files + pictures)
        let isOfEarlierBuild = past.holdsSteps && past.manifest?.run == nil
        let run = isOfEarlierBuild ? nil : past.manifest?.run ?? start.run
        let program = try start.program(afterStep: past.holdsSteps ? checkpoint?.step ?? 0 : 0)
        var programs = past.holdsSteps ? past.manifest?.programs ?? past.manifest?.latestProgram.map { [$0] } ?? [] : []
        if let difference = programs.last.flatMap({ program.difference(from: $0) }) {
            log.warning("the run goes on with another program or CPU; digests that are recorded are compared", ["what": difference])
        }
        if programs.last.map({ program.difference(from: $0) != nil }) ?? true { programs.append(program) }
        try start.write(
            toFolder: folder,
            RunStart.Facts(
                run: run, identity: identity, programs: programs, roles: roles, hosts: hosts, models: models,
                resumedFrom: checkpoint?.path))
        return run.map { CheckpointOrigin(run: $0, identity: identity.digest) }
    }
}
