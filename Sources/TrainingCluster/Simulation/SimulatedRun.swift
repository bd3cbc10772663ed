import Tasks
import ActorRuntime
import Configuration
import ConfigurationReading
import Files
import Foundation
import Synchronization
package import Telemetry
import Trajectories

/// A whole run on loopback whose controller, actors, frames and records are real, and whose work is simulated: what the control of a run
/// costs, what it withstands, and what it keeps.
package struct SimulatedRun: Sendable {
    /// How large, and how rough.
    package struct Plan: Sendable {
        package var rollouts = 32
        package var judges = 32
        package var groupsPerStep = 50
        package var groupSize = 4
        package var steps = 40
        package var staleness = 1
        package var seed: UInt64 = 1
        /// Ranks are cut off and killed, messages late, lost and damaged, workers stand still and fail.
        package var isStormy = false
        package var pace = SimulatedPace()

        package init() {}
    }

    /// What came of it.
    package struct Report: Codable, Sendable {
        package var status = ""
        package var message: String?
        /// Batch and policy of each step.
        package var digests: [String] = []
        package var groups = 0
        /// From the first step's beginning to the last one's end.
        package var seconds = 0.0
        /// Until the first step began.
        package var startSeconds = 0.0
        package var frames = 0
        /// Messages that were late, lost and damaged; ranks that were cut off for a while and killed.
        package var late = 0
        package var lost = 0
        package var damaged = 0
        package var cuts = 0
        package var kills = 0
        /// The largest of everything that the controller held.
        package var peak = ControlPlaneLoad()
        /// Resident bytes when a fifth of the steps was done, and the mean and the largest of the last fifth.
        package var residentAtFifth = 0
        package var residentAtEnd = 0

        package var groupsPerSecond: Double { Double(groups) / max(seconds, 1e-9) }
        package var framesPerSecond: Double { Double(frames) / max(seconds, 1e-9) }
    }

    private let plan: Plan
    private let configuration: RunConfiguration
    private let log: Log

    /// - Parameters:
    ///   - files: The configuration that everything which the plan does not say is taken from.
    ///   - folder: The run folder; it must not exist.
    /// - Throws: `ConfigurationError`.
    package init(_ plan: Plan, files: [String], folder: String, log: Log = Log { _ in }) throws {
        self.plan = plan
        self.log = log
        let settings = [
            "output=\(folder)", "rollout.problems_per_step=\(plan.groupsPerStep)", "rollout.group_size=\(plan.groupSize)",
            "training.steps=\(plan.steps)", "training.staleness=\(plan.staleness)", "training.seed=\(plan.seed)", "validation.every=0",
            "validation.at_start=false", "checkpoint.every=0", "judge.type=rules", "judge.lease_seconds=2", "judge.audit.share=0",
            "placement.learner=1", "placement.rollout=\(plan.rollouts)", "placement.judge=\(plan.judges)",
            "cluster.call_deadline_seconds=\(plan.isStormy ? 1 : 30)", "cluster.heartbeat_seconds=\(plan.isStormy ? 0.2 : 1)",
            "cluster.worker_deadline_seconds=\(plan.isStormy ? 2 : 30)", "cluster.stall_deadline_seconds=60",
            "cluster.respawn=\(plan.isStormy)",
        ]
        configuration = try RunConfiguration.load(files: files, overrides: settings.map { try ConfigurationOverride(parsing: $0) }).value
    }

    /// Runs it to its end.
    package func run() async throws -> Report {
        let launch = try RankHost.Launch(configuration: configuration, isResumed: false, command: ["simulation"], version: "simulation")
        let network = LoopbackNetwork(peerCount: configuration.placement.rankCount)
        let weather = SimulatedWeather(isStormy: plan.isStormy, seed: plan.seed)
        let watch = SimulationWatch(steps: plan.steps)
        let standIns = standIns(launch.inputs, watch)
        let spawner = LoopbackSpawner(network: network) { role, transport in
            hook(transport, weather)
            let place = RankHost.Place.recruit(role, controller: transport.peers[0])
            _ = try await RankHost(
                launch, place: place, transport: transport, stop: StopRequest(), log: log, standIns: standIns
            ).run()
        }
        let troubles = plan.isStormy ? Task { await storm(network, weather, watch) } : nil
        defer { troubles?.cancel() }
        let started = ContinuousClock.now
        let end = try await withThrowingTaskGroup(of: RunEnd?.self) { group in
            for rank in 0..<configuration.placement.rankCount {
                let transport = network.transport(rank: rank)
                hook(transport, weather)
                group.addTask {
                    do {
                        return try await RankHost(
                            launch, transport: transport, stop: StopRequest(), spawner: rank == 0 ? spawner : nil, log: log,
                            standIns: standIns
                        ).run().end
                    } catch  where rank > 0 && plan.isStormy {
                        // Killed ranks end by themselves once they miss the controller.
                        return nil
                    }
                }
            }
            for try await end in group {
                // Killed ranks may still wait for the controller.
                if let end {
                    group.cancelAll()
                    return end
                }
            }
            throw ClusterError("the simulated run ended without saying how")
        }
        return try report(end, ContinuousClock.now - started, weather, watch)
    }

    private func hook(_ transport: any Transport, _ weather: SimulatedWeather) {
        let source = transport.localPeer
        transport.faultHook = { weather.fate(of: $0, from: source) }
    }

    private func standIns(_ inputs: RunInputs, _ watch: SimulationWatch) -> StandIns {
        let chance = Chance(seed: plan.seed &+ 17)
        var standIns = StandIns()
        standIns.sampler = SimulatedSampler(pace: plan.pace, chance: chance) {
            try inputs.source(for: $0.group.purpose).problem(at: $0.problemIndex)
        }
        standIns.judge = SimulatedJudge(pace: plan.pace, chance: chance)
        standIns.trainer = SimulatedTrainer()
        standIns.observer = { watch.observe($0) }
        return standIns
    }

    /// Cuts workers off and kills some, until it is cancelled.
    private func storm(_ network: LoopbackNetwork, _ weather: SimulatedWeather, _ watch: SimulationWatch) async {
        let chance = Chance(seed: plan.seed &+ 99)
        await withTaskGroup(of: Void.self) { group in
            while (try? await Task.sleep(for: .milliseconds(150))) != nil {
                guard watch.hasBegun else { continue }
                let peers = network.peers
                let victim = peers[1 + chance.below(peers.count - 1)]
                if chance.isDue(perMille: 80) {
                    network.disconnect(rank: victim.rank)
                    watch.note(kills: 1)
                } else {
                    watch.note(cuts: 1)
                    let length = chance.part(of: .seconds(4))
                    group.addTask {
                        weather.setCut(victim, true)
                        try? await Task.sleep(for: length)
                        weather.setCut(victim, false)
                    }
                }
            }
        }
    }

    private func report(_ end: RunEnd, _ elapsed: Duration, _ weather: SimulatedWeather, _ watch: SimulationWatch) throws -> Report {
        let records = try JSONLinesLog.metrics(in: configuration.output + "/metrics.jsonl").map(\.record)
        var report = watch.report
        report.status = end.status.rawValue
        report.message = end.message
        report.digests = records.map { "\($0.text(.digestBatch) ?? "")/\($0.text(.digestPolicy) ?? "")" }
        report.groups = records.count * plan.groupsPerStep
        report.startSeconds = watch.startSeconds ?? 0
        report.seconds = elapsed / .seconds(1) - report.startSeconds
        let totals = weather.totals
        (report.frames, report.late, report.lost, report.damaged) = (totals.frames, totals.late, totals.lost, totals.damaged)
        return report
    }
}

