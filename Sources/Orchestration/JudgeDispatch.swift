package import Trajectories

/// What a judge needs to know: queued the moment a trajectory is finished.
package struct JudgeRequest: Codable, Hashable, Sendable {
    package let trajectory: TrajectoryID
    /// The whole response.
    package let text: String
    package let annotations: [String]

    package init(trajectory: TrajectoryID, text: String, annotations: [String]) {
        self.trajectory = trajectory
        self.text = text
        self.annotations = annotations
    }
}

/// The bounds of judging.
package struct JudgeLimits: Codable, Hashable, Sendable {
    /// Requests in one call to a judge.
    package var batchSize: Int
    /// Requests that one judge may hold.
    package var inFlightPerWorker: Int
    /// How long a judge may go without an answer or progress.
    package var leaseDuration: Duration
    /// How often a response with unknown verdicts is judged in all, before they stay unknown.
    package var maximumAttempts: Int

    /// - Precondition: All positive.
    package init(batchSize: Int, inFlightPerWorker: Int, leaseDuration: Duration, maximumAttempts: Int = 3) {
        precondition(
            batchSize > 0 && inFlightPerWorker > 0 && leaseDuration > .zero && maximumAttempts > 0, "judge limits must be positive")
        self.batchSize = batchSize
        self.inFlightPerWorker = inFlightPerWorker
        self.leaseDuration = leaseDuration
        self.maximumAttempts = maximumAttempts
    }
}

