import Trajectories

/// What waits for a program, what it has been asked, and what its failures mean: a machine without clock, process or thread.
///
/// ```
///   submit ─► waiting ─ next ─► asked ─ answer ─► done
///                ▲                │
///                └── attempts ────┴─ failed ─► done: unknown, with the reason
/// ```
/// A program that dies with several questions does not say which of them it died of. All of them are suspects: from then on each is asked alone, so that
/// one question that kills the program costs no other its value.
///
/// - Invariant: Each question that is submitted is done once.
struct ProgramQueue<Answer> {
    /// One question.
    struct Ticket {
        let id: Int
        let question: RewardQuestion
        let answer: Answer
        /// How often the program has failed with it.
        fileprivate(set) var failures = 0
    }

    private let concurrency: Int
    private let deadline: Duration
    private let attempts: Int
    private var waiting: [Ticket] = []
    private var asked: [Int: (ticket: Ticket, deadline: Duration)] = [:]
    private var lastID = 0

    /// - Parameters:
    ///   - concurrency: questions that the program has at most.
    ///   - deadline: how long an answer may take.
    ///   - attempts: how often a question is asked in all.
    init(concurrency: Int, deadline: Duration, attempts: Int) {
        self.concurrency = concurrency
        self.deadline = deadline
        self.attempts = attempts
    }

    /// Whether nothing waits and nothing is asked.
    var isEmpty: Bool { waiting.isEmpty && asked.isEmpty }
    /// Whether something waits to be asked.
    var hasWaiting: Bool { !waiting.isEmpty }
    /// When the first answer is overdue.
    var nextDeadline: Duration? { asked.values.map(\.deadline).min() }

    mutating func submit(_ question: RewardQuestion, _ answer: Answer) {
        lastID += 1
        waiting.append(Ticket(id: lastID, question: question, answer: answer))
    }

    /// The next question that the program is to be asked; nil if nothing waits, or it has enough.
    mutating func next(at now: Duration) -> Ticket? {
        guard let first = waiting.first, asked.count < concurrency else { return nil }
        let isAlone = first.failures > 0 || asked.values.contains { $0.ticket.failures > 0 }
        guard asked.isEmpty || !isAlone else { return nil }
        waiting.removeFirst()
        asked[first.id] = (first, now + deadline)
        return first
    }

    /// The question that an answer belongs to; nil if there is none.
    mutating func answered(_ id: Int) -> Ticket? { asked.removeValue(forKey: id)?.ticket }

    /// The questions whose answers are overdue.
    func overdue(at now: Duration) -> Set<Int> { Set(asked.values.filter { $0.deadline <= now }.map(\.ticket.id)) }

    /// The program has failed: what it was asked waits again, at the front.
    ///
    /// - Parameter suspects: the questions that may be at fault; nil for all that it was asked.
    /// - Returns: the questions that are given up, in order.
    mutating func failed(suspects: Set<Int>? = nil) -> [Ticket] {
        var (again, givenUp): ([Ticket], [Ticket]) = ([], [])
        for var ticket in asked.values.map(\.ticket).sorted(by: { $0.id < $1.id }) {
            if suspects?.contains(ticket.id) ?? true { ticket.failures += 1 }
            if ticket.failures < attempts { again.append(ticket) } else { givenUp.append(ticket) }
        }
        asked = [:]
        waiting.insert(contentsOf: again, at: 0)
        return givenUp
    }

    /// Takes everything away.
    mutating func removeAll() -> [Ticket] {
        defer { (waiting, asked) = ([], [:]) }
        return (asked.values.map(\.ticket) + waiting).sorted { $0.id < $1.id }
    }
}
