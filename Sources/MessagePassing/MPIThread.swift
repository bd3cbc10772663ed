import CMPI
import Synchronization

/// The one thread that calls MPI, as an executor of jobs.
///
/// It runs what is queued, looks at MPI, spins for a while after the last event, then sleeps: on an event descriptor (work from this
/// process), a UDP doorbell (a peer has sent something) and a timer that backs off to 10 ms. So an idle rank costs under 1 % of a core
/// and a busy one answers within microseconds.
final class MPIThread: SerialExecutor, TaskExecutor, @unchecked Sendable {
    enum Item: Sendable {
        case job(UnownedJob)
        case operation(@Sendable (ProgressEngine) -> Void)
    }

    /// Address of a peer's doorbell, in network byte order.
    struct Doorbell: Sendable {
        var ipv4: UInt32
        var port: UInt16
    }

    private static let minimumSleep = Duration.microseconds(20)
    private static let idleSleep = Duration.milliseconds(10)
    /// While something is in flight and young, MPI must be called often: it moves data only inside its calls.
    private static let busySleep = Duration.microseconds(50)
    private static let busyWindow = Duration.milliseconds(250)

    private let queue = Mutex<[Item]>([])
    private let pending = Atomic<Int>(0)
    private let isSleeping = Atomic<Bool>(false)
    private let stopRequested = Atomic<Bool>(false)
    private let threadID = Atomic<UInt>(0)
    private let event: Int32
    private let doorbell: Int32
    private let spin: Duration
    /// Touched on the thread only: a slot for each rank of the world, then one for each rank of other jobs.
    private nonisolated(unsafe) var doorbells: [Doorbell] = []
    private nonisolated(unsafe) var lastHeard: [ContinuousClock.Instant?] = []
    /// Touched on the thread only.
    private nonisolated(unsafe) let engineStorage = ProgressEngine()
    let ownDoorbell: Doorbell

    init(doorbellAddress: String, spin: Duration) throws(MPIError) {
        var address = Doorbell(ipv4: 0, port: 0)
        event = cmpi_event_create()
        doorbell = cmpi_doorbell_open(doorbellAddress, &address.ipv4, &address.port)
        ownDoorbell = address
        self.spin = spin
        guard event >= 0, doorbell >= 0 else {
            throw OperationContext(operation: "start").error(
                .invalid("no doorbell can be bound to \(doorbellAddress); it must be an IPv4 address of this machine"))
        }
    }

    // MARK: - Any thread

    /// Runs `body` on the thread.
    func perform(_ body: @escaping @Sendable (ProgressEngine) -> Void) { push(.operation(body)) }

    func enqueue(_ job: consuming ExecutorJob) { push(.job(UnownedJob(job))) }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
    func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }

    var isCurrent: Bool { threadID.load(ordering: .relaxed) == currentThreadID() }
    func checkIsolated() { precondition(isCurrent, "not on the MPI thread") }
    func isIsolatingCurrentContext() -> Bool? { isCurrent }

    func stop() {
        stopRequested.store(true, ordering: .sequentiallyConsistent)
        cmpi_event_signal(event)
    }

    private func push(_ item: Item) {
        queue.withLock { $0.append(item) }
        pending.add(1, ordering: .sequentiallyConsistent)
        if isSleeping.load(ordering: .sequentiallyConsistent) { cmpi_event_signal(event) }
    }

    // MARK: - On the thread

    /// The engine; only for code that runs on the thread.
    var engine: ProgressEngine {
        checkIsolated()
        return engineStorage
    }

    func setDoorbells(_ doorbells: [Doorbell]) {
        self.doorbells = doorbells
        lastHeard = Array(repeating: nil, count: doorbells.count)
    }

    /// Takes in the doorbells of processes outside the world; returns their slots.
    func addDoorbells(_ others: [Doorbell]) -> [Int] {
        let first = doorbells.count
        doorbells += others
        lastHeard += Array(repeating: nil, count: others.count)
        return Array(first..<doorbells.count)
    }

    /// Wakes a peer by its doorbell's slot, unless it has been heard from so lately that it must still be awake.
    func ring(slot: Int, always: Bool) {
        guard doorbells.indices.contains(slot) else { return }
        if !always, let heard = lastHeard[slot], .now - heard < spin / 2 { return }
        cmpi_doorbell_ring(doorbell, doorbells[slot].ipv4, doorbells[slot].port)
    }

    func heard(slot: Int) {
        if lastHeard.indices.contains(slot) { lastHeard[slot] = .now }
    }

    /// Marks the calling thread as the executor's own.
    func adopt() {
        cmpi_prepare_thread("percept-mpi")
        threadID.store(currentThreadID(), ordering: .sequentiallyConsistent)
    }

    /// The loop; returns after `stop`.
    func run() {
        var lastEvent = ContinuousClock.now
        var sleep = Self.minimumSleep
        while !stopRequested.load(ordering: .relaxed) {
            var worked = runBatch()
            // MPI may have been finalized just now.
            if stopRequested.load(ordering: .relaxed) { return }
            if engineStorage.progress() { worked = true }
            let now = ContinuousClock.now
            if worked {
                lastEvent = now
                sleep = Self.minimumSleep
                continue
            }
            if now - lastEvent < spin {
                cmpi_pause()
                continue
            }
            isSleeping.store(true, ordering: .sequentiallyConsistent)
            let limit = min(sleep, engineStorage.timeToDeadline(from: now) ?? sleep)
            let isWoken =
                pending.load(ordering: .sequentiallyConsistent) > 0 || cmpi_wait(event, doorbell, max(limit.nanoseconds, 1000))
            isSleeping.store(false, ordering: .relaxed)
            if isWoken {
                lastEvent = .now
                engineStorage.lastActivity = lastEvent
                sleep = Self.minimumSleep
                continue
            }
            let isBusy = engineStorage.hasRequests && now - engineStorage.lastActivity < Self.busyWindow
            sleep = min(sleep * 2, isBusy ? Self.busySleep : Self.idleSleep)
        }
    }

    private func runBatch() -> Bool {
        guard pending.load(ordering: .sequentiallyConsistent) > 0 else { return false }
        let batch = queue.withLock { queue in
            let batch = queue
            queue.removeAll(keepingCapacity: true)
            return batch
        }
        pending.subtract(batch.count, ordering: .sequentiallyConsistent)
        for item in batch {
            switch item {
            case .job(let job):
                job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
            case .operation(let body): body(engineStorage)
            }
        }
        return !batch.isEmpty
    }
}

extension Duration {
    var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