/// Looks at the controller's load and at the memory of this process while a simulated run goes on.
final class SimulationWatch: Sendable {
    private struct State {
        var report = SimulatedRun.Report()
        var startSeconds: Double?
        var residents: [Int] = []
    }

    private let steps: Int
    private let started = ContinuousClock.now
    private let state = Mutex(State())

    init(steps: Int) { self.steps = steps }

    var hasBegun: Bool { state.withLock { $0.startSeconds != nil } }
    var startSeconds: Double? { state.withLock { $0.startSeconds } }
    var report: SimulatedRun.Report { state.withLock { $0.report } }

    func note(cuts: Int = 0, kills: Int = 0) {
        state.withLock { state in
            state.report.cuts += cuts
            state.report.kills += kills
        }
    }

    func observe(_ load: ControlPlaneLoad) {
        let resident = Self.residentByteCount
        let elapsed = (ContinuousClock.now - started) / .seconds(1)
        state.withLock { state in
            if state.startSeconds == nil, load.slotsTaken > 0 { state.startSeconds = elapsed }
            state.report.peak = state.report.peak.maximum(load)
            if load.step >= steps / 5, state.report.residentAtFifth == 0 { state.report.residentAtFifth = resident }
            if load.step >= steps - steps / 5 {
                state.residents.append(resident)
                state.report.residentAtEnd = state.residents.reduce(0, +) / state.residents.count
            }
        }
    }

    /// The memory of this process, by `/proc/self/statm`.
    private static var residentByteCount: Int {
        guard let text = try? InputFile.text("/proc/self/statm") else { return 0 }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
