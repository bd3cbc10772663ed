import ActorRuntime
import Checkpointing
import Configuration
import ConfigurationReading
import Distributed
import Files
import Foundation
import Judging
import Learning
import LinearAlgebra
import Orchestration
import PolicyModel
import Telemetry
import Trajectories

/// The ranks of the learner; the first of them hosts the controller too.
extension RankHost {
    func runLearner(
        _ member: ClusterLayout.Member, _ layout: ClusterLayout, _ system: ClusterActorSystem, _ lifetime: WorkerLifetime, _ log: Log
    ) async throws -> Outcome {
        let inputs = launch.inputs
        let rank = member.worker.rawValue
        let isFirst = rank == 0
        let exchange =
            layout.learners.count == 1
            ? nil
            : ShardExchange(
                transport: transport, peers: layout.learners.map(\.peer), rank: rank, deadline: configuration.cluster.stallDeadline)
        let lease = isFirst ? try RunRecords.takeLease(configuration, takesOver: launch.takesOver) : nil
        // Another run may have begun and ended here since this one was launched.
        if lease != nil, !launch.isResumed { try RunStart.checkFresh(configuration.output, canResume: true) }
        if let displaced = lease?.displaced {
            log.warning("the run folder was taken from a process that still held it", ["holder": displaced])
        }
        if isFirst, !launch.isResumed { try RunStart.clear(configuration.output) }
        let past = isFirst ? try RunPast(folder: configuration.output, isResumed: launch.isResumed) : nil
        let weights = try PolicyFolder.load(inputs.policyFolder)
        if isFirst, launch.isResumed { try RunRecords.store(configuration).checkOrigin(past?.origin) }
        let chosen = launch.isResumed ? try lease.map { try ResumePoint(configuration, lease: $0, log) } : nil
        let checkpoint = launch.isResumed ? try await agreedCheckpoint(chosen?.checkpoint, layout, rank) : nil
        if let checkpoint {
            try checkpoint.read(
                .weights, slices: weights.table.slices, range: 0..<weights.table.count, into: weights.values.base)
        }
        let learner = try configuration.optimizer.learnerRank(
            weights: weights, storage: configuration.rollout.storage, exchange: exchange, threads: configuration.training.threads)
        if let checkpoint { try restoreMoments(learner, checkpoint) }
        let reference = try configuration.model.reference.map {
            try PolicyFolder.load(URL(filePath: $0), storage: configuration.rollout.storage)
        }
        let published = isFirst ? PublishedWeights() : nil
        let records = try lease.map { try RunRecords(inputs: inputs, lease: $0, checkpoint: checkpoint, losses: chosen?.losses) }
        if let published, let records { try publishStart(published, records, learner, checkpoint) }
        if let verdicts = records?.verdicts, verdicts.repairedByteCount > 0 || !verdicts.damagedLines.isEmpty {
            log.warning("the verdict log was damaged", ["log": verdicts.summary(of: VerdictLog.fileName)])
        }
        if let rewards = records?.rewards, rewards.repairedByteCount > 0 || !rewards.damagedLines.isEmpty {
            log.warning("the log of rewards was damaged", ["log": rewards.summary])
        }
        let board = StatusBoard(observer: standIns.observer)
        let controller: Controller
        if let records, let published {
            controller = try system.host(ClusterLayout.Name.controller) {
                Controller(
                    actorSystem: system, inputs: inputs, cluster: layout, records: records, published: published, stop: stop,
                    spawner: spawner,
                    board: board, log: log)
            }
        } else {
            controller = try system.actor(ClusterLayout.Name.controller, at: layout.members[0].peer)
        }
        _ = try system.host(ClusterLayout.Name.learner) {
            try LearnerWorker(
                actorSystem: system, inputs: inputs, learner: learner, reference: reference, controller: controller, rank: rank,
                published: published, exchange: exchange, lease: lease, lifetime: lifetime, log: log,
                saveObserver: saveObserver, trainer: standIns.trainer)
        }
        let desk = isFirst ? try hostDesk(system, layout, past, controller) : nil
        try await meet(system)
        try await agree(system, at: layout.members[0].peer, log)
        guard let records, let past else {
            return try await work(controller, member.worker, system, lifetime) { [claims = launch.claims] in .here(claims) }
        }
        let beginning = RunBeginning(
            start: launch.start, folder: configuration.output, past: past, answers: configuration.answers,
            files: await desk?.whenLocal { $0.files() } ?? [], hosts: await desk?.whenLocal { $0.hosts() } ?? [],
            roles: layout.members.map(\.role.rawValue), models: try models(), checkpoint: checkpoint.map { (records.startStep, $0.path) })
        return try await direct(controller, layout, system, records, weights, beginning, board, log)
    }

