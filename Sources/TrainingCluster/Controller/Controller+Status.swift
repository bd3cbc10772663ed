import ActorRuntime
import Configuration
import Foundation
import Orchestration
import Synchronization
package import Telemetry
import Trajectories

/// Where the controller leaves its latest status for the one who writes it down: a controller that hangs can't stop the writing, which then
/// tells that it hangs.
package final class StatusBoard: Sendable {
    private let latest = Mutex<(status: RunStatus, postedAt: ContinuousClock.Instant)?>(nil)

    /// Hears of the controller's load at each of its ticks.
    let observer: (@Sendable (ControlPlaneLoad) -> Void)?

    package init(observer: (@Sendable (ControlPlaneLoad) -> Void)? = nil) { self.observer = observer }

    func post(_ status: RunStatus) { latest.withLock { $0 = (status, .now) } }

    /// The latest status with the age that it has by now; nil before the first.
    package func read() -> RunStatus? {
        guard let (status, postedAt) = latest.withLock({ $0 }) else { return nil }
        var current = status
        current.written = Date().timeIntervalSince1970
        current.controllerSeconds = (ContinuousClock.now - postedAt) / .seconds(1)
        return current
    }
}

extension Controller {
    /// What the run is doing, as of now.
    ///
    /// - Parameter hasEnded: whether no further step will be begun.
    func status(hasEnded: Bool = false) -> RunStatus {
        let phases = training.phaseCounts
        let checks = validation.phaseCounts
        var queues = RunStatus.Queues()
        queues.groupsWaiting = phases.waiting + checks.waiting
        queues.groupsInFlight = phases.inFlight + checks.inFlight
        queues.groupsUnjudged = phases.sampled + checks.sampled
        queues.groupSlots = training.slotCount
        queues.groupSlotsTaken = training.takenSlotCount
        queues.responsesWaiting = dispatch.queueDepth + rewards.queueDepth
        queues.responsesInFlight = dispatch.inFlightCount + rewards.inFlightCount
        let clock = ContinuousClock.now
        let calls = actorSystem.pendingCalls(limit: 20).map {
            RunStatus.Call(
                name: $0.name, peer: $0.peer.description, seconds: (clock - $0.startedAt) / .seconds(1),
                limitSeconds: ($0.deadline - $0.startedAt) / .seconds(1))
        }
        let wait = currentWait.map {
            RunStatus.Wait(
                what: $0.what, seconds: seconds(since: $0.since), idleSeconds: seconds(since: progressAt),
                limitSeconds: $0.limit / .seconds(1))
        }
        return RunStatus(
            written: Date().timeIntervalSince1970, controllerSeconds: 0,
            step: hasEnded ? completed.step : min(completed.step + 1, inputs.configuration.training.steps),
            steps: inputs.configuration.training.steps,
            publishedVersion: training.publishedVersion.rawValue, wait: wait, ranks: roster.all.map(rankStatus), queues: queues,
            calls: calls,
            spawning: Dictionary(uniqueKeysWithValues: scaling.spawning.filter { $0.value > 0 }.map { ($0.key.rawValue, $0.value) }),
            warnings: health.lasting)
    }

    private func seconds(since moment: Duration) -> Double { max(0, (now - moment) / .seconds(1)) }

    private func rankStatus(_ worker: Roster.Worker) -> RunStatus.Rank {
        let held = held(by: worker.id)
        return RunStatus.Rank(
            number: worker.id.rawValue, role: worker.role.rawValue, host: worker.host, processID: worker.processID,
            state: roster.state(of: worker.id).rawValue, stateSeconds: seconds(since: worker.since),
            activity: activity(of: worker, held: held),
            held: held, progressSeconds: worker.progressAt.map { seconds(since: $0) }, versions: worker.versions.map(\.rawValue).sorted())
    }

    private func activity(of worker: Roster.Worker, held: Int) -> String {
        switch worker.role {
        case .learner:
            guard learnerStep > completed.step, learnerReports[worker.id.rawValue]?.step != learnerStep else { return "idle" }
            return "trains step \(learnerStep)"
        case .rollout:
            if held > 0 { return "samples \(held) groups" }
            let lacking = roster.membership.mayServe(worker.id) && !worker.versions.contains(training.publishedVersion)
            return lacking ? "waits for the weights of version \(training.publishedVersion.rawValue)" : "idle"
        case .judge: return held > 0 ? "judges \(held) responses" : "idle"
        }
    }
}
