import ActorRuntime
package import Checkpointing
import Configuration
import ConfigurationReading
import Distributed
import Files
import Foundation
import Orchestration
import Telemetry

/// Checkpoints are written while training goes on: ``checkpoint(_:cursor:validation:)`` begins one, the learners' reports end it, and only
/// the next one, or the end of the run, waits for it.
extension Controller {
    /// Whether a validation is the best so far: its policy is kept, whenever the next checkpoint is due.
    func isBest(_ scores: ValidationScores?) -> Bool {
        guard let scores else { return false }
        return [records.store.best()?.score, saves.underWay?.score].compactMap(\.self).allSatisfy { scores.reward > $0 }
    }

    /// Begins to save the state after a step, once the save before it has ended.
    func checkpoint(_ step: Int, cursor: Int, validation: ValidationScores?) async throws {
        try await finishSave()
        let state = RunState(
            step: step, version: step, seed: inputs.configuration.training.seed, cursor: cursor,
            metricsByteCount: records.byteCounts.metrics, samplesByteCount: records.byteCounts.samples,
            updateCount: step - skippedSteps, validationReward: validation?.reward)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        let bytes = Array(try encoder.encode(state))
        saves.begin(step: step, score: validation?.reward, at: now)
        savedStep = step
        let order = SaveOrder(
            step: step, ordinal: saves.count, generation: records.lease.generation, state: bytes, configDigest: records.configDigest,
            origin: records.origin)
        for member in cluster.learners {
            let learner: LearnerWorker = try actorSystem.actor(ClusterLayout.Name.learner, at: member.peer)
            try await insist("the order to save step \(step) for learner \(member.worker.rawValue)") { try await learner.save(order) }
        }
    }

    /// Waits for the save that is under way, if there is one. Its failure is no failure of this.
    ///
    /// - Throws: ``ClusterError`` if it does not end within `cluster.stall_deadline_seconds`.
    func finishSave() async throws {
        guard !saves.isIdle else { return }
        let limit = inputs.configuration.cluster.stallDeadline
        let deadline = now + limit
        let step = saves.underWay?.step
        try await wait(for: "the checkpoint of step \(step ?? 0) to be written") { self.saves.isIdle || self.now > deadline }
        guard saves.isIdle else {
            throw ClusterError(
                "the checkpoint of step \(step ?? 0) was not written within \(limit): does the disk of \(records.store.path) hang?",
                isInterruption: true)
        }
    }

    /// How the run ends, once the last save has: a save that failed is told.
    func afterSaves(_ end: RunEnd) async throws -> RunEnd {
        try await finishSave()
        guard let failure = saves.lastFailure else { return end }
        return RunEnd(status: end.status, step: end.step, message: [end.message, failure].compactMap(\.self).joined(separator: "; "))
    }

    /// Takes a learner rank's report of a save. With the last one, the save is over: a good one is recorded if it is the best, and makes
    /// older ones superfluous.
    func heardOfSave(_ report: LearnerReport) {
        guard let ended = saves.heard(report, ranks: cluster.learners.count, at: now) else { return }
        let (store, lease, keep) = (records.store, records.lease, inputs.configuration.checkpoint.keep)
        Task {
            var failure = ended.failure
            if failure == nil {
                do {
                    try await SavingThread.run {
                        try lease.check()
                        if let score = ended.score { _ = try store.recordBest(step: ended.step, score: score) }
                        _ = try store.retain(last: keep)
                    }
                } catch { failure = "\(error)" }
            }
            settle(ended, failure)
        }
    }

    private func settle(_ ended: SaveLedger.Ended, _ failure: String?) {
        saves.settled(ended, failure: failure)
        if let failure {
            // The previous checkpoint stands; the run is worth more than this save.
            log.error("a checkpoint could not be saved", ["step": ended.step, "reason": failure, "failures": saves.failures])
        } else {
            log.info("a checkpoint is saved", ["step": ended.step, "duration.ms": ended.duration / .milliseconds(1)])
        }
        changed()
    }

    /// The checkpoints that ended since the record before, in a step's metrics.
    func setSaves(_ record: inout MetricRecord) {
        record.set("checkpoint/failures", saves.failures)
        let ended = saves.takeEnded()
        guard let last = ended.last else { return }
        record.set("timing_s/snapshot", ended.map(\.snapshot).max() ?? last.snapshot)
        record.set(.timeCheckpoint, last.duration)
    }
}

/// `state.json` of a checkpoint.
package struct RunState: Codable, Hashable, Sendable {
    package let step: Int
    package let version: Int
    package let seed: Int
    /// Draws made by the problem sampler for steps up to `step`.
    package let cursor: Int
    /// Where the records of `step` ended in metrics.jsonl and samples.jsonl.
    package let metricsByteCount: Int
    package let samplesByteCount: Int
    /// Optimizer updates so far: steps less those that were skipped.
    package let updateCount: Int
    /// `val/reward_score` of the step, where it was validated.
    package let validationReward: Double?

    private enum CodingKeys: CodingKey {
        case step, version, seed, cursor, metricsByteCount, samplesByteCount, updateCount, validationReward
    }
}

extension RunState {
    /// What is beyond no run has come to: whatever is computed from such counts is a number too.
    private static let counts = 0...1 << 50

    /// - Throws: `DecodingError` for numbers that no run has written too.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        step = try values.decode(Int.self, forKey: .step)
        version = try values.decode(Int.self, forKey: .version)
        seed = try values.decode(Int.self, forKey: .seed)
        cursor = try values.decode(Int.self, forKey: .cursor)
        metricsByteCount = try values.decode(Int.self, forKey: .metricsByteCount)
        samplesByteCount = try values.decode(Int.self, forKey: .samplesByteCount)
        updateCount = try values.decode(Int.self, forKey: .updateCount)
        validationReward = try values.decodeIfPresent(Double.self, forKey: .validationReward)
        let areCounts = [step, cursor, metricsByteCount, samplesByteCount, updateCount].allSatisfy { Self.counts.contains($0) }
        guard areCounts, seed >= 0, version == step, updateCount <= step else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "these are no numbers of a run"))
        }
    }

    /// The state that a checkpoint holds.
    ///
    /// - Throws: `CheckpointError`: `corrupt` where it is none of that checkpoint.
    package init(of checkpoint: Checkpoint) throws {
        let bytes = try checkpoint.state()
        guard let found = try? JSONDecoder().decode(RunState.self, from: Data(bytes)), found.step == checkpoint.manifest.step else {
            throw CheckpointError(
                .corrupt, path: checkpoint.path + "/" + CheckpointManifest.stateFileName,
                "this is not the state of a run after step \(checkpoint.manifest.step): resume from another checkpoint")
        }
        self = found
    }

    /// What a checkpoint's folder says, without a look at its checksums; nil if it says nothing.
    package init?(inFolder folder: String) {
        guard let data = try? InputFile.read(folder + "/" + CheckpointManifest.stateFileName),
            let state = try? JSONDecoder().decode(RunState.self, from: data)
        else { return nil }
        self = state
    }

    /// How many updates a checkpoint's folder says that it holds, without a look at its checksums; nil if it says nothing.
    package static func updateCount(inFolder folder: String) -> Int? {
        RunState(inFolder: folder)?.updateCount
    }
}
