package import Tasks
package import Evaluation
package import Judging
import LinearAlgebra
package import PolicyModel
import Synchronization
import Rewards
package import Trajectories

/// Greedy answers of a policy to a whole data set, judged.
package struct PolicyEvaluation: Sendable {
    package let sampler: TrajectorySampler
    package let prompts: PolicyPrompts
    package let weights: PolicyWeights
    package let source: any ProblemSource

    package init(
        sampler: TrajectorySampler, prompts: PolicyPrompts, weights: PolicyWeights, source: any ProblemSource
    ) {
        self.sampler = sampler
        self.prompts = prompts
        self.weights = weights
        self.source = source
    }

    /// Problems decoded together.
    private static let chunk = 64

    /// One trajectory a problem, in problem order. A problem whose picture can't be read after all has none.
    ///
    /// - Parameters:
    ///   - purpose: keys the random numbers; `train` samples as training does, any other purpose decodes greedily.
    ///   - progressed: told how many problems are done.
    ///   - leftOut: told of each problem without a readable picture, by its place, on any thread.
    package func trajectories(
        threads: Int, purpose: Purpose = .evaluation, progressed: @escaping @Sendable (Int) -> Void = { _ in },
        leftOut: @escaping @Sendable (_ place: Int, _ reason: String) -> Void = { _, _ in }
    ) async throws -> [(problem: Problem, trajectory: Trajectory)] {
        let found = Mutex<[Int: (problem: Problem, trajectory: Trajectory)]>([:])
        let chunks = Array(stride(from: 0, to: source.count, by: Self.chunk))
        try await ComputeThreads.run { [self] in
            try ComputeThreads.forEach(chunks.count, threads: threads) { chunk in
                let range = chunks[chunk]..<min(chunks[chunk] + Self.chunk, source.count)
                let groups = try range.compactMap { index -> (assignment: GroupAssignment, prompt: PolicyPrompt)? in
                    let prompt: PolicyPrompt
                    do {
                        prompt = try prompts.encode(try source.problem(at: index), of: source)
                    } catch let error where UnreadablePicture.isCause(of: error) {
                        leftOut(index, "\(error)")
                        return nil
                    }
                    let group = GroupID(purpose: purpose, step: StepIndex(0), slot: index)
                    return (
                        GroupAssignment(group: group, problemIndex: index, visit: 0, version: PolicyVersion(0), memberCount: 1), prompt
                    )
                }
                let problems = Dictionary(uniqueKeysWithValues: groups.map { ($0.assignment.problemIndex, $0.prompt.problem) })
                try sampler.sample(groups, of: source, weights: weights) { trajectory in
                    found.withLock { found in found[trajectory.problemIndex] = problems[trajectory.problemIndex].map { ($0, trajectory) } }
                }
                progressed(found.withLock { $0.count })
            }
        }
        return found.withLock { table in (0..<source.count).compactMap { table[$0] } }
    }

    /// Outcomes by the judge that measures perception, and beside them the verdicts of the judge that gives the reward.
    package static func outcomes(
        _ trajectories: [(problem: Problem, trajectory: Trajectory)], judge: any ResponseJudge, rewardJudge: (any ResponseJudge)?,
        source: any ProblemSource, keepsResponses: Bool
    ) async throws -> [OutcomeRecord] {
        let items = trajectories.map { JudgeItem(response: $0.trajectory.text, annotations: $0.problem.annotations) }
        let verdicts = try await judge.verdicts(on: items)
        let rewardVerdicts = try await rewardJudge?.verdicts(on: items)
        return trajectories.enumerated().map { index, entry in
            OutcomeRecord(
                problem: entry.problem.id, isAccurate: entry.trajectory.rewards[AccuracyReward.self] == .known(1),
                verdicts: verdicts[index],
                rewardJudgeVerdicts: rewardVerdicts?[index] ?? [], units: source.units(at: entry.trajectory.problemIndex),
                response: keepsResponses ? entry.trajectory.text : nil)
        }
    }
}
