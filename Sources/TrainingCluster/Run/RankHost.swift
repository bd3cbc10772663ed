package import ActorRuntime
import Checkpointing
package import Configuration
import Datasets
import Distributed
package import Footprints
import Foundation
package import Judging
import Learning
import LinearAlgebra
import Orchestration
import PolicyModel
package import Telemetry
import Trajectories

/// One rank of a run: hosts the actors of its role, meets the others, works until the run ends.
package struct RankHost: Sendable {
    /// What the launcher knows of a run.
    package struct Launch: Sendable {
        /// What every rank reads before it works.
        package let inputs: RunInputs
        /// True if the run folder is to be continued.
        package let isResumed: Bool
        /// What the run folder will say of this launch.
        package let start: RunStart

        /// Reads what every rank needs, and checks what all ranks would stumble over: a launch that is made meets no bad input before its
        /// ranks have met.
        ///
        /// - Parameter memory: what the ranks may take; nil checks nothing.
        /// - Throws: errors naming the file of a model or of data that can't be used; ``ClusterError`` for a folder that holds a run already;
        ///   `FootprintError` for a run that does not fit.
        package init(
            configuration: RunConfiguration, isResumed: Bool, command: [String], version: String, memory: MemoryBudget? = nil
        ) throws {
            if !isResumed { try RunStart.checkFresh(configuration.output, canResume: true) }
            let models = [configuration.model.policy, configuration.model.reference].compactMap { $0 }
            for folder in models + Judges.models(configuration.judge) { try PolicyFolder.check(URL(filePath: folder)) }
            if let fault = Judges.endpointFaults(configuration.judge).first { throw ClusterError(fault) }
            inputs = try RunInputs(configuration)
            try memory?.check(try RunSize(configuration, inputs: inputs).footprint.byRank)
            self.isResumed = isResumed
            start = RunStart(version: version, command: command, configuration: configuration.resolvedJSON)
        }
    }

    private let launch: Launch
    private let transport: any Transport
    private let stop: StopRequest
    private let log: Log
    private let judge: (any ResponseJudge)?

    /// - Parameter judge: who judges here, on a judge rank, in place of the configuration's judge.
    package init(_ launch: Launch, transport: any Transport, stop: StopRequest, log: Log, judge: (any ResponseJudge)? = nil) {
        self.launch = launch
        self.judge = judge
        self.transport = transport
        self.stop = stop
        self.log = log
    }

    private var configuration: RunConfiguration { launch.inputs.configuration }

    /// Works until the run ends. Returns how it ended on rank 0, nil elsewhere.
    package func run() async throws -> RunEnd? {
        var settings = ClusterActorSystem.Configuration()
        settings.callDeadline = configuration.cluster.callDeadline
        settings.maximumCallsInFlightPerPeer = 4096
        settings.maximumMailboxCount = 8192
        let system = ClusterActorSystem(transport: transport, configuration: settings)
        defer { system.shutdown() }
        let layout = try ClusterLayout(configuration.placement, peers: transport.peers)
        guard let member = layout.members.first(where: { $0.peer == transport.localPeer }) else {
            throw ClusterError("\(transport.localPeer) is not of this cluster")
        }
        let log = log.binding(["rank": member.worker.rawValue, "role": member.role.rawValue])
        let inputs = launch.inputs
        let lifetime = WorkerLifetime()
        switch member.role {
        case .learner:
            return try await runLearner(member, layout, inputs, system, lifetime, log)
        case .rollout:
            let controller = try system.actor(ClusterLayout.Name.controller, at: layout.members[0].peer, as: Controller.self)
            _ = try system.host(ClusterLayout.Name.rollout) {
                RolloutWorker(
                    actorSystem: system, inputs: inputs, controller: controller, worker: member.worker, lifetime: lifetime, log: log)
            }
        case .judge:
            let controller = try system.actor(ClusterLayout.Name.controller, at: layout.members[0].peer, as: Controller.self)
            let judge = try judge ?? Judges.open(configuration.judge)
            _ = try system.host(ClusterLayout.Name.judge) {
                JudgeWorker(
                    actorSystem: system, judge: judge, controller: controller, worker: member.worker, lifetime: lifetime,
                    lease: configuration.judge.lease, log: log)
            }
        }
        try await meet(system)
        try await workForOthers(layout, system, lifetime)
        return nil
    }

    /// All ranks are here, run the same build and compute the same bits.
    private func meet(_ system: ClusterActorSystem) async throws {
        try await system.exchangeFingerprints(
            build: try BuildFingerprint.ofExecutable(), numeric: try NumericFingerprint.compute(),
            deadline: configuration.cluster.startupDeadline)
    }

    /// Waits for the end of the run; the controller's loss ends this rank too.
    private func workForOthers(_ layout: ClusterLayout, _ system: ClusterActorSystem, _ lifetime: WorkerLifetime) async throws {
        let controller = layout.members[0].peer
        let lost = StopRequest()
        system.startHeartbeats(interval: configuration.cluster.heartbeat, limit: configuration.cluster.workerDeadline) { event in
            if case .silent(controller) = event {
                lost.request()
                lifetime.end()
            }
        }
        await lifetime.wait()
        if lost.isRequested {
            throw ClusterError("the controller has been silent for \(configuration.cluster.workerDeadline); this rank ends")
        }
    }

    // MARK: - Learner ranks

    private func runLearner(
        _ member: ClusterLayout.Member, _ layout: ClusterLayout, _ inputs: RunInputs, _ system: ClusterActorSystem,
        _ lifetime: WorkerLifetime, _ log: Log
    ) async throws -> RunEnd? {
        let rank = member.worker.rawValue
        let isFirst = rank == 0
        let exchange =
            layout.learners.count == 1
            ? nil
            : ShardExchange(
                transport: transport, peers: layout.learners.map(\.peer), rank: rank, deadline: configuration.cluster.startupDeadline)
        let weights = try PolicyFolder.load(inputs.policyFolder)
        let checkpoint = launch.isResumed ? try newestCheckpoint(log) : nil
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
        let records = isFirst ? try RunRecords(configuration: configuration, checkpoint: checkpoint) : nil
        if let published, let records { try publishStart(published, records, learner, checkpoint) }
        if isFirst { sayWhatIsLeftOut(of: inputs, log) }
        if let verdicts = records?.verdicts, verdicts.repairedByteCount > 0 || !verdicts.damagedLines.isEmpty {
            log.warning("the verdict log was damaged", ["log": verdicts.summary(of: VerdictLog.fileName)])
        }
        let controller: Controller
        if let records, let published {
            controller = try system.host(ClusterLayout.Name.controller) {
                Controller(
                    actorSystem: system, inputs: inputs, cluster: layout, records: records, published: published, stop: stop, log: log)
            }
        } else {
            controller = try system.actor(ClusterLayout.Name.controller, at: layout.members[0].peer)
        }
        _ = try system.host(ClusterLayout.Name.learner) {
            try LearnerWorker(
                actorSystem: system, inputs: inputs, learner: learner, reference: reference, controller: controller, rank: rank,
                published: published, exchange: exchange, lease: records?.lease, lifetime: lifetime)
        }
        try await meet(system)
        guard let records else {
            try await workForOthers(layout, system, lifetime)
            return nil
        }
        return try await direct(controller, layout, system, records, weights, checkpoint, log)
    }

    /// Lines of image folders that can't be used are named once, by rank 0.
    private func sayWhatIsLeftOut(of inputs: RunInputs, _ log: Log) {
        for (name, source) in [("data.train", inputs.train), ("data.validation", inputs.validation)] {
            guard let report = (source as? ImageFolder)?.report, report.hasLosses else { continue }
            log.warning("data lines are left out", ["data": name, "report": report])
        }
    }

    private func newestCheckpoint(_ log: Log) throws -> Checkpoint? {
        guard let (checkpoint, rejected) = try CheckpointStore(path: configuration.output + "/checkpoints").newestGood() else { return nil }
        for error in rejected { log.warning("a checkpoint can't be used", ["reason": error.description]) }
        return checkpoint
    }

    private func restoreMoments(_ learner: LearnerRank, _ checkpoint: Checkpoint) throws {
        let state = try JSONDecoder().decode(RunState.self, from: Data(try checkpoint.state()))
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
                buffer = learner.publishedWeights()
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
        _ checkpoint: Checkpoint?, _ log: Log
    ) async throws -> RunEnd {
        try RunEnd.remove(fromFolder: configuration.output)
        try writeManifest(layout, checkpoint)
        system.startHeartbeats(interval: configuration.cluster.heartbeat, limit: configuration.cluster.workerDeadline) { event in
            Task { await controller.whenLocal { $0.peer(event) } }
        }
        let end: RunEnd
        do {
            guard let result = try await controller.whenLocal({ try await $0.run() }) else {
                throw ClusterError("the controller is not here")
            }
            end = result
        } catch {
            await dismiss(layout, system, log)
            try RunEnd(status: .failed, step: records.startStep, message: "\(error)").write(toFolder: configuration.output)
            throw error
        }
        await dismiss(layout, system, log)
        try PolicyFolder.save(
            weights, to: URL(filePath: configuration.output).appending(path: "model"),
            companions: URL(filePath: configuration.model.policy), as: configuration.rollout.storage)
        try end.write(toFolder: configuration.output)
        return end
    }

    private func dismiss(_ layout: ClusterLayout, _ system: ClusterActorSystem, _ log: Log) async {
        await withTaskGroup(of: Void.self) { group in
            for member in layout.members.dropFirst() {
                group.addTask {
                    do {
                        try await ClusterActorSystem.withCallDeadline(configuration.cluster.shutdownDeadline) {
                            switch member.role {
                            case .learner:
                                try await system.actor(ClusterLayout.Name.learner, at: member.peer, as: LearnerWorker.self).stop()
                            case .rollout:
                                try await system.actor(ClusterLayout.Name.rollout, at: member.peer, as: RolloutWorker.self).stop()
                            case .judge: try await system.actor(ClusterLayout.Name.judge, at: member.peer, as: JudgeWorker.self).stop()
                            }
                        }
                    } catch {
                        log.warning("a rank did not hear the end", ["peer": member.peer, "error": "\(error)"])
                    }
                }
            }
        }
    }

    private func writeManifest(_ layout: ClusterLayout, _ checkpoint: Checkpoint?) throws {
        var models = ["policy": try ModelDigest.of(URL(filePath: configuration.model.policy))]
        models.merge(try Judges.record(configuration.judge)) { policy, _ in policy }
        try launch.start.write(
            toFolder: configuration.output, roles: layout.members.map(\.role.rawValue), models: models, resumedFrom: checkpoint.map(\.path))
    }
}
