import ActorRuntime
import Distributed
package import Orchestration
import Telemetry
import Trajectories

/// The rewards of a user's own that a judge rank asks beside its judge.
extension JudgeWorker {
    /// Takes responses whose values are to be had, and returns at once. What is held already is not taken twice.
    package distributed func value(_ requests: [RewardRequest]) {
        for request in requests where heldRewards.insert(request).inserted { Task { await answer(request) } }
        reportWhileBusy()
    }

    private func answer(_ request: RewardRequest) async {
        let values = await rewards.values(of: request.question, parts: request.parts)
        heldRewards.remove(request)
        let answers = [RewardAnswer(trajectory: request.trajectory, values: values)]
        do {
            try await Insistence.repeating("the delivery of a response's rewards", limit: insistenceLimit) {
                try await controller.deliver(rewards: answers, from: worker)
            }
        } catch {
            // The controller's lease on it runs out.
            log.error("the controller did not get a response's rewards", ["trajectory": request.trajectory, "error": "\(error)"])
        }
    }
}
