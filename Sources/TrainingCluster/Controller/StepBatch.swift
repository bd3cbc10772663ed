import Digests
import Learning
package import Rewards
package import Trajectories

/// A step's judged groups turned into samples: rewards, advantages, and what was dropped and why.
package struct StepBatch: Sendable {
    /// Samples in id order.
    package private(set) var samples: [Sample] = []
    package private(set) var compositions: [TrajectoryID: RewardComposition] = [:]
    package private(set) var zeroVarianceGroupCount = 0
    /// Groups that train nothing because too few members could be judged, or no picture could be read.
    package private(set) var droppedGroupCount = 0
    /// Members left out of their groups, and groups left out of the batch, by reason.
    package private(set) var drops = DropCounts()

    /// Groups in all.
    package let groupCount: Int
    /// Responses in all, dropped or not.
    package let responseCount: Int
    /// Those of them with the rewarded form.
    package let formedCount: Int
    /// Those of them that were cut off.
    package let cutCount: Int

    /// - Parameters:
    ///   - groups: the step's groups in plan order: members in order with their verdicts, and the number of annotations.
    ///   - unreadable: how many further groups have no readable picture, and how many members each would have had.
    ///   - ownValues: what the parts of a user's own say of a response.
    package init(
        groups: [(members: [(trajectory: Trajectory, verdicts: [Verdict])], annotationCount: Int)],
        unreadable: (groups: Int, members: Int) = (0, 0), rubric: Rubric,
        ownValues: (TrajectoryID) -> [String: RewardValue] = { _ in [:] }, minimumMembers: Int, advantage: AdvantageKind,
        advantageEpsilon: Double
    ) {
        let responses = groups.flatMap { $0.members.map(\.trajectory) }
        groupCount = groups.count + unreadable.groups
        responseCount = responses.count
        formedCount = responses.count { ($0.rewards[FormatReward.self].number ?? 0) > 0 }
        cutCount = responses.count { $0.finishReason == .length }
        droppedGroupCount = unreadable.groups
        drops.add(.unreadableImage, unreadable.groups * unreadable.members)
        let rewarded = groups.map { group in
            GroupRewards(
                judged: group.members.map {
                    JudgedMember(
                        id: $0.trajectory.id, sampled: $0.trajectory.rewards, verdicts: $0.verdicts, ownValues: ownValues($0.trajectory.id))
                },
                annotationCount: group.annotationCount, rubric: rubric, minimumMembers: minimumMembers)
        }
        for rewards in rewarded { drops.add(rewards.dropCounts) }
        let usable = zip(groups, rewarded).filter { $1.isUsable }
        droppedGroupCount += groups.count - usable.count
        let advantages = advantage.advantages(of: usable.map { $1.rewards }, epsilon: advantageEpsilon)
        for ((group, rewards), values) in zip(usable, advantages) {
            if Set(rewards.rewards).count == 1 { zeroVarianceGroupCount += 1 }
            let members = Dictionary(uniqueKeysWithValues: group.members.map { ($0.trajectory.id, $0) })
            for (member, value) in zip(rewards.members, values) {
                guard let (trajectory, verdicts) = members[member.id] else { continue }
                compositions[member.id] = member.reward
                samples.append(
                    Sample(
                        trajectory: trajectory, verdicts: verdicts, values: member.values, reward: member.reward.overall, advantage: value))
            }
        }
    }

    /// SHA-256 over problem, visit, member, token ids, log-prob bits, finish reason, verdicts, the values of accuracy, format, repetition and visual (-1
    /// where it is absent), reward and advantage bits, then each further part's name and value in the rubric's order; samples in id order. A trajectory
    /// of several turns ends with the word `turns` and, for each of them, its number of tokens and the token ids of the reply to it.
    package var digest: String {
        var sha = SHA256()
        for sample in samples {
            let trajectory = sample.trajectory
            sha.update(trajectory.id.group.slot)
            sha.update(trajectory.problem.rawValue)
            sha.update(trajectory.visit)
            sha.update(trajectory.id.member)
            sha.update(trajectory.tokens)
            sha.update(trajectory.logProbs)
            sha.update(trajectory.finishReason.rawValue)
            sha.update(sample.verdicts.map(\.rawValue))
            sha.update(Self.firstNames.map { sample.values[$0].number ?? 0 })
            sha.update(sample.values[VisualReward.self].number ?? -1)
            sha.update(sample.reward)
            sha.update(sample.advantage)
            for entry in sample.values.entries where !Self.firstNames.contains(entry.name) && entry.name != VisualReward.name {
                sha.update(entry.name)
                sha.update(entry.value.number ?? 0)
            }
            guard trajectory.turns.count > 1 else { continue }
            sha.update("turns")
            for turn in trajectory.turnTokens {
                sha.update(turn.count)
                sha.update(turn.reply)
            }
        }
        return sha.hex
    }

    /// The parts that the digest begins with, visual behind them.
    private static let firstNames = [AccuracyReward.name, FormatReward.name, RepetitionPenalty.name]
}
