package import ActorRuntime
package import Checkpointing
package import Configuration
import ConfigurationReading
package import Tasks
import Distributed
package import Footprints
import Foundation
import Glibc
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
        /// What this rank computes from, as it will be compared with the others'.
        package let claims: RunClaims
        /// True if the run folder is to be continued.
        package let isResumed: Bool
        /// True if the run folder is taken from a process that still holds it.
        package let takesOver: Bool
        /// What the run folder will say of this launch.
        package let start: RunStart

        /// Reads what every rank needs, and checks what all ranks would stumble over: a launch that is made meets no bad input before its
        /// ranks have met.
        ///
        /// - Parameters:
        ///   - takesOver: whether the run folder is taken from a process that still holds it: one that hangs, or that is cut off.
        ///   - task: the training problems, where they are not the configuration's: a task of a test.
        ///   - memory: what the ranks may take; nil checks nothing.
        ///   - host: this machine's name; nil asks the system.
        /// - Throws: errors naming the file of a model or of data that can't be used; ``ClusterError`` for a folder that holds a run already;
        ///   `FootprintError` for a run that does not fit.
        package init(
            configuration: RunConfiguration, task: (any ProblemSource)? = nil, isResumed: Bool, takesOver: Bool = false, command: [String],
            version: String,
            memory: MemoryBudget? = nil, host: String? = nil
        ) throws {
            if !isResumed { try RunStart.checkFresh(configuration.output, canResume: true) }
            let models = [configuration.model.policy, configuration.model.reference].compactMap { $0 }
            for folder in models { try PolicyFolder.check(URL(filePath: folder)) }
            try Judges.checkModels(configuration.judge)
            let faults = Judges.endpointFaults(configuration.judge) + OwnRewards.faults(configuration.reward)
            if let fault = faults.first { throw ClusterError(fault) }
            inputs = try RunInputs(configuration, task: task)
            try inputs.checkJudge()
            claims = try RunClaims(configuration, host: host)
            try memory?.check(try RunSize(configuration, inputs: inputs).footprint.byRank)
            self.isResumed = isResumed
            self.takesOver = takesOver
            start = RunStart(version: version, command: command, configuration: configuration.resolvedJSON)
        }
    }

    /// Which rank this is.
    package enum Place: Sendable {
        /// One of the ranks that the placement asks for.
        case placed
        /// One that joins a run which goes on; its only peer is the controller's rank.
        case recruit(Role, controller: PeerAddress)
    }

    /// How a rank's work ended.
    package struct Outcome: Sendable {
        /// How the run ended, on rank 0; nil elsewhere.
        package let end: RunEnd?
        /// Whether all ranks of the job are alive and end together, so that MPI can be finalized.
        package let canFinalize: Bool
    }

    let launch: Launch
    let place: Place
    let transport: any Transport
    let stop: StopRequest
    let spawner: (any WorkerSpawner)?
    let log: Log
    let judge: (any ResponseJudge)?
    let standIns: StandIns
    let saveObserver: SaveObserver?
    let refusals: Refusals?

    /// - Parameters:
    ///   - place: Which rank this is.
    ///   - spawner: On rank 0, what starts further workers; nil if nothing can.
    ///   - judge: Who judges here, on a judge rank, in place of the configuration's judge.
    ///   - standIns: What takes the place of the real work.
    ///   - saveObserver: On a learner rank, is told each piece of work of a checkpoint, for tests and drills.
    ///   - refusals: What becomes of a rank that ends before all have met; nil where ranks share a process, which ends as a whole.
    package init(
        _ launch: Launch, place: Place = .placed, transport: any Transport, stop: StopRequest, spawner: (any WorkerSpawner)? = nil,
        log: Log,
        judge: (any ResponseJudge)? = nil, saveObserver: SaveObserver? = nil, standIns: StandIns = StandIns(),
        refusals: Refusals? = nil
    ) {
        self.refusals = refusals
        self.saveObserver = saveObserver
        self.launch = launch
        self.place = place
        self.judge = judge ?? standIns.judge
        self.standIns = standIns
        self.transport = transport
        self.stop = stop
        self.spawner = spawner
        self.log = log
    }

    private static let lastAnswerTime = Duration.milliseconds(200)

    var configuration: RunConfiguration { launch.inputs.configuration }

    /// Works until the run ends.
    package func run() async throws -> Outcome {
        var settings = ClusterActorSystem.Configuration()
        settings.callDeadline = configuration.cluster.callDeadline
        settings.maximumCallsInFlightPerPeer = 4096
        settings.maximumMailboxCount = 8192
        let system = ClusterActorSystem(transport: transport, configuration: settings)
        defer { system.shutdown() }
        if case .recruit(let role, let controller) = place { return try await join(role, controller, system) }
        return try await refusing(over: system) { try await take(system) }
    }

    /// Takes this rank's place among those that the placement asks for.
    private func take(_ system: ClusterActorSystem) async throws -> Outcome {
        let layout = try ClusterLayout(configuration.placement, peers: transport.peers)
        guard let member = layout.members.first(where: { $0.peer == transport.localPeer }) else {
            throw ClusterError("\(transport.localPeer) is not of this cluster")
        }
        let log = log.binding(["rank": member.worker.rawValue, "role": member.role.rawValue])
        let lifetime = WorkerLifetime()
        _ = try system.host(ClusterLayout.Name.pictures) { PictureChecker(actorSystem: system, inputs: launch.inputs) }
        guard member.role != .learner else { return try await runLearner(member, layout, system, lifetime, log) }
        let controller = try system.actor(ClusterLayout.Name.controller, at: layout.members[0].peer, as: Controller.self)
        let ready = try host(member.role, member.worker, controller, system, lifetime, log)
        try await meet(system)
        try await agree(system, at: layout.members[0].peer, log)
        return try await work(controller, member.worker, system, lifetime, ready: ready)
    }

    /// Joins a run that goes on.
    private func join(_ role: Role, _ peer: PeerAddress, _ system: ClusterActorSystem) async throws -> Outcome {
        _ = try system.host(ClusterLayout.Name.pictures) { PictureChecker(actorSystem: system, inputs: launch.inputs) }
        try await meet(system, with: [peer])
        try await agree(system, at: peer, log)
        let controller = try system.actor(ClusterLayout.Name.controller, at: peer, as: Controller.self)
        let here = transport.localPeer
        let worker = try await Insistence.repeating("enlisting as \(role.rawValue)", limit: configuration.cluster.startupDeadline) {
            try await controller.enlist(role, at: here)
        }
        let lifetime = WorkerLifetime()
        let ready = try host(role, worker, controller, system, lifetime, log.binding(["rank": worker.rawValue, "role": role.rawValue]))
        return try await work(controller, worker, system, lifetime, ready: ready)
    }

    /// Makes a rank ready for work and says what the controller must know of it; nil if it can't work, and the controller knows.
    typealias Readying = @Sendable () async throws -> WorkerReport?

    /// Hosts the actor of a rollout or judge rank.
    private func host(
        _ role: Role, _ worker: WorkerID, _ controller: Controller, _ system: ClusterActorSystem, _ lifetime: WorkerLifetime, _ log: Log
    ) throws -> Readying {
        guard role == .judge else {
            _ = try system.host(ClusterLayout.Name.rollout) {
                RolloutWorker(
                    actorSystem: system, inputs: launch.inputs, controller: controller, worker: worker, lifetime: lifetime, log: log,
                    sampler: standIns.sampler)
            }
            return { [claims = launch.claims] in WorkerReport.here(claims) }
        }
        let judge = try judge ?? Judges.open(configuration.judge, cluster: configuration.cluster, log: log)
        let rewards = try OwnRewards(configuration.reward, log: log)
        lifetime.atEnd { await rewards.end() }
        let judgeWorker = try system.host(ClusterLayout.Name.judge) {
            JudgeWorker(
                actorSystem: system, judge: judge, rewards: rewards, controller: controller, worker: worker, lifetime: lifetime,
                lease: configuration.judge.lease, insistenceLimit: configuration.cluster.stallDeadline, log: log)
        }
        return { [claims = launch.claims] in
            do {
                try await judgeWorker.whenLocal { try await $0.reach() }
                return WorkerReport.here(claims, judges: judge.identities)
            } catch let loss as JudgeLoss {
                await judgeWorker.whenLocal { await $0.report(loss) }
                return nil
            }
        }
    }

    /// The ranks are here, run the same build and compute the same bits.
    func meet(_ system: ClusterActorSystem, with peers: [PeerAddress]? = nil) async throws {
        try await system.exchangeFingerprints(
            build: try ProgramFingerprints.build.get(), numeric: try ProgramFingerprints.numeric.get(), with: peers,
            deadline: configuration.cluster.startupDeadline)
    }

    /// Offers this rank to the controller and waits for the end of the run; the controller's loss ends this rank too.
    ///
    /// A rank waits for a silent controller twice as long as the controller for a silent rank: after a cut it is still there to come back.
    func work(
        _ controller: Controller, _ worker: WorkerID, _ system: ClusterActorSystem, _ lifetime: WorkerLifetime, ready: @escaping Readying
    ) async throws -> Outcome {
        let limit = configuration.cluster.workerDeadline * 2
        let lost = StopRequest()
        let peer = controller.id.peer
        // Nobody but the controller matters here: were everybody to ping everybody, pings would grow with the square of the ranks.
        system.startHeartbeats(peers: [peer], interval: configuration.cluster.heartbeat, limit: limit) { event in
            if case .silent(peer) = event {
                lost.request()
                lifetime.end(canFinalize: false)
            }
        }
        let startupLimit = configuration.cluster.startupDeadline
        // Beside the wait for the end: a rank whose report is never answered must not outlive the run.
        let reporting = Task {
            do {
                guard let report = try await ready() else { return }
                try await Insistence.repeating("the report that rank \(worker.rawValue) is ready", limit: startupLimit) {
                    try await controller.ready(worker, report)
                }
            } catch is CancellationError {
                return
            } catch {
                lifetime.end(canFinalize: false)
                throw error
            }
        }
        let canFinalize = await lifetime.wait()
        reporting.cancel()
        await lifetime.finish()
        try await reporting.value
        // The answer to the last call must leave before a process does that ends without MPI_Finalize.
        if !canFinalize { try await Task.sleep(for: Self.lastAnswerTime) }
        if lost.isRequested { throw ClusterError("the controller has been silent for \(limit); this rank ends", isInterruption: true) }
        return Outcome(end: nil, canFinalize: canFinalize)
    }
}

extension WorkerReport {
    /// Of this process.
    static func here(_ claims: RunClaims, judges: [String] = []) -> WorkerReport {
        WorkerReport(host: claims.host, place: claims.place, processID: Int(getpid()), judges: judges)
    }
}
