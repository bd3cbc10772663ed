package import ActorRuntime
package import Checkpointing
import Configuration
import ConfigurationReading
import Digests
import Files
import Foundation
package import Judging
import Rewards
import Synchronization
package import Telemetry
package import Trajectories

/// The digest of published weights.
package enum PolicyDigest {
    /// SHA-256 of the float32 bytes in the order of the flat buffer.
    package static func of(_ buffer: BulkBuffer) -> String {
        var sha = SHA256()
        buffer.withUnsafeBytes { sha.update($0) }
        return sha.hex
    }
}

/// A run folder as its one writer holds it: records, checkpoints, and where an earlier attempt had come to.
///
/// Whoever has lost the lease writes nothing: everything that goes into the folder stands behind ``RunLease/check()``.
package final class RunRecords: Sendable {
    package let metrics: JSONLinesLog
    package let samples: JSONLinesLog
    /// Verdicts of all attempts: a continued run rewinds nothing here.
    package let verdicts: VerdictLog
    /// Values of a user's own rewards, of all attempts; in memory for a run without any.
    package let rewards: RewardLog
    package let store: CheckpointStore
    package let lease: RunLease
    package let configDigest: String
    private let ownOrigin = Mutex<CheckpointOrigin?>(nil)
    /// What checkpoints say of the run: known once its pictures are read, and so before the first of them.
    package var origin: CheckpointOrigin? {
        get { ownOrigin.withLock { $0 } }
        set { ownOrigin.withLock { $0 = newValue } }
    }
    /// Steps that are done: 0 for a fresh run, the checkpoint's step for a resumed one.
    package let startStep: Int
    /// Draws made for those steps.
    package let cursor: Int
    /// How many of those steps changed nothing.
    package let skippedSteps: Int
    /// The versions that workers need at the start, oldest first.
    package let versionsToPublish: [PolicyVersion]
    /// The latest records of those steps, as far back as the judge's watch looks.
    package let history: [MetricRecord]
    /// What those records say of the run's health.
    let health: RunHealth
    /// How long a holder that is to be displaced is waited for: one that is dying lets go by itself.
    private static let patience = 3.0

    /// A step that an earlier attempt wrote behind the checkpoint.
    private struct Written {
        let batch: String?
        let policy: String?
        /// Groups that were dropped for a picture.
        let unreadable: Double?
        /// Where its line of metrics.jsonl begins, and the next one.
        let byteOffset: Int
        let byteEnd: Int
        /// Its lines of samples.jsonl, and where the last of them ends.
        var samples = (count: 0, byteEnd: 0)
    }

    /// What an earlier attempt wrote behind the checkpoint: recomputed digests must equal these.
    private let written: Mutex<[Int: Written]>
    /// Where the records of the latest step end.
    private let ends: Mutex<(metrics: Int, samples: Int)>
    /// Records that are lost for good, for people; nil if there are none.
    package let losses: String?
    /// Room for the last words of a run that fills its disk.
    let reserve: RunReserve

    /// Where a run's checkpoints are.
    static func store(_ configuration: RunConfiguration) -> CheckpointStore { CheckpointStore(path: configuration.output + "/checkpoints") }

    /// Takes a run folder's lease, and removes what earlier holders left half done. Only behind this is it safe to look for a checkpoint: one
    /// that an earlier holder is about to commit can't be committed any more.
    ///
    /// - Parameter takesOver: whether the lease is taken from a process that still holds it.
    /// - Throws: `CheckpointError`.
    static func takeLease(_ configuration: RunConfiguration, takesOver: Bool) throws -> RunLease {
        let folder = configuration.output
        try FileFailure.naming("create the run folder", folder) {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        let lease = try RunLease(folder: folder, policy: takesOver ? .takeOver(afterSeconds: patience) : .refuse)
        if lease.displaced != nil { try lease.detachFiles(["metrics.jsonl", "samples.jsonl", VerdictLog.fileName, RewardLog.fileName]) }
        try store(configuration).removeLeftovers()
        return lease
    }

    /// Opens the records of a folder whose lease is held.
    ///
    /// - Parameters:
    ///   - checkpoint: where a resumed run starts; nil for one that starts with step 1.
    ///   - losses: which records are lost for good.
    /// - Throws: `CheckpointError`, `TelemetryError`.
    init(inputs: RunInputs, lease: RunLease, checkpoint: Checkpoint?, losses: String? = nil) throws {
        let configuration = inputs.configuration
        let folder = configuration.output
        let metricsPath = folder + "/metrics.jsonl"
        self.lease = lease
        self.losses = losses
        reserve = try RunReserve(folder: folder)
        store = Self.store(configuration)
        metrics = try JSONLinesLog(path: metricsPath)
        samples = try JSONLinesLog(path: folder + "/samples.jsonl")
        verdicts = try VerdictLog(path: folder + "/" + VerdictLog.fileName)
        rewards = inputs.rubric.ownNames.isEmpty ? RewardLog() : try RewardLog(path: folder + "/" + RewardLog.fileName)
        configDigest = SHA256.hex(ofText: configuration.resolvedJSON)
        let state = try checkpoint.map { try RunState(of: $0) }
        // A process that was killed between a checkpoint's rename and this record has left it out.
        if let state, let score = state.validationReward { _ = try store.recordBest(step: state.step, score: score) }
        startStep = state?.step ?? 0
        cursor = state?.cursor ?? 0
        skippedSteps = state.map { $0.step - $0.updateCount } ?? 0
        let lag = configuration.training.staleness
        let start = startStep
        versionsToPublish = (max(0, start - lag)...start).map { PolicyVersion($0) }
        var written: [Int: Written] = [:]
        var history: [MetricRecord] = []
        var health = RunHealth(configuration, asksForForm: inputs.asksForForm)
        var next = start + 1
        var metricsEnd = metrics.byteOffset
        for (line, record) in try JSONLinesLog.metrics(in: metricsPath) {
            if record.step > 0, record.step <= start {
                history.append(record)
                health.resume(record)
            }
            guard record.step > start else { continue }
            // What stands behind a gap is computed again, and written where it belongs.
            guard record.step == next else {
                try metrics.truncate(toOffset: line.byteOffset)
                break
            }
            if record.step == start + 1 { metricsEnd = line.byteOffset }
            next += 1
            written[record.step] = Written(
                batch: record.text(.digestBatch), policy: record.text(.digestPolicy), unreadable: record.number(Self.unreadable),
                byteOffset: line.byteOffset, byteEnd: line.byteOffset + line.text.utf8.count + 1)
        }
        self.health = health
        self.history = history.suffix(max(configuration.judge.audit.window, configuration.judge.audit.saturationWindow))
        let samplesEnd = try Self.readSamples(samples, behind: state, into: &written)
        self.written = Mutex(written)
        ends = Mutex((metricsEnd, samplesEnd))
    }

    /// Looks at the samples behind a checkpoint. From the first on that is out of order, or whose step has no metrics, they are removed: their
    /// steps are computed again.
    ///
    /// - Returns: where the checkpoint's own samples end.
    private static func readSamples(_ samples: JSONLinesLog, behind state: RunState?, into written: inout [Int: Written]) throws -> Int {
        let start = state?.step ?? 0
        // What stands before the checkpoint's is as it should be, and may be gigabytes.
        let known = state.map(\.samplesByteCount) ?? 0
        let offset = samples.startsLine(at: known) ? known : 0
        var end = offset
        var previous: RecordLedger.Key?
        var keep: Int?
        try JSONLinesLog.forEachLine(in: samples.path, fromOffset: offset) { line in
            guard keep == nil else { return }
            guard let key = RecordLedger.Key(line.text), previous.map({ $0 < key }) ?? true, key.step <= start || written[key.step] != nil
            else {
                keep = line.byteOffset
                return
            }
            previous = key
            let lineEnd = line.byteOffset + line.text.utf8.count + 1
            if key.step <= start {
                end = lineEnd
            } else {
                written[key.step]?.samples.count += 1
                written[key.step]?.samples.byteEnd = lineEnd
            }
        }
        if let keep { try samples.truncate(toOffset: keep) }
        return end
    }

    static let unreadable: MetricName = "rollout/unreadable_images"

    /// What became of a step's records.
    package enum Appended: Sendable {
        case written
        /// An earlier attempt wrote the same.
        case known
        /// An earlier attempt wrote the same metrics, but not all samples: its records of this step and those behind it are gone.
        case completed
        /// An earlier attempt read pictures that can't be read any more, or the other way round: what it wrote of this step and those behind it is gone.
        case replaced
    }

    /// Where the records of the latest step end in metrics.jsonl and samples.jsonl, whatever an earlier attempt wrote behind them.
    package var byteCounts: (metrics: Int, samples: Int) { ends.withLock { $0 } }

    /// Writes a step's records; those that an earlier attempt wrote are compared instead.
    ///
    /// - Throws: ``ClusterError`` if a digest differs from the one already written; `CheckpointError` with code `leaseLost`; `TelemetryError`.
    @discardableResult
    package func append(_ record: MetricRecord, samples lines: [SampleRecord]) throws -> Appended {
        try lease.check()
        try verdicts.synchronize()
        try rewards.synchronize()
        var outcome = Appended.written
        if let earlier = written.withLock({ $0[record.step] }) {
            let isSame = earlier.batch == record.text(.digestBatch) && earlier.policy == record.text(.digestPolicy)
            if isSame, earlier.samples.count == lines.count {
                ends.withLock { $0 = (earlier.byteEnd, lines.isEmpty ? $0.samples : earlier.samples.byteEnd) }
                return .known
            }
            // No run ends for a picture.
            guard isSame || earlier.unreadable ?? 0 != record.number(Self.unreadable) ?? 0 else {
                throw ClusterError(
                    "step \(record.step) was recomputed with other digests than those in metrics.jsonl: this machine, build or data computes other bits"
                )
            }
            // Records from here on are replaced.
            try metrics.truncate(toOffset: earlier.byteOffset)
            try samples.truncate(toOffset: ends.withLock { $0.samples })
            written.withLock { $0 = $0.filter { $0.key < record.step } }
            outcome = isSame ? .completed : .replaced
        }
        for line in lines { try samples.append(line) }
        try samples.synchronize()
        try metrics.append(record)
        try metrics.synchronize()
        ends.withLock { $0 = (metrics.byteOffset, samples.byteOffset) }
        return outcome
    }
}
