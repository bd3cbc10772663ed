import ActorRuntime
import ArgumentParser
import Foundation
import MPITransport
import MessagePassing
import TrainingCluster

/// What a rank gets from its launcher.
struct Seat: Sendable {
    let transport: any Transport
    /// The batch of ranks that this one was started with while the run goes on; 0 for those that the run begins with.
    let batch: UInt32
    /// Starts further ranks; nil where nothing can.
    let spawner: (any WorkerSpawner)?
}

/// How a rank's work ended.
struct SeatEnd: Sendable {
    /// Whether all ranks are alive and end together, so that MPI can be finalized.
    var canFinalize = true
    /// The process's exit code.
    var code: Int32 = 0
}

/// Chooses the transport: MPI under mpirun, otherwise a loopback network with all ranks in this process. Same actors, same digests.
struct ClusterLauncher {
    /// The ranks that the placement asks for.
    let rankCount: Int
    /// How long the start of MPI waits for all ranks to come.
    let startupDeadline: Duration
    /// How long the end of MPI waits for ranks that are not there yet.
    let shutdownDeadline: Duration
    /// The batch that this process was started with, while the run goes on; nil for a rank that the run begins with.
    var batch: UInt32?
    /// The arguments of a rank that joins later, without what it is to do: the run's own configuration, whatever has become of the files that it began with.
    var recruitArguments: [String] = []

    /// For frames to leave before their process does.
    private static let lastWordTime = Duration.milliseconds(300)

    /// The ranks that there will be: those of the MPI job or, without one, those that the placement asks for.
    var startedRankCount: Int { JobPlace.current?.rankCount ?? rankCount }

    /// Runs `body` once for each rank of this process, and returns when all are done.
    ///
    /// - Parameters:
    ///   - recruit: What a rank does that joins later in this process; nil if none can.
    ///   - body: What a rank does.
    /// - Throws: the first error of any rank; `ExitCode` for a rank that ends with another code than 0. Under MPI an error ends the process at once, with its message and exit code.
    func run(
        recruit: (@Sendable (Role, any Transport) async throws -> Void)? = nil, _ body: @escaping @Sendable (Seat) async throws -> SeatEnd
    ) async throws {
        if JobPlace.current != nil { try await runUnderMPI(body) } else { try await runHere(recruit, body) }
    }

    private func runHere(
        _ recruit: (@Sendable (Role, any Transport) async throws -> Void)?, _ body: @escaping @Sendable (Seat) async throws -> SeatEnd
    ) async throws {
        let network = LoopbackNetwork(peerCount: rankCount)
        let spawner = recruit.map { LoopbackSpawner(network: network, work: $0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for rank in 0..<rankCount {
                let seat = Seat(
                    transport: try TestbedLink.applied(to: network.transport(rank: rank)), batch: 0, spawner: rank == 0 ? spawner : nil)
                group.addTask {
                    let code = try await body(seat).code
                    if code != 0 { throw ExitCode(code) }
                }
            }
            // The first error ends the process: the others would wait for the one that failed.
            for try await _ in group {}
        }
    }

    private func runUnderMPI(_ body: @escaping @Sendable (Seat) async throws -> SeatEnd) async throws {
        let watch = ParentWatch()
        defer { watch.cancel() }
        let runtime: MPIRuntime
        do throws(MPIError) {
            runtime = try await MPIRuntime.start(doorbellAddress: DoorbellAddress.current, deadline: startupDeadline)
        } catch {
            guard error.reason == .timedOut else { throw error }
            throw ClusterError(
                "MPI has not started within \(startupDeadline) (cluster.startup_deadline_seconds): a rank has not come, or mpirun hangs",
                isInterruption: true)
        }
        var end = SeatEnd()
        do {
            end = try await body(try await seat(runtime))
        } catch {
            // Every rank finds a mixed cluster by itself, or is told of it, and says the same.
            let isCommon = (error as? TransportError)?.code == .mixedCluster || batch == nil && error is IdentityDifference
            let name = batch.map { "rank \(runtime.world.rank) of batch \($0): " } ?? "rank \(runtime.world.rank): "
            if !isCommon || JobPlace.isSpokesman { CommandFailure.tell(error, place: isCommon ? "" : name) }
            let code = CommandFailure.code(of: error)
            RankWords.leave(code: code)
            // The others may still have to hear that this rank does not come. No collective farewell: they may be waiting in calls of ours.
            try? await Task.sleep(for: Self.lastWordTime)
            MPIRuntime.exitNow(code)
        }
        if end.code != 0 { RankWords.leave(code: end.code) }
        let isFinalized = await runtime.shutdown(afterLoss: !end.canFinalize, deadline: shutdownDeadline)
        if !isFinalized || end.code != 0 { MPIRuntime.exitNow(end.code) }
    }

    /// What a rank under mpirun makes of another one that does not come: it ends too, by the same code, as the other has said why.
    static let refusals = JobPlace.current.map { _ in
        RankHost.Refusals(
            code: CommandFailure.code, met: RankWords.met,
            heed: { refusal in
                RankWords.leave("", code: refusal.code)
                MPIRuntime.exitNow(refusal.code)
            })
    }

    private func seat(_ runtime: MPIRuntime) async throws -> Seat {
        guard let batch else {
            let transport = try await MPITransport.connect(runtime.world, deadline: startupDeadline)
            return Seat(
                transport: try TestbedLink.applied(to: transport), batch: 0,
                spawner: runtime.world.rank == 0 ? MPISpawner(runtime: runtime, transport: transport, arguments: recruitArguments) : nil)
        }
        guard let parent = try await runtime.parent(deadline: startupDeadline) else {
            throw CommandFailure("--recruit is for ranks that a run starts by itself; use `percept scale`")
        }
        let transport = await MPITransport.join(parent, number: batch)
        return Seat(transport: try TestbedLink.applied(to: transport), batch: batch, spawner: nil)
    }
}
