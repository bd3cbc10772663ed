import Orchestration
import TestSupport
import Trajectories

/// The controller's queue and its judges as ranks that speak by messages: requests, answers and acknowledgements are under way, and a
/// response is asked again while the judge does not know yet that its answer was heard.
///
/// No lease ever runs out here and no message is lost, so a request that nobody works on is never found again: the end is out of reach.
struct AskingWorld: ModelWorld {
    struct Size: Sendable {
        var judges = 1
        var responses = 2
        var attempts = 3
        /// Requests in one call to a judge.
        var batch = 1
        /// How often judging fails altogether: a worker that fails on and on is sent away.
        var failures = 1
    }

    /// What is broken on purpose, to see that the check notices.
    enum Defect: CaseIterable, Sendable {
        /// A judged request is held until the controller has acknowledged its answer.
        case heldUntilHeard
        /// A request whose judging failed is held until the controller has heard of the failure.
        case heldUntilFailureIsHeard
    }

    /// How a call to a judge ends.
    enum Form: Int, CaseIterable, Sendable { case known, unknown, failed }

    /// What is under way between the controller and a judge.
    enum Message: Hashable, Sendable {
        case request(JudgeRequest)
        case answer(JudgeRequest, Form)
        case acknowledgement(JudgeRequest, Form)
    }

    struct Parcel: Hashable, Sendable {
        let judge: Int
        let message: Message
    }

    enum Move: Sendable, CustomStringConvertible {
        case enqueue
        case take(Int)
        case arrive(Int)
        case judge(Int, Form)

        var description: String {
            switch self {
            case .enqueue: "a response is queued"
            case .take(let judge): "judge \(judge) is sent requests"
            case .arrive(let place): "message \(place) arrives"
            case .judge(let judge, let form): "judge \(judge) ends its next call: \(form)"
            }
        }
    }

    let size: Size
    let defect: Defect?
    private var dispatch: JudgeDispatch
    private var inboxes: [JudgeInbox]
    private var underWay: [Parcel] = []
    private var queuedCount = 0
    private var failureCount = 0

    init(_ size: Size, defect: Defect? = nil) {
        self.size = size
        self.defect = defect
        dispatch = JudgeDispatch(
            limits: JudgeLimits(
                batchSize: size.batch, inFlightPerWorker: size.responses, leaseDuration: .seconds(1_000_000), maximumAttempts: size.attempts
            ))
        inboxes = Array(repeating: JudgeInbox(), count: size.judges)
    }

    private func id(_ place: Int) -> TrajectoryID { TrajectoryID(group: GroupID(step: StepIndex(1), slot: place), member: 0) }

    var isDone: Bool { queuedCount == size.responses && (0..<queuedCount).allSatisfy { dispatch.judgements(for: id($0)) != nil } }

    var moves: [Move] {
        var result: [Move] = queuedCount < size.responses ? [.enqueue] : []
        for judge in 0..<size.judges {
            if dispatch.queueDepth > 0 { result.append(.take(judge)) }
            guard !inboxes[judge].queue.isEmpty else { continue }
            result += [.judge(judge, .known), .judge(judge, .unknown)]
            if failureCount < size.failures { result.append(.judge(judge, .failed)) }
        }
        return result + underWay.indices.map { .arrive($0) }
    }

    func isFault(_ move: Move) -> Bool { if case .judge(_, let form) = move { form != .known } else { false } }

    func weight(_ move: Move) -> Int { isFault(move) ? 1 : 4 }

    mutating func make(_ move: Move) throws {
        switch move {
        case .enqueue:
            let request = JudgeRequest(trajectory: id(queuedCount), text: "x\(queuedCount)", annotations: ["a"])
            dispatch.enqueue(request, at: .zero)
            queuedCount += 1
        case .take(let judge):
            for request in dispatch.take(for: WorkerID(judge), hasOthers: size.judges > 1, at: .zero) { send(.request(request), judge) }
        case .judge(let judge, let form):
            for request in inboxes[judge].next(1) {
                if !isHeldOn(form) { inboxes[judge].finish([request]) }
                if form == .failed { failureCount += 1 }
                send(.answer(request, form), judge)
            }
        case .arrive(let place):
            let parcel = underWay.remove(at: place)
            switch parcel.message {
            case .request(let request): inboxes[parcel.judge].receive([request])
            case .answer(let request, let form):
                try hear(request, form, from: parcel.judge)
                // An inbox that holds nothing on heeds no acknowledgement.
                if isHeldOn(form) { send(.acknowledgement(request, form), parcel.judge) }
            case .acknowledgement(let request, _): inboxes[parcel.judge].finish([request])
            }
        }
    }

    private func isHeldOn(_ form: Form) -> Bool { defect == (form == .failed ? .heldUntilFailureIsHeard : .heldUntilHeard) }

    private mutating func send(_ message: Message, _ judge: Int) { underWay.append(Parcel(judge: judge, message: message)) }

    private mutating func hear(_ request: JudgeRequest, _ form: Form, from judge: Int) throws {
        guard form != .failed else {
            // As the controller does: everything that the judge holds is handed out again.
            _ = dispatch.lose(WorkerID(judge))
            return
        }
        let verdict: Verdict = form == .known ? .reflected : .unknown
        _ = dispatch.deliver(
            [Judgement(verdict: verdict, judge: "judge")], at: request.places, for: request.trajectory, from: WorkerID(judge),
            isSampling: false, at: .zero)
    }

    func violation() -> String? { dispatch.invariantViolation() }

    func encode(into words: inout [Int]) {
        words += [queuedCount, failureCount]
        for inbox in inboxes {
            words.append(-1)
            words += inbox.queue.map(\.trajectory.group.slot) + [-2] + inbox.held.map(\.trajectory.group.slot).sorted()
        }
        // Messages between two ranks may overtake each other, so their order tells nothing.
        let codes = underWay.map { parcel -> Int in
            let (kind, request, form) =
                switch parcel.message {
                case .request(let request): (0, request, 0)
                case .answer(let request, let form): (1, request, form.rawValue)
                case .acknowledgement(let request, let form): (2, request, form.rawValue)
                }
            return ((parcel.judge * 3 + kind) * 3 + form) * size.responses + request.trajectory.group.slot
        }
        words += [-3] + codes.sorted()
        dispatch.encode(at: .zero, into: &words)
    }
}
