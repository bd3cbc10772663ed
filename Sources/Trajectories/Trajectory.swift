/// Why a response ended.
package enum FinishReason: UInt8, Codable, Sendable {
    /// The policy sampled an end token.
    case stop = 0
    /// The response reached `rollout.max_response_tokens`.
    case length = 1
}

/// The parts of a reward that need only the response and the problem: each in its own units, before weights.
package struct RuleRewards: Hashable, Codable, Sendable {
    /// 1 if the final answer equals the gold answer, else 0.
    package var accuracy: Float
    /// 1 if the response has the required form, else 0.
    package var format: Float
    /// 0 or negative: the repetition penalty.
    package var repetition: Float

    package init(accuracy: Float, format: Float, repetition: Float) {
        self.accuracy = accuracy
        self.format = format
        self.repetition = repetition
    }
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
    package let ruleRewards: RuleRewards

    package init(
        id: TrajectoryID, problem: ProblemID, problemIndex: Int, visit: Int, version: PolicyVersion, promptTokens: [Int32],
        tokens: [Int32], logProbs: [Float], entropy: Float, finishReason: FinishReason, text: String, ruleRewards: RuleRewards
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
        self.ruleRewards = ruleRewards
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
    /// Mean of the verdicts as 0 and 1; nil where the problem has no annotations.
    package let visual: Float?
    /// The weighted sum that trains.
    package let reward: Float
    package let advantage: Float

    package init(trajectory: Trajectory, verdicts: [Verdict], visual: Float?, reward: Float, advantage: Float) {
        self.trajectory = trajectory
        self.verdicts = verdicts
        self.visual = visual
        self.reward = reward
        self.advantage = advantage
    }
}
