import Checkpointing
import Configuration
import Telemetry

/// Where a resumed run goes on: the newest good checkpoint to which the run's records are whole.
struct ResumePoint {
    /// nil: from the start.
    let checkpoint: Checkpoint?
    /// Records that no checkpoint is old enough to compute again; nil if there are none.
    let losses: String?

    /// Chooses, and says what was mended, passed over and lost.
    ///
    /// - Throws: `CheckpointError` if there are checkpoints and none is good; ``ClusterError`` for records that contradict each other.
    init(_ configuration: RunConfiguration, lease: RunLease, _ log: Log) throws {
        let store = RunRecords.store(configuration)
        var ledger = try RecordLedger(folder: configuration.output, lease: lease)
        guard let newest = try store.newestGood() else {
            (checkpoint, losses) = (nil, nil)
            Self.tell(ledger, log)
            return
        }
        for error in newest.rejected { log.warning("a checkpoint can't be used", ["reason": error.description]) }
        var candidate: Checkpoint? = newest.checkpoint
        while let found = candidate, try !ledger.holds(RunState(of: found)) {
            let steps = store.steps().filter { $0 < found.manifest.step }
            candidate = steps.isEmpty ? nil : try? store.newestGood(through: found.manifest.step - 1)?.checkpoint
        }
        Self.tell(ledger, log)
        let last = newest.checkpoint.manifest.step
        if let candidate {
            (checkpoint, losses) = (candidate, nil)
            guard candidate.manifest.step < last else { return }
            log.warning(
                "records are lost: the run goes on from the checkpoint before them and computes them again",
                ["checkpoint": candidate.manifest.step, "newest": last])
        } else {
            checkpoint = newest.checkpoint
            let gap =
                ledger.wholeSteps < last ? "the records of steps \(ledger.wholeSteps + 1) to \(last)" : "samples of steps up to \(last)"
            losses = "\(gap) are lost, and no checkpoint is old enough to compute them again"
            log.warning("records are lost for good", ["what": gap, "checkpoint": last])
        }
    }

    private static func tell(_ ledger: RecordLedger, _ log: Log) {
        for repair in ledger.repairs { log.warning("records were out of order", ["mended": repair]) }
    }
}
