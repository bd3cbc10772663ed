import CMPI
import Glibc
import Synchronization

/// MPI in this process: started once, ended once.
package final class MPIRuntime: Sendable {
    private static let isStarted = Atomic<Bool>(false)

    let thread: MPIThread
    private let isEnded = Atomic<Bool>(false)
    /// All processes of the job.
    package let world: Communicator

    private init(thread: MPIThread, world: Communicator) {
        self.thread = thread
        self.world = world
    }

    /// True in a process that mpirun has started.
    package static func isUnderLauncher(environment: (String) -> String?) -> Bool { environment("OMPI_COMM_WORLD_SIZE") != nil }

    /// Starts MPI on a thread of its own; every rank must do so.
    ///
    /// - Parameters:
    ///   - doorbellAddress: IPv4 address that the wake-up socket is bound to: loopback for one machine, else this node's address.
    ///   - spin: How long the thread looks at MPI without a sleep after the last event.
    ///   - chunkByteCount: Larger messages are sent in pieces of this size; at most 1 GiB, the same on all ranks.
    ///   - deadline: Time limit for all ranks to come up.
    /// - Returns: The running MPI.
    /// - Throws: `MPIError` if MPI cannot start, was started before, or ranks are missing. After `timedOut` the process must end by
    ///   ``exitNow(_:)``: its thread may still be inside MPI.
    package static func start(
        doorbellAddress: String = "127.0.0.1", spin: Duration = .microseconds(100), chunkByteCount: Int = 1 << 30,
        deadline: Duration = .seconds(60)
    ) async throws(MPIError) -> MPIRuntime {
        let context = OperationContext(operation: "start")
        guard (1...1 << 30).contains(chunkByteCount) else { throw context.error(.invalid("chunks of \(chunkByteCount) bytes")) }
        guard !isStarted.exchange(true, ordering: .sequentiallyConsistent) else {
            throw context.error(.notRunning("it was started before"))
        }
        let thread = try MPIThread(doorbellAddress: doorbellAddress, spin: spin)
        let end = ContinuousClock.now + deadline
        let started = await withCheckedContinuation { (continuation: CheckedContinuation<(Int32, Int32, Int32)?, Never>) in
            let start = ThreadStart(thread: thread, continuation: continuation)
            // MPI_Init waits in C for every rank, whatever has become of it.
            Task.detached {
                try? await Task.sleep(until: end, clock: .continuous)
                start.resume(nil)
            }
            let raw = Unmanaged.passRetained(start).toOpaque()
            let failure = cmpi_thread_start({ raw in if let raw { ThreadStart.run(raw) } }, raw)
            if failure != 0 {
                Unmanaged<ThreadStart>.fromOpaque(raw).release()
                start.resume((failure, 0, 0))
            }
        }
        guard let (code, rank, size) = started else { throw context.error(.timedOut) }
        guard code == 0 else { throw context.error(.mpi(code: code, text: errorText(code))) }
        let handle = CommunicatorHandle(raw: cmpi_world())
        let world = Communicator(
            thread: thread, handle: handle, rank: Int(rank), size: Int(size), doorbellSlots: Array(0..<Int(size)),
            chunkByteCount: chunkByteCount)
        try await world.exchangeDoorbells(deadline: end - .now)
        return MPIRuntime(thread: thread, world: world)
    }

    /// Ends MPI: with MPI_Finalize if all ranks are alive and come here, without it otherwise.
    ///
    /// - Parameters:
    ///   - afterLoss: True once any rank has died: MPI_Finalize could then hang for ever.
    ///   - deadline: Time limit for the other ranks to come here, and then for a thread that is held in MPI.
    /// - Returns: True if MPI was finalized. If not, the process must end by `exitNow`.
    package func shutdown(afterLoss: Bool, deadline: Duration = .seconds(10)) async -> Bool {
        guard !isEnded.exchange(true, ordering: .sequentiallyConsistent) else { return false }
        var allHere = false
        if !afterLoss {
            do {
                try await world.barrier(deadline: deadline)
                allHere = true
            } catch {
                allHere = false
            }
        }
        let canFinalize = allHere
        let thread = thread
        // Whether MPI was finalized, once its thread has said so. A thread that is held in MPI, as by a spawn that hangs, never does.
        let word = LastWord()
        thread.perform { _ in
            let isFinalized = canFinalize && cmpi_finalize() == 0
            thread.stop()
            word.isFinalized.withLock { $0 = isFinalized }
        }
        let end = ContinuousClock.now + deadline
        while true {
            if let isFinalized = word.isFinalized.withLock({ $0 }) { return isFinalized }
            // All are here and end together: MPI_Finalize is left its time.
            if !canFinalize, .now >= end { return false }
            try? await Task.sleep(for: .milliseconds(1))
        }
    }

    /// Lets an ordinary `exit` of the process end MPI first, waiting for the other ranks for at most `deadline`.
    package func finalizeAtExit(deadline: Duration) {
        Self.exiting.withLock { $0 = (self, deadline) }
        atexit { MPIRuntime.finishAtExit() }
    }

    private static let exiting = Mutex<(runtime: MPIRuntime, deadline: Duration)?>(nil)

    private static func finishAtExit() {
        guard let (runtime, deadline) = exiting.withLock({ $0 }) else { return }
        let isDone = ExitFlag()
        Task.detached {
            _ = await runtime.shutdown(afterLoss: false, deadline: deadline)
            isDone.flag.store(true, ordering: .releasing)
        }
        // The exiting thread is not of the cooperative pool: it may sleep.
        let end = ContinuousClock.now + deadline + .seconds(2)
        while !isDone.flag.load(ordering: .acquiring) && .now < end { usleep(1000) }
    }

    /// Flushes the standard streams and ends the process without MPI_Finalize and without exit handlers.
    package static func exitNow(_ code: Int32) -> Never { cmpi_exit_now(code) }
}

private final class LastWord: Sendable {
    let isFinalized = Mutex<Bool?>(nil)
}

private final class ExitFlag: Sendable {
    let flag = Atomic<Bool>(false)
}

/// What the new thread needs.
private final class ThreadStart: Sendable {
    private let thread: MPIThread
    private let continuation: Mutex<CheckedContinuation<(Int32, Int32, Int32)?, Never>?>

    init(thread: MPIThread, continuation: CheckedContinuation<(Int32, Int32, Int32)?, Never>) {
        self.thread = thread
        self.continuation = Mutex(continuation)
    }

    /// Ends the wait for MPI; what comes later is not heard.
    func resume(_ result: (Int32, Int32, Int32)?) {
        continuation.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }?.resume(returning: result)
    }

    static func run(_ raw: UnsafeMutableRawPointer) {
        let start = Unmanaged<ThreadStart>.fromOpaque(raw).takeRetainedValue()
        start.thread.adopt()
        var (rank, size): (Int32, Int32) = (0, 0)
        var code = cmpi_init()
        if code == 0 { code = cmpi_comm_rank(cmpi_world(), &rank) }
        if code == 0 { code = cmpi_comm_size(cmpi_world(), &size) }
        start.resume((code, rank, size))
        if code == 0 { start.thread.run() }
    }
}
