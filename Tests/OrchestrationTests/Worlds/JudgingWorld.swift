import Orchestration
import TestSupport
import Trajectories

/// The queue to judges that die, hang, return, can't say, answer late, twice and in the wrong form; groups are forgotten under way.
struct JudgingWorld: ModelWorld {
    let size: Size
    let defect: Defect?
    private(set) var dispatch: JudgeDispatch
    private var now = 0
    private var nextPlace = 0
    private var isLost: [Bool]
    private var underWay: Set<Parcel> = []
    private var forgotten: Set<Int> = []
    /// Responses whose answer counts.
    private(set) var answered: Set<Int> = []
    /// Answers with something unknown or of the wrong form that a response got before it was answered.
    private var failureCounts: [Int]

    init(_ size: Size, defect: Defect? = nil) {
        self.size = size
        self.defect = defect
        dispatch = JudgeDispatch(
            limits: JudgeLimits(
                batchSize: size.batch, inFlightPerWorker: size.bound, leaseDuration: .milliseconds(size.lease),
                maximumAttempts: size.attempts))
        isLost = Array(repeating: false, count: size.workers)
        failureCounts = Array(repeating: 0, count: size.questions.count)
    }

    private var time: Duration { .milliseconds(now) }
    private var groupCount: Int { (size.questions.count + size.groupSize - 1) / size.groupSize }
    private func id(_ place: Int) -> TrajectoryID {
        TrajectoryID(group: GroupID(step: StepIndex(1), slot: place / size.groupSize), member: place % size.groupSize)
    }
    private func isForgotten(_ place: Int) -> Bool { forgotten.contains(place / size.groupSize) }

    /// The verdict that every judge that can say gives.
    static func truth(_ text: String, _ annotation: String) -> Verdict {
        (text + annotation).utf8.reduce(0, { $0 &+ Int($1) }).isMultiple(of: 2) ? .reflected : .missing
    }

    var isDone: Bool {
        nextPlace == size.questions.count && (0..<nextPlace).allSatisfy { isForgotten($0) || dispatch.judgements(for: id($0)) != nil }
    }

    // MARK: - Moves

    var moves: [Move] {
        var result: [Move] = []
        if nextPlace < size.questions.count { result.append(.enqueue(nextPlace)) }
        for worker in 0..<size.workers {
            guard !isLost[worker] else {
                result.append(.comeBack(worker))
                continue
            }
            if dispatch.queueDepth > 0 { result.append(.take(worker)) }
            if dispatch.inFlightCount(of: WorkerID(worker)) > 0 { result.append(.renew(worker)) }
            result += [.lose(worker, isSilenced: false), .lose(worker, isSilenced: true)]
        }
        for parcel in underWay.sorted() {
            for form in Form.allCases { result.append(.answer(parcel, form, staysUnderWay: false)) }
            result += [.answer(parcel, .whole, staysUnderWay: true), .drop(parcel)]
        }
        if size.forgets {
            for group in 0..<groupCount
            where !forgotten.contains(group) && nextPlace >= min((group + 1) * size.groupSize, size.questions.count) {
                result.append(.forget(group))
            }
        }
        if let deadline = dispatch.nextDeadline { result.append(deadline > time ? .tick : .expire) }
        return result
    }

    func isFault(_ move: Move) -> Bool {
        switch move {
        case .drop, .lose, .renew, .forget: true
        case .answer(_, let form, let stays): stays || form != .whole
        case .comeBack: isLost.contains(false)
        default: false
        }
    }

    func weight(_ move: Move) -> Int {
        switch move {
        case .enqueue: 8
        case .take: 8
        case .answer(_, let form, let stays): form == .whole && !stays ? 8 : 1
        case .lose, .drop, .forget: 1
        case .renew, .comeBack, .tick: 2
        case .expire: 4
        }
    }

    mutating func make(_ move: Move) throws {
        switch move {
        case .enqueue(let place): try enqueue(place)
        case .take(let worker): try take(worker)
        case .renew(let worker): dispatch.renew(WorkerID(worker), at: time)
        case .lose(let worker, let isSilenced):
            isLost[worker] = true
            if defect != .lossIsForgotten { _ = dispatch.lose(WorkerID(worker)) }
            if isSilenced { underWay = underWay.filter { $0.worker != worker } }
        case .comeBack(let worker): isLost[worker] = false
        case .answer(let parcel, let form, let stays):
            if !stays { underWay.remove(parcel) }
            try answer(parcel, form)
        case .drop(let parcel): underWay.remove(parcel)
        case .tick: now += 1
        case .expire: if defect != .expiryIsForgotten { _ = dispatch.expire(at: time) }
        case .forget(let group):
            forgotten.insert(group)
            dispatch.forget([id(group * size.groupSize).group])
            try settle()
        }
    }

