import ActorRuntime
import Orchestration
import Trajectories

/// Everybody who works for the run, with what the controller knows of each: a value without clocks of its own.
struct Roster: Sendable {
    /// A rank of the run.
    struct Worker: Sendable {
        let id: WorkerID
        let role: Role
        let peer: PeerAddress
        var host = "?"
        /// Ranks of one place read the same files.
        var place = ""
        var processID: Int?
        /// When its state last changed.
        var since: Duration
        /// When it last delivered, or said that it moves on.
        var progressAt: Duration?
        /// Versions that it can sample with.
        var versions: Set<PolicyVersion> = []
        /// Whether weights are on the way to it.
        var isInstalling = false
        /// It is given nothing before: a call to it has just failed.
        var pausedUntil = Duration.zero
        /// How often its work has failed by an error of its own.
        var failureCount = 0
        /// Whether it has been told to end.
        var isDismissed = false
    }

    private(set) var membership = Membership()
    private var workers: [WorkerID: Worker] = [:]
    private var numbers: [PeerAddress: WorkerID] = [:]
    /// Those of a role, by number; those that may be given work; and how many count. Kept, since every delivery asks.
    private var ids: [Role: [WorkerID]] = [:]
    private var fit: [Role: [WorkerID]] = [:]
    private var counts: [Role: Int] = [:]
    /// How many workers of a role there should be: the placement, and what was asked for since.
    var targets: [Role: Int]

    /// The ranks that the run begins with: not ready yet.
    init(_ layout: ClusterLayout) {
        targets = [.rollout: layout.rollouts.count, .judge: layout.judges.count]
        for member in layout.members { add(member.worker, member.role, member.peer, at: .zero) }
    }

    private mutating func add(_ id: WorkerID, _ role: Role, _ peer: PeerAddress, at now: Duration) {
        membership.enlist(id)
        workers[id] = Worker(id: id, role: role, peer: peer, since: now)
        numbers[peer] = id
        ids[role, default: []].append(id)
        count(again: role)
    }

    private mutating func count(again role: Role) {
        fit[role] = ids[role]?.filter { membership.mayServe($0) }
        counts[role] = ids[role]?.count { membership.counts($0) }
    }

    /// Takes in a rank that joins later. Idempotent by address.
    mutating func enlist(_ role: Role, at peer: PeerAddress, now: Duration) -> WorkerID {
        if let known = numbers[peer] { return known }
        let id = membership.enlist()
        add(id, role, peer, at: now)
        return id
    }

    /// Applies a change of state and notes when it happened. Returns whether there was one.
    @discardableResult
    mutating func change(_ worker: WorkerID, at now: Duration, _ body: (inout Membership) -> Bool) -> Bool {
        guard let role = workers[worker]?.role, body(&membership) else { return false }
        workers[worker]?.since = now
        count(again: role)
        return true
    }

    subscript(id: WorkerID) -> Worker? {
        get { workers[id] }
        set { workers[id] = newValue }
    }

    func worker(at peer: PeerAddress) -> Worker? { numbers[peer].flatMap { workers[$0] } }

    func state(of worker: WorkerID) -> Membership.State { membership.state(of: worker) ?? .left }

    /// All, by number.
    var all: [Worker] { membership.workers.compactMap { workers[$0] } }

    /// Those of a role, by number.
    func members(_ role: Role) -> [Worker] { (ids[role] ?? []).compactMap { workers[$0] } }

    /// Those of a role that may be given work once they are not paused, by number.
    func fit(_ role: Role) -> [WorkerID] { fit[role] ?? [] }

    /// How many of a role the run has: those that are late or stand still too, but not the lost and those that go.
    func count(_ role: Role) -> Int { counts[role] ?? 0 }
}
