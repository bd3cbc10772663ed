/// Why a trajectory ended.
package enum FinishReason: UInt8, Codable, Sendable {
    /// The policy sampled an end token, and nobody had anything to say to its turn.
    case stop = 0
    /// It was cut: its sampled tokens reached `rollout.max_response_tokens`, or a reply went beyond `rollout.max_reply_tokens`.
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

/// The record that one rollout leaves: a prompt, what the policy wrote, and, in tasks of several turns, replies of the environment between its turns.
package struct Trajectory: Hashable, Codable, Sendable {
    package let id: TrajectoryID
    package let problem: ProblemID
    package let problemIndex: Int
    package let visit: Int
    /// The behaviour policy.
    package let version: PolicyVersion
    /// The prompt, which is given, then sampled and given spans in turn. The last one is sampled.
    package let spans: [TokenSpan]
    /// Mean entropy in nats of the distributions that the sampled tokens were drawn from.
    package let entropy: Float
    package let finishReason: FinishReason
    /// What was said behind the prompt: one for each sampled span, each but the last with a reply.
    package let turns: [Turn]
    /// The parts of its reward that need no judge.
    package let rewards: RewardVector

    package init(
        id: TrajectoryID, problem: ProblemID, problemIndex: Int, visit: Int, version: PolicyVersion, spans: [TokenSpan],
        entropy: Float, finishReason: FinishReason, turns: [Turn], rewards: RewardVector
    ) {
        self.id = id
        self.problem = problem
        self.problemIndex = problemIndex
        self.visit = visit
        self.version = version
        self.spans = spans
        self.entropy = entropy
        self.finishReason = finishReason
        self.turns = turns
        self.rewards = rewards
    }
}

extension Trajectory {
    /// Token ids of the prompt, one placeholder id for each visual token.
    package var promptTokens: [Int32] { spans.first?.tokens ?? [] }
    /// What stands behind the prompt.
    package var response: [TokenSpan] { Array(spans.dropFirst()) }
    /// All sampled tokens, turn after turn, end tokens included.
    package var tokens: [Int32] { spans.tokens(.sampled) }
    /// Log-probability of each of ``tokens``.
    package var logProbs: [Float] { spans.logProbs }
    /// For each turn, how many tokens were sampled, and the tokens of the reply to it: none behind the last.
    package var turnTokens: [(count: Int, reply: [Int32])] {
        var result: [(count: Int, reply: [Int32])] = []
        for span in response {
            switch span.kind {
            case .sampled: result.append((span.tokens.count, []))
            case .given: if !result.isEmpty { result[result.count - 1].reply = span.tokens }
            }
        }
        return result
    }
    /// What judges and rewards read: all that the policy wrote, a line break between turns. Replies are left out, so that none is ever rewarded.
    package var text: String { turns.written }
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