/// The queue to the judges: which response is with whom, until when, and what came back.
///
/// Verdicts are a pure function of annotation and response, so the first answer counts, later ones are compared with it. Requests leave in
/// id order among those waiting. Work of an expired lease or a lost judge waits again; it never becomes unknown by that. Answers with
/// unknown verdicts (endpoints only) are asked again of another judge, a bounded number of times.
///
/// - Invariant: Each request is answered exactly once, and no judge holds more than its bound.
package struct JudgeDispatch: Sendable {
    /// What became of delivered verdicts.
    package enum Delivery: Hashable, Sendable {
        /// The answer that counts; it may hold unknown verdicts once the attempts are used up.
        case accepted
        /// Some verdicts are unknown: queued again.
        case retried
        /// There was an answer; `matches` tells whether it was the same.
        case duplicate(matches: Bool)
        /// No such request.
        case unknown
        /// Not one verdict an annotation: taken as unknown and queued again.
        case malformed
    }

    private enum State: Sendable {
        case waiting
        case inFlight(worker: WorkerID, since: Duration, deadline: Duration)
        case answered([Judgement])
    }

    private struct Entry: Sendable {
        let request: JudgeRequest
        let queuedAt: Duration
        var state: State
        var unknownAnswerCount: Int
        /// The judge that couldn't answer; another is tried if there is one.
        var avoided: WorkerID?
    }

    package let limits: JudgeLimits
    package private(set) var statistics = JudgeStatistics()
    private var entries: [TrajectoryID: Entry] = [:]
    private var waiting: Set<TrajectoryID> = []
    private var inFlightCounts: [WorkerID: Int] = [:]

    package init(limits: JudgeLimits) { self.limits = limits }

    /// Queues a finished trajectory. Idempotent by id: false if it was queued before.
    @discardableResult
    package mutating func enqueue(_ request: JudgeRequest, at now: Duration) -> Bool {
        guard entries[request.trajectory] == nil else { return false }
        entries[request.trajectory] = Entry(request: request, queuedAt: now, state: .waiting, unknownAnswerCount: 0, avoided: nil)
        waiting.insert(request.trajectory)
        return true
    }

    /// The next batch for `worker`: waiting requests in id order within its bound; empty if there is nothing for it.
    ///
    /// - Parameters:
    ///   - worker: A live judge.
    ///   - hasOthers: Whether other judges are live: only then a request is kept from the judge that failed it.
    ///   - now: The time from which the lease runs.
    package mutating func take(for worker: WorkerID, hasOthers: Bool, at now: Duration) -> [JudgeRequest] {
        let room = min(limits.batchSize, limits.inFlightPerWorker - inFlightCounts[worker, default: 0])
        guard room > 0 else { return [] }
        var batch: [JudgeRequest] = []
        for trajectory in waiting.sorted() {
            if batch.count == room { break }
            guard let entry = entries[trajectory], !(hasOthers && entry.avoided == worker) else { continue }
            entries[trajectory]?.state = .inFlight(worker: worker, since: now, deadline: now + limits.leaseDuration)
            waiting.remove(trajectory)
            batch.append(entry.request)
        }
        inFlightCounts[worker, default: 0] += batch.count
        statistics.issued += batch.count
        return batch
    }

    /// A judge made progress: all its leases are extended.
    package mutating func renew(_ worker: WorkerID, at now: Duration) {
        for (trajectory, entry) in entries {
            guard case .inFlight(worker, let since, let deadline) = entry.state else { continue }
            entries[trajectory]?.state = .inFlight(worker: worker, since: since, deadline: max(deadline, now + limits.leaseDuration))
        }
    }

    /// Verdicts arrived. Idempotent: keyed by the trajectory.
    ///
    /// - Parameters:
    ///   - judgements: In the order of the request's annotations.
    ///   - trajectory: Which response.
    ///   - worker: Who judged it, lease or not.
    ///   - isSampling: Whether siblings or other groups of the batch are still being sampled: ``WorkBuffer/isSampling(_:purpose:)``.
    ///   - now: The time.
    package mutating func deliver(
        _ judgements: [Judgement], for trajectory: TrajectoryID, from worker: WorkerID, isSampling: Bool, at now: Duration
    ) -> Delivery {
        guard var entry = entries[trajectory] else {
            statistics.unknownRequests += 1
            return .unknown
        }
        if case .answered(let first) = entry.state {
            statistics.duplicates += 1
            let matches = first.map(\.verdict) == judgements.map(\.verdict)
            if !matches { statistics.duplicateMismatches += 1 }
            return .duplicate(matches: matches)
        }
        let isWellFormed = judgements.count == entry.request.annotations.count
        // A failure never looks like a 0: an answer of the wrong length counts as one of unknown verdicts.
        let unknown = Judgement(verdict: .unknown, judge: judgements.first?.judge ?? "")
        let judgements = isWellFormed ? judgements : Array(repeating: unknown, count: entry.request.annotations.count)
        if !isWellFormed || judgements.contains(where: { $0.verdict == .unknown }) {
            // Only the holder's failure ends the lease: another judge may be about to answer.
            let isHeldByAnother = if case .inFlight(let holder, _, _) = entry.state { holder != worker } else { false }
            entry.unknownAnswerCount += 1
            statistics.failures += 1
            if entry.unknownAnswerCount < limits.maximumAttempts {
                entry.avoided = worker
                if !isHeldByAnother {
                    endLease(&entry)
                    entry.state = .waiting
                    waiting.insert(trajectory)
                    statistics.retries += 1
                }
                entries[trajectory] = entry
                return isWellFormed ? .retried : .malformed
            }
        }
        endLease(&entry)
        waiting.remove(trajectory)
        entry.state = .answered(judgements)
        entries[trajectory] = entry
        statistics.recordAnswer(
            step: trajectory.group.step, latency: now - entry.queuedAt, overlapsSampling: isSampling,
            knownCount: judgements.count { $0.verdict != .unknown }, verdictCount: judgements.count)
        return .accepted
    }

    private mutating func endLease(_ entry: inout Entry) {
        if case .inFlight(let holder, _, _) = entry.state { inFlightCounts[holder, default: 1] -= 1 }
    }

    /// Puts requests whose lease has run out back to waiting.
    /// - Returns: Their ids, in order.
    package mutating func expire(at now: Duration) -> [TrajectoryID] {
        let ended = takeBack { $1 <= now }
        statistics.expired += ended.count
        return ended
    }

    /// Puts all requests of a lost judge back to waiting.
    /// - Returns: Their ids, in order.
    package mutating func lose(_ worker: WorkerID) -> [TrajectoryID] {
        let ended = takeBack { holder, _ in holder == worker }
        statistics.orphaned += ended.count
        inFlightCounts[worker] = nil
        return ended
    }

    private mutating func takeBack(where hasEnded: (WorkerID, Duration) -> Bool) -> [TrajectoryID] {
        var result: [TrajectoryID] = []
        for (trajectory, entry) in entries {
            guard case .inFlight(let worker, _, let deadline) = entry.state, hasEnded(worker, deadline) else { continue }
            entries[trajectory]?.state = .waiting
            waiting.insert(trajectory)
            inFlightCounts[worker, default: 1] -= 1
            result.append(trajectory)
        }
        return result.sorted()
    }

    /// Forgets the requests of groups that are released, answered or not.
    package mutating func forget(_ groups: [GroupID]) {
        let gone = Set(groups)
        for (trajectory, entry) in entries where gone.contains(trajectory.group) {
            if case .inFlight(let worker, _, _) = entry.state { inFlightCounts[worker, default: 1] -= 1 }
            waiting.remove(trajectory)
            entries[trajectory] = nil
        }
    }

    /// Forgets the figures of steps up to `step`.
    package mutating func forgetStatistics(through step: StepIndex) { statistics.forget(through: step) }

    /// The judgements on a trajectory, or nil if there are none yet.
    package func judgements(for trajectory: TrajectoryID) -> [Judgement]? {
        if case .answered(let judgements) = entries[trajectory]?.state { judgements } else { nil }
    }

    /// Requests that wait for a judge: `judge/queue_depth`.
    package var queueDepth: Int { waiting.count }
    /// Requests that judges hold.
    package var inFlightCount: Int { inFlightCounts.values.reduce(0, +) }
    /// Requests that `worker` holds.
    package func inFlightCount(of worker: WorkerID) -> Int { inFlightCounts[worker, default: 0] }

    /// The next time at which ``expire(at:)`` has something to do, or nil.
    package var nextDeadline: Duration? {
        entries.values.compactMap { if case .inFlight(_, _, let deadline) = $0.state { deadline } else { nil } }.min()
    }
}