    private mutating func enqueue(_ place: Int) throws {
        nextPlace += 1
        let question = size.questions[place]
        let known: [Judgement?]? =
            size.known.contains(place)
            ? question.annotations.indices.map { $0 == 0 ? judgement(place, annotation: 0) : nil } : nil
        let request = JudgeRequest(trajectory: id(place), text: question.text, annotations: question.annotations)
        let isNew = dispatch.enqueue(request, known: known, sharesAnswers: !size.repeats.contains(place), at: time)
        guard isNew, !dispatch.enqueue(request, at: time) else { throw Wrong("response \(place) is queued twice") }
        if dispatch.judgements(for: id(place)) != nil { try count(place) }
    }

    private mutating func take(_ worker: Int) throws {
        let hasOthers = isLost.indices.contains { $0 != worker && !isLost[$0] }
        for request in dispatch.take(for: WorkerID(worker), hasOthers: hasOthers, at: time) {
            guard let place = size.questions.indices.first(where: { id($0) == request.trajectory }) else {
                throw Wrong("nobody asked this")
            }
            guard !answered.contains(place) else { throw Wrong("response \(place) is asked after its answer") }
            guard request.annotations == request.places.map({ size.questions[place].annotations[$0] }) else {
                throw Wrong("places are wrong")
            }
            underWay.insert(Parcel(worker: worker, place: place, annotations: request.places))
        }
    }

    private func judgement(_ place: Int, annotation: Int) -> Judgement {
        Judgement(verdict: Self.truth(size.questions[place].text, size.questions[place].annotations[annotation]), judge: "judge")
    }

    private mutating func answer(_ parcel: Parcel, _ form: Form) throws {
        var judgements = parcel.annotations.map { judgement(parcel.place, annotation: $0) }
        let unsaid = Judgement(verdict: defect == .failureIsNoVerdict ? .missing : .unknown, judge: "judge")
        switch form {
        case .whole: break
        case .unknown: judgements[judgements.count - 1] = unsaid
        case .malformed: judgements.append(unsaid)
        }
        let isFirst = !answered.contains(parcel.place) && !isForgotten(parcel.place)
        if isFirst, form != .whole { failureCounts[parcel.place] += 1 }
        let target = defect == .anotherAnswers ? (parcel.place + 1) % max(nextPlace, 1) : parcel.place
        switch dispatch.deliver(
            judgements, at: parcel.annotations, for: id(target), from: WorkerID(parcel.worker), isSampling: false, at: time)
        {
        case .accepted: try count(target)
        case .duplicate: guard answered.contains(target) else { throw Wrong("\(target) is new, and called a duplicate") }
        case .retried, .malformed: guard isFirst else { throw Wrong("\(target) is asked again, but it is answered or gone") }
        case .unknown: guard isForgotten(target) else { throw Wrong("\(target) is asked, and called unknown") }
        }
        if defect == .settledAreLost { _ = dispatch.takeSettled() }
        try settle()
    }

    private mutating func settle() throws {
        for settled in dispatch.takeSettled() {
            guard let place = size.questions.indices.first(where: { id($0) == settled }) else { throw Wrong("\(settled) was never asked") }
            guard !isForgotten(place) else { throw Wrong("\(place) is answered after it was forgotten") }
            try count(place)
        }
    }

    private mutating func count(_ place: Int) throws {
        guard answered.insert(place).inserted else { throw Wrong("response \(place) is answered twice") }
    }

    // MARK: - What should never be

    func violation() -> String? {
        if let what = dispatch.invariantViolation() { return what }
        for place in 0..<nextPlace where !isForgotten(place) {
            let judgements = dispatch.judgements(for: id(place))
            guard answered.contains(place) == (judgements != nil) else { return "response \(place) has an answer that nobody was told of" }
            for (annotation, judgement) in (judgements ?? []).enumerated() where judgement != self.judgement(place, annotation: annotation)
            {
                guard judgement.verdict == .unknown else { return "response \(place) has a wrong verdict on annotation \(annotation)" }
                guard failureCounts[place] >= size.attempts else {
                    return "response \(place) stays unknown after \(failureCounts[place]) attempts"
                }
            }
        }
        for worker in 0..<size.workers where isLost[worker] && dispatch.inFlightCount(of: WorkerID(worker)) > 0 {
            return "judge \(worker) is lost and holds responses"
        }
        return nil
    }

    func encode(into words: inout [Int]) {
        words.append(nextPlace)
        for lost in isLost { words.append(lost ? 1 : 0) }
        for parcel in underWay.sorted() {
            words += [4, parcel.worker, parcel.place]
            words += parcel.annotations
        }
        for place in size.questions.indices {
            words += [5, answered.contains(place) ? 1 : 0, isForgotten(place) ? 1 : 0, min(failureCounts[place], size.attempts)]
        }
        dispatch.encode(at: time, into: &words)
    }
}