    /// Where all ranks compare what they compute from, and the first one with what the run began from.
    private func hostDesk(
        _ system: ClusterActorSystem, _ layout: ClusterLayout, _ past: RunPast?, _ controller: Controller
    ) throws -> IdentityDesk {
        let (folder, claims) = (configuration.output, launch.claims)
        return try system.host(ClusterLayout.Name.identity) {
            IdentityDesk(actorSystem: system, world: layout.members.map(\.peer)) { inputs in
                past?.identity.flatMap { identity in
                    ResumeCheck.difference(of: inputs.filter(ClaimComparison.isFile), from: identity, folder: folder, claims: claims)
                }
            } refused: { peer, reason in
                Task { await controller.whenLocal { $0.refuse(at: peer, reason) } }
            }
        }
    }

    /// Digests of the starting models' weights, for people.
    private func models() throws -> [String: String] {
        var models = ["policy": try ModelDigest.of(URL(filePath: configuration.model.policy))]
        models.merge(try Judges.record(configuration.judge)) { policy, _ in policy }
        return models
    }

    /// The checkpoint that a resumed run starts from: the first rank, which holds the lease, chooses, and tells the other learner ranks.
    /// Each for itself might see another newest one.
    private func agreedCheckpoint(_ chosen: Checkpoint?, _ layout: ClusterLayout, _ rank: Int) async throws -> Checkpoint? {
        let count = layout.learners.count
        guard count > 1 else { return chosen }
        let exchange = ShardExchange(
            transport: transport, peers: layout.learners.map(\.peer), rank: rank, deadline: configuration.cluster.startupDeadline)
        let own = BulkBuffer(copying: [Int64(chosen?.manifest.step ?? -1)])
        let told = try await exchange.all(
            .coordination, step: 0, outgoing: .init(repeating: own, count: count), incomingByteCounts: .init(repeating: 8, count: count))
        guard let first = told[0] else { return chosen }
        let step = Int(first.withUnsafeBytes { $0.load(as: Int64.self) })
        return step < 0 ? nil : try Checkpoint(path: RunRecords.store(configuration).folder(step: step))
    }

    private func restoreMoments(_ learner: LearnerRank, _ checkpoint: Checkpoint) throws {
        let state = try RunState(of: checkpoint)
        let slices = learner.weights.table.slices
        let shard = learner.shard
        try checkpoint.read(.firstMoments, slices: slices, range: shard.range, into: shard.firstMoments)
        try checkpoint.read(.secondMoments, slices: slices, range: shard.range, into: shard.secondMoments)
        shard.updateCount = state.updateCount
    }

    /// The versions that workers need first: the starting weights, or the checkpoint's and the lagged ones beside it.
    private func publishStart(
        _ published: PublishedWeights, _ records: RunRecords, _ learner: LearnerRank, _ checkpoint: Checkpoint?
    ) throws {
        for version in records.versionsToPublish {
            let buffer: BulkBuffer
            if version.rawValue == records.startStep {
                buffer = standIns.trainer?.publishedWeights() ?? learner.publishedWeights()
            } else if let checkpoint {
                buffer = BulkBuffer(copying: try checkpoint.blob(named: LaggedWeights.fileName(version.rawValue, learner.storage)))
            } else {
                continue
            }
            published.store(version, keeping: configuration.training.staleness + 2) { buffer }
        }
    }

