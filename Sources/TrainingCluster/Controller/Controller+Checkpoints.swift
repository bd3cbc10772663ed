import ActorRuntime
import Checkpointing
import Configuration
import Distributed
import Foundation
import Orchestration
import Telemetry

extension Controller {
    /// Whether a validation is the best so far: its policy is kept, whenever the next checkpoint is due.
    func isBest(_ scores: ValidationScores?) -> Bool {
        guard let scores else { return false }
        return records.store.best().map { scores.reward > $0.score } ?? true
    }

    func checkpoint(_ step: Int, cursor: Int, validation: ValidationScores?) async throws {
        let state = RunState(
            step: step, version: step, seed: inputs.configuration.training.seed, cursor: cursor,
            metricsByteCount: records.metrics.byteOffset, samplesByteCount: records.samples.byteOffset,
            updateCount: step - skippedSteps)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        let bytes = Array(try encoder.encode(state))
        saveReports = [:]
        savedStep = step
        for member in cluster.learners {
            let learner: LearnerWorker = try actorSystem.actor(ClusterLayout.Name.learner, at: member.peer)
            try await insist("the order to save step \(step) for learner \(member.worker.rawValue)") {
                try await learner.save(step: step, state: bytes, configDigest: records.configDigest)
            }
        }
        try await wait(for: "the checkpoint of step \(step)") { self.saveReports.count == self.cluster.learners.count }
        if let failed = saveReports.values.sorted(by: { $0.rank < $1.rank }).first(where: { $0.failure != nil }) {
            // The previous checkpoint stands; the run is worth more than this save.
            log.error("a checkpoint could not be saved", ["step": step, "reason": failed.failure ?? ""])
            return
        }
        try records.lease.check()
        if let score = validation?.reward { _ = try records.store.recordBest(step: step, score: score) }
        _ = try records.store.retain(last: inputs.configuration.checkpoint.keep)
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
}
