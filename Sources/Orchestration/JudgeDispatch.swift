package import Trajectories

/// What a judge needs to know: queued the moment a trajectory is finished.
package struct JudgeRequest: Codable, Hashable, Sendable {
    package let trajectory: TrajectoryID
    /// The whole response.
    package let text: String
    package let annotations: [String]
    /// Where each of the annotations stands among those of its problem.
    package let places: [Int]

    /// A request for all annotations of a problem.
    package init(trajectory: TrajectoryID, text: String, annotations: [String]) {
        self.init(trajectory: trajectory, text: text, annotations: annotations, places: Array(annotations.indices))
    }

    private init(trajectory: TrajectoryID, text: String, annotations: [String], places: [Int]) {
        self.trajectory = trajectory
        self.text = text
        self.annotations = annotations
        self.places = places
    }

    /// The request for some of the annotations.
    func asking(_ chosen: [Int]) -> JudgeRequest {
        JudgeRequest(trajectory: trajectory, text: text, annotations: chosen.map { annotations[$0] }, places: chosen)
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
/// id order among those waiting. Work of an expired lease or a lost judge waits again; it never becomes unknown by that. Unknown verdicts
/// (endpoints only) are asked again of another judge, a bounded number of times. What is known already is not asked, and of requests with the
/// same text and annotations one leaves: the others take its answer, and ask themselves only what it leaves unknown.
///
/// - Invariant: ``invariantViolation()``. Each request is answered exactly once.
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

    /// What requests ask: equal questions have equal answers.
    struct Question: Hashable {
        let text: String
        let annotations: [String]
    }

    enum State: Sendable {
        case waiting
        /// Another request asks the same.
        case following
        case inFlight(worker: WorkerID, since: Duration, deadline: Duration)
        case answered([Judgement])
    }

    struct Entry: Sendable {
        let request: JudgeRequest
        let queuedAt: Duration
        /// Whether other requests' answers will do: not for one that is judged a second time on purpose.
        let sharesAnswers: Bool
        /// What is known, by annotation.
        var found: [Judgement?]
        /// How many annotations judges are asked about.
        var askedCount = 0
        /// What it asks in place of all others that ask the same.
        var leads: Question?
        var state: State
        var unknownAnswerCount: Int
        /// The judge that couldn't answer; another is tried if there is one.
        var avoided: WorkerID?

        /// Annotations without a verdict.
        var open: [Int] { found.indices.filter { found[$0] == nil } }
    }

    package let limits: JudgeLimits
    package private(set) var statistics = JudgeStatistics()
    private(set) var entries: [TrajectoryID: Entry] = [:]
    private(set) var index = JudgeIndex()
    /// Which unanswered request asks a question, and who waits for its answer.
    private(set) var leaders: [Question: TrajectoryID] = [:]
    private(set) var followers: [TrajectoryID: [TrajectoryID]] = [:]
    private(set) var settled: [TrajectoryID] = []

    package init(limits: JudgeLimits) { self.limits = limits }

    /// Queues a finished trajectory, or answers it at once if all its verdicts are known. Idempotent by id: false if it was queued before.
    ///
    /// - Parameters:
    ///   - known: What needs not be asked, one an annotation; nil if everything is to be asked.
    ///   - sharesAnswers: False for a request that is judged again on purpose: it asks itself, whatever is asked beside it.
    @discardableResult
    package mutating func enqueue(
        _ request: JudgeRequest, known: [Judgement?]? = nil, sharesAnswers: Bool = true, at now: Duration
    ) -> Bool {
        guard entries[request.trajectory] == nil else { return false }
        let found = known ?? Array(repeating: nil, count: request.annotations.count)
        recordHits(found, of: request.trajectory)
        entries[request.trajectory] = Entry(
            request: request, queuedAt: now, sharesAnswers: sharesAnswers, found: found, state: .waiting, unknownAnswerCount: 0,
            avoided: nil)
        index.move(request.trajectory, from: nil, to: .waiting)
        admit(request.trajectory)
        return true
    }

    /// Lets a request wait for a judge or for its leader's answer, unless everything about it is known.
    private mutating func admit(_ trajectory: TrajectoryID) {
        guard let entry = entries[trajectory] else { return }
        if entry.open.isEmpty {
            move(trajectory, to: .answered(entry.found.compactMap { $0 }))
            return
        }
        entries[trajectory]?.askedCount = entry.open.count
        if entry.sharesAnswers {
            let question = Question(text: entry.request.text, annotations: entry.open.map { entry.request.annotations[$0] })
            if let leader = leaders[question] {
                move(trajectory, to: .following)
                followers[leader, default: []].append(trajectory)
                return
            }
            leaders[question] = trajectory
            entries[trajectory]?.leads = question
        }
        move(trajectory, to: .waiting)
    }

    /// The one place where states change.
    private mutating func move(_ trajectory: TrajectoryID, to state: State) {
        index.move(trajectory, from: entries[trajectory]?.state, to: state)
        entries[trajectory]?.state = state
    }

    /// Ends a request's lead: its followers take what is known by now, and ask the rest.
    private mutating func endLead(of trajectory: TrajectoryID, _ entry: Entry) {
        if let question = entry.leads {
            leaders[question] = nil
            entries[trajectory]?.leads = nil
        }
        for follower in followers.removeValue(forKey: trajectory) ?? [] {
            guard var next = entries[follower], case .following = next.state else { continue }
            let answers = Dictionary(
                zip(entry.request.annotations, entry.found).compactMap { annotation, judgement in
                    judgement.flatMap { $0.verdict == .unknown ? nil : (annotation, $0) }
                }, uniquingKeysWith: { first, _ in first })
            let taken = next.found.indices.map { next.found[$0] == nil ? answers[next.request.annotations[$0]] : nil }
            for (place, judgement) in taken.enumerated() { if let judgement { next.found[place] = judgement } }
            recordHits(taken, of: follower)
            entries[follower] = next
            admit(follower)
            if case .answered = entries[follower]?.state { settled.append(follower) }
        }
    }

    private mutating func recordHits(_ judgements: [Judgement?], of trajectory: TrajectoryID) {
        guard trajectory.group.purpose != .audit else { return }
        let hits = judgements.compactMap { $0 }
        statistics.recordHits(
            step: trajectory.group.step, knownCount: hits.count { $0.verdict != .unknown }, verdictCount: hits.count)
    }

    /// Requests that another's answer has answered since the last call, in that order.
    package mutating func takeSettled() -> [TrajectoryID] {
        defer { settled = [] }
        return settled
    }

    /// The next batch for `worker`: waiting requests in id order within its bound; empty if there is nothing for it.
    ///
    /// - Parameters:
    ///   - worker: A live judge.
    ///   - hasOthers: Whether other judges are live: only then a request is kept from the judge that failed it.
    ///   - now: The time from which the lease runs.
    package mutating func take(for worker: WorkerID, hasOthers: Bool, at now: Duration) -> [JudgeRequest] {
        let room = min(limits.batchSize, limits.inFlightPerWorker - inFlightCount(of: worker))
        let taken = index.first(room) { !(hasOthers && entries[$0]?.avoided == worker) }
        let lease = State.inFlight(worker: worker, since: now, deadline: now + limits.leaseDuration)
        for trajectory in taken { move(trajectory, to: lease) }
        statistics.issued += taken.count
        return taken.compactMap { entries[$0].map { $0.request.asking($0.open) } }
    }

    /// A judge made progress: all its leases are extended.
    package mutating func renew(_ worker: WorkerID, at now: Duration) {
        for trajectory in index.held[worker] ?? [] {
            guard case .inFlight(_, let since, let deadline) = entries[trajectory]?.state else { continue }
            entries[trajectory]?.state = .inFlight(worker: worker, since: since, deadline: max(deadline, now + limits.leaseDuration))
        }
    }

    /// Verdicts arrived. Idempotent: keyed by the trajectory.
    ///
    /// - Parameters:
    ///   - judgements: In the order of the request's annotations.
    ///   - places: Which annotations of the problem these are; nil if all.
    ///   - trajectory: Which response.
    ///   - worker: Who judged it, lease or not.
    ///   - isSampling: Whether siblings or other groups of the batch are still being sampled: ``WorkBuffer/isSampling(_:purpose:)``.
    ///   - now: The time.
    package mutating func deliver(
        _ judgements: [Judgement], at places: [Int]? = nil, for trajectory: TrajectoryID, from worker: WorkerID, isSampling: Bool,
        at now: Duration
    ) -> Delivery {
        guard var entry = entries[trajectory] else {
            statistics.unknownRequests += 1
            return .unknown
        }
        let places = places ?? Array(entry.found.indices)
        let isWellFormed = judgements.count == places.count && places.allSatisfy(entry.found.indices.contains)
        if case .answered(let first) = entry.state {
            statistics.duplicates += 1
            let matches = isWellFormed && zip(places, judgements).allSatisfy { first[$0].verdict == $1.verdict }
            if !matches { statistics.duplicateMismatches += 1 }
            return .duplicate(matches: matches)
        }
        if isWellFormed {
            for (place, judgement) in zip(places, judgements) where entry.found[place] == nil && judgement.verdict != .unknown {
                entry.found[place] = judgement
            }
        }
        // A failure never looks like a 0: what an answer of the wrong length or an unknown verdict leaves open stays open.
        if !entry.open.isEmpty {
            // Only the holder's failure ends the lease: another judge may be about to answer.
            let isHeldByAnother = if case .inFlight(let holder, _, _) = entry.state { holder != worker } else { false }
            entry.unknownAnswerCount += 1
            statistics.failures += 1
            if entry.unknownAnswerCount < limits.maximumAttempts {
                entry.avoided = worker
                entries[trajectory] = entry
                if !isHeldByAnother {
                    move(trajectory, to: .waiting)
                    statistics.retries += 1
                }
                return isWellFormed ? .retried : .malformed
            }
        }
        let unknown = Judgement(
            verdict: .unknown, judge: judgements.last { $0.verdict == .unknown }?.judge ?? judgements.first?.judge ?? "")
        let answer = entry.found.map { $0 ?? unknown }
        entries[trajectory] = entry
        move(trajectory, to: .answered(answer))
        if trajectory.group.purpose != .audit {
            statistics.recordAnswer(
                step: trajectory.group.step, latency: now - entry.queuedAt, overlapsSampling: isSampling,
                knownCount: entry.askedCount - entry.open.count, verdictCount: entry.askedCount)
        }
        endLead(of: trajectory, entry)
        return .accepted
    }

    /// Puts requests whose lease has run out back to waiting.
    /// - Returns: Their ids, in order, with the judges that held them.
    /// - Complexity: O(requests in flight).
    package mutating func expire(at now: Duration) -> [(trajectory: TrajectoryID, worker: WorkerID)] {
        var ended: [(trajectory: TrajectoryID, worker: WorkerID)] = []
        for (worker, trajectories) in index.held {
            for trajectory in trajectories {
                if case .inFlight(_, _, let deadline) = entries[trajectory]?.state, deadline <= now { ended.append((trajectory, worker)) }
            }
        }
        ended.sort { $0.trajectory < $1.trajectory }
        for (trajectory, _) in ended { move(trajectory, to: .waiting) }
        statistics.expired += ended.count
        return ended
    }

    /// Puts all requests of a lost judge back to waiting.
    /// - Returns: Their ids, in order.
    package mutating func lose(_ worker: WorkerID) -> [TrajectoryID] {
        let ended = index.held[worker]?.sorted() ?? []
        for trajectory in ended { move(trajectory, to: .waiting) }
        statistics.orphaned += ended.count
        return ended
    }

    /// Forgets the requests of groups that are released, answered or not.
    package mutating func forget(_ groups: [GroupID]) {
        for trajectory in groups.flatMap({ index.groups[$0]?.sorted() ?? [] }) {
            guard let entry = entries.removeValue(forKey: trajectory) else { continue }
            index.move(trajectory, from: entry.state, to: nil)
            if case .answered = entry.state { continue }
            endLead(of: trajectory, entry)
        }
    }

    /// Forgets the figures of steps up to `step`.
    package mutating func forgetStatistics(through step: StepIndex) { statistics.forget(through: step) }

    /// What was queued for a trajectory: all annotations of its problem.
    package func request(for trajectory: TrajectoryID) -> JudgeRequest? { entries[trajectory]?.request }

    /// The judgements on a trajectory, or nil if there are none yet.
    package func judgements(for trajectory: TrajectoryID) -> [Judgement]? {
        if case .answered(let judgements) = entries[trajectory]?.state { judgements } else { nil }
    }

    /// Requests that wait for a judge: `judge/queue_depth`.
    package var queueDepth: Int { index.waiting.count }
    /// Requests that judges hold.
    package var inFlightCount: Int { index.heldCount }
    /// How many judges hold requests.
    package var holderCount: Int { index.held.count }
    /// Requests that `worker` holds.
    package func inFlightCount(of worker: WorkerID) -> Int { index.held[worker]?.count ?? 0 }

    /// The next time at which ``expire(at:)`` has something to do, or nil.
    package var nextDeadline: Duration? {
        entries.values.compactMap { if case .inFlight(_, _, let deadline) = $0.state { deadline } else { nil } }.min()
    }
}
