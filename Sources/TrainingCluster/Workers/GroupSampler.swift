import Configuration
import LinearAlgebra
package import PolicyModel
package import Trajectories

/// Memory that a rollout rank receives the weights of one version into.
package protocol PolicyMemory: AnyObject, Sendable {
    /// Where they go.
    var bytes: UnsafeMutableRawBufferPointer { get }
    /// Called once they are there, before they are used.
    func refresh()
}

extension PolicyWeights: PolicyMemory {}

/// What samples groups on a rollout rank: the policy or, where only a run's control is looked at, a stand-in.
package protocol GroupSampler: Sendable {
    /// Memory for one version.
    func makeMemory() -> any PolicyMemory

    /// Samples all members of groups of one purpose and version, and hands over each trajectory the moment it is finished.
    ///
    /// - Parameters:
    ///   - groups: What to sample.
    ///   - memory: The version's weights, made by ``makeMemory()``.
    ///   - isCancelled: Asked now and then.
    ///   - progressed: Called now and then, on any thread.
    ///   - finished: Called once or more for each member, on any thread.
    func sample(
        _ groups: [GroupAssignment], with memory: any PolicyMemory, isCancelled: @escaping @Sendable () -> Bool,
        progressed: @escaping @Sendable () -> Void, finished: @escaping @Sendable (Trajectory) -> Void
    ) async throws
}

/// The policy, on compute threads.
struct PolicyGroupSampler: GroupSampler {
    let inputs: RunInputs
    /// Asks the controller for the pictures of a group that can't be read here.
    let fetch: @Sendable (GroupID) async throws -> [PictureMessage]

    func makeMemory() -> any PolicyMemory {
        PolicyWeights(uninitialized: inputs.model, storage: inputs.configuration.rollout.storage)
    }

    func sample(
        _ groups: [GroupAssignment], with memory: any PolicyMemory, isCancelled: @escaping @Sendable () -> Bool,
        progressed: @escaping @Sendable () -> Void, finished: @escaping @Sendable (Trajectory) -> Void
    ) async throws {
        guard let weights = memory as? PolicyWeights else { preconditionFailure("the policy samples with \(type(of: memory))") }
        let inputs = inputs
        let prompts = try await LostPicture.recovering(fetch) { fetched in
            try await ComputeThreads.run {
                try groups.map { (assignment: $0, prompt: try inputs.prompt($0.group, index: $0.problemIndex, fetched: fetched)) }
            }
        }
        try await ComputeThreads.run {
            guard let purpose = groups.first?.group.purpose else { return }
            try inputs.sampler.sample(
                prompts, of: try inputs.source(for: purpose), weights: weights, isCancelled: isCancelled, progressed: progressed,
                finished: finished)
        }
    }
}