    /// Rank 0: runs the controller, then ends everybody's work and leaves the end marker.
    private func direct(
        _ controller: Controller, _ layout: ClusterLayout, _ system: ClusterActorSystem, _ records: RunRecords, _ weights: PolicyWeights,
        _ beginning: RunBeginning, _ board: StatusBoard, _ log: Log
    ) async throws -> Outcome {
        try records.lease.check()
        // A run that goes on keeps what its folder says until its pictures are known to be the same, too.
        if !beginning.past.holdsSteps { _ = try beginning.write(pictures: [], log) }
        // Whatever still ends in this process writes no more.
        defer { records.lease.release() }
        let statusWriter = writeStatus(board, records.lease, controller, log)
        defer { statusWriter.cancel() }
        // One after the other: a peer that fell silent and came back must not be heard of in the other order.
        let (events, source) = AsyncStream.makeStream(of: PeerEvent.self)
        let watch = Task { for await event in events { await controller.whenLocal { $0.peer(event) } } }
        defer { watch.cancel() }
        system.startHeartbeats(interval: configuration.cluster.heartbeat, limit: configuration.cluster.workerDeadline) { source.yield($0) }
        let end: RunEnd
        do {
            let result = try await controller.whenLocal { controller in
                try controller.ready(WorkerID(0), .here(launch.claims))
                return try await controller.run { pictures in
                    try records.lease.check()
                    records.origin = try beginning.write(pictures: pictures, log)
                }
            }
            guard let result else { throw ClusterError("the controller is not here") }
            let warnings = await controller.whenLocal { $0.health.lasting }
            let message = [result.message, records.losses].compactMap(\.self).joined(separator: "; ")
            end = RunEnd(status: result.status, step: result.step, message: message.isEmpty ? nil : message, warnings: warnings)
        } catch let refusal as IdentityDifference where beginning.past.holdsSteps {
            // The folder stays as it was: what it says of the run is still true.
            _ = await dismiss(controller, system, mayFinalize: false, log)
            throw refusal
        } catch {
            // This rank leaves by its error: nobody waits for it in MPI_Finalize.
            _ = await dismiss(controller, system, mayFinalize: false, log)
            // The error may be that there is no room.
            if (try? records.lease.check()) != nil { records.reserve.release() }
            await controller.whenLocal { board.post($0.status(hasEnded: true)) }
            // Whoever has taken the run over writes its end.
            try await writeLastStatus(board, records.lease, after: statusWriter)
            let (step, warnings) = await controller.whenLocal { ($0.completed.step, $0.health.lasting) } ?? (records.startStep, [])
            do {
                try RunEnd(status: .failed, step: step, message: FileFailure.message(of: error), warnings: warnings).write(
                    toFolder: configuration.output)
            } catch let second {
                log.error("the end of the run can't be written", ["reason": "\(second)"])
            }
            throw error
        }
        let canFinalize = await dismiss(controller, system, mayFinalize: true, log)
        await controller.whenLocal { board.post($0.status(hasEnded: true)) }
        try records.lease.check()
        records.reserve.release()
        if end.status == .finished || end.status == .stopped {
            try PolicyFolder.save(
                weights, to: URL(filePath: configuration.output).appending(path: "model"),
                companions: URL(filePath: configuration.model.policy), as: configuration.rollout.storage)
        }
        try await writeLastStatus(board, records.lease, after: statusWriter)
        try end.write(toFolder: configuration.output)
        return Outcome(end: end, canFinalize: canFinalize)
    }

    /// Writes `status.json` about once a second, until it is cancelled, or until another process has taken the run: that ends the controller.
    private func writeStatus(_ board: StatusBoard, _ lease: RunLease, _ controller: Controller, _ log: Log) -> Task<Void, Never> {
        let folder = configuration.output
        return Task.detached {
            var hasFailed = false
            while board.read() == nil, (try? await Task.sleep(for: .milliseconds(50))) != nil {}
            while !Task.isCancelled {
                do {
                    try lease.check()
                    try board.read()?.write(toFolder: folder)
                    hasFailed = false
                } catch let error as CheckpointError {
                    await controller.whenLocal { $0.fatal = ClusterError(error.description) }
                    return
                } catch {
                    // No room: it still is a sign of life.
                    RunStatus.touch(inFolder: folder)
                    if !hasFailed { log.warning("the status can't be written", ["error": "\(error)"]) }
                    hasFailed = true
                }
                do { try await Task.sleep(for: .seconds(1)) } catch { return }
            }
        }
    }

    /// Leaves the status that the run ended with: it may have ended between two looks at the clock.
    ///
    /// - Throws: `CheckpointError` with code `leaseLost`: whoever has taken the run over writes its end.
    private func writeLastStatus(_ board: StatusBoard, _ lease: RunLease, after writer: Task<Void, Never>) async throws {
        writer.cancel()
        await writer.value
        try lease.check()
        // A disk that is full ends no run for a status.
        try? board.read()?.write(toFolder: configuration.output)
    }

    /// Ends everybody's work. Returns whether all ranks that MPI knows are here and end together.
    ///
    /// - Parameter mayFinalize: whether this rank will be there.
    private func dismiss(_ controller: Controller, _ system: ClusterActorSystem, mayFinalize: Bool, _ log: Log) async -> Bool {
        guard var farewell = await controller.whenLocal({ $0.farewell() }) else { return false }
        farewell.canFinalize = farewell.canFinalize && mayFinalize
        let learner = try? system.actor(ClusterLayout.Name.learner, at: transport.localPeer, as: LearnerWorker.self)
        try? await learner?.stop(canFinalize: true)
        let limit = configuration.cluster.shutdownDeadline
        let end = ContinuousClock.now + limit
        let canFinalize = await withTaskGroup(of: Bool.self) { [farewell] group in
            for worker in farewell.workers {
                group.addTask {
                    do {
                        try await Farewell.insist(
                            worker.peer, worker.role, system: system, canFinalize: farewell.canFinalize, limit: limit)
                        return true
                    } catch {
                        log.warning("a rank did not hear the end", ["peer": worker.peer, "error": "\(error)"])
                        return false
                    }
                }
            }
            var canFinalize = farewell.canFinalize
            for await hasHeard in group where !hasHeard { canFinalize = false }
            return canFinalize
        }
        // A save that has lost its run, or its other ranks, finds that out and takes back what it has written.
        while await learner?.whenLocal({ $0.isWriting }) == true, .now < end { try? await Task.sleep(for: .milliseconds(10)) }
        return canFinalize
    }
}
