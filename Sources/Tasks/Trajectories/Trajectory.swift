/// Why a response ended.
package enum FinishReason: UInt8, Codable, Sendable {
    /// The policy sampled an end token.
    case stop = 0
    /// The response reached `rollout.max_response_tokens`.
    case length = 1
}

/// A request to sample all members of one group: everything that a trajectory is a function of, next to the run's own settings.
package struct GroupAssignment: Hashable, Codable, Sendable {
    package let group: GroupID
    /// Index into the data set that `group.purpose` draws from.
    package let problemIndex: Int
    /// How often the sampler had handed out this problem before; keys random numbers together with the problem.
    package let visit: Int
    package let version: PolicyVersion
    package let memberCount: Int

    package init(group: GroupID, problemIndex: Int, visit: Int, version: PolicyVersion, memberCount: Int) {
        self.group = group
        self.problemIndex = problemIndex
        self.visit = visit
        self.version = version
        self.memberCount = memberCount
    }
}

/// The record that one rollout leaves.
package struct Trajectory: Hashable, Codable, Sendable {
    package let id: TrajectoryID
    package let problem: ProblemID
    package let problemIndex: Int
    package let visit: Int
    /// The behaviour policy.
    package let version: PolicyVersion
    /// Token ids of the prompt, one placeholder id for each visual token.
    package let promptTokens: [Int32]
    /// Token ids of the response, the end token included where it was sampled.
    package let tokens: [Int32]
    /// Log-probability of each response token under the distribution that it was sampled from. Same count as `tokens`.
    package let logProbs: [Float]
    /// Mean entropy in nats of the distributions that the tokens were sampled from.
    package let entropy: Float
    package let finishReason: FinishReason
    /// The decoded response without its end token.
    package let text: String
    /// The parts of its reward that need no judge.
    package let rewards: RewardVector

    package init(
        id: TrajectoryID, problem: ProblemID, problemIndex: Int, visit: Int, version: PolicyVersion, promptTokens: [Int32],
        tokens: [Int32], logProbs: [Float], entropy: Float, finishReason: FinishReason, text: String, rewards: RewardVector
    ) {
        self.id = id
        self.problem = problem
        self.problemIndex = problemIndex
        self.visit = visit
        self.version = version
        self.promptTokens = promptTokens
        self.tokens = tokens
        self.logProbs = logProbs
        self.entropy = entropy
        self.finishReason = finishReason
        self.text = text
        self.rewards = rewards
    }
}

/// The judgements on annotations of one trajectory.
package struct JudgedTrajectory: Hashable, Codable, Sendable {
    package let id: TrajectoryID
    /// Which annotations of its problem were judged.
    package let places: [Int]
    /// In the order of `places`.
    package let judgements: [Judgement]

    package init(id: TrajectoryID, places: [Int], judgements: [Judgement]) {
        self.id = id
        self.places = places
        self.judgements = judgements
    }
}

/// One trajectory with what training needs beside it.
package struct Sample: Hashable, Codable, Sendable {
    package let trajectory: Trajectory
    package let verdicts: [Verdict]
    /// Every part of its reward, before weights.
    package let values: RewardVector
    /// The weighted sum that trains.
    package let reward: Float
    package let advantage: Float

    package init(trajectory: Trajectory, verdicts: [Verdict], values: RewardVector, reward: Float, advantage: Float) {
        self.trajectory = trajectory
        self.verdicts = verdicts
        self.values = values
        self.reward = reward
        self.advantage = advantage
    }
}
