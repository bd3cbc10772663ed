package import Generation
package import Multimodal
package import PolicyModel
package import Rewards
package import Trajectories
package import Configuration
import Randomness
package import Tasks

/// f(run seed, policy version, problem, member): samples the members of groups. Holds no state; everything is in its arguments.
package struct TrajectorySampler: Sendable {
    private let seed: UInt64
    private let encoder: PromptEncoder
    private let rubric: Rubric
    private let maximumTurns: Int
    /// How training groups are sampled.
    package let training: SamplingParameters

    /// - Parameters:
    ///   - seed: the run's seed.
    ///   - configuration: of the policy: end tokens, and what stands for pictures or padding and is never sampled.
    ///   - encoder: the policy's tokenizer and chat format.
    ///   - rubric: what responses are worth.
    package init(
        seed: UInt64, encoder: PromptEncoder, configuration: PolicyModel.ModelConfiguration, rollout: RolloutConfiguration, rubric: Rubric
    ) {
        self.seed = seed
        self.encoder = encoder
        self.rubric = rubric
        maximumTurns = rollout.maxTurns
        let ends = Set(configuration.endTokenIDs + [encoder.endOfTurnTokenID].compactMap { $0 }).sorted()
        training = SamplingParameters(
            temperature: Float(rollout.temperature), topP: Float(rollout.topP), topK: rollout.topK,
            maximumTokens: rollout.maxResponseTokens,
            maximumGivenTokens: rollout.givenTokenLimit, stopTokens: ends,
            bannedTokens: encoder.tokenizer.unspeakableTokenIDs(
                vocabularySize: configuration.text.vocabularySize, placeholders: configuration.placeholderTokenIDs, ends: ends))
    }

    /// How groups of a purpose are sampled: training by the configured temperature, validation and evaluation greedily.
    package func parameters(for purpose: Purpose) -> SamplingParameters {
        var parameters = training
        if purpose != .train {
            parameters.temperature = 0
            parameters.topP = 1
            parameters.topK = 0
        }
        return parameters
    }

    /// The random stream of one member.
    private func stream(_ assignment: GroupAssignment, member: Int) -> CounterRandom {
        CounterRandom(
            key: CounterRandom.mix(
                seed, UInt64(assignment.group.purpose.rawValue), UInt64(assignment.group.step.rawValue),
                UInt64(assignment.version.rawValue), UInt64(assignment.problemIndex), UInt64(assignment.visit), UInt64(member)))
    }

    /// Samples all members of groups of one purpose together, and hands over each trajectory the moment it is finished.
    ///
    /// - Parameters:
    ///   - groups: what to sample, with the prompts.
    ///   - source: the task that the problems are of: it may reply to a turn.
    ///   - isCancelled: asked before every token.
    ///   - progressed: called after every token.
    ///   - finished: called on this thread.
    package func sample(
        _ groups: [(assignment: GroupAssignment, prompt: PolicyPrompt)], of source: any ProblemSource, weights: PolicyWeights,
        isCancelled: () -> Bool = { false }, progressed: () -> Void = {}, finished: (Trajectory) -> Void
    ) throws {
        guard let purpose = groups.first?.assignment.group.purpose else { return }
        let requests = groups.map { group in
            GenerationRequest(
                prompt: group.prompt.tokens, images: group.prompt.images,
                members: (0..<group.assignment.memberCount).map { stream(group.assignment, member: $0) })
        }
        // What the environment has said to each member so far.
        var replies = groups.map { [[String]](repeating: [], count: $0.assignment.memberCount) }
        try Generator.generate(
            requests, weights: weights, parameters: parameters(for: purpose), isCancelled: isCancelled, progressed: { _ in progressed() },
            reply: { request, member, spans in
                let turns = turns(spans, replies[request][member])
                guard let reply = reply(to: turns, after: spans, source, groups[request].prompt.problem) else { return nil }
                replies[request][member].append(reply)
                return try encoder.encode(replying: reply)
            }
        ) { response in
            let (assignment, prompt) = groups[response.request]
            finished(trajectory(response, turns(response.spans, replies[response.request][response.member]), assignment, prompt))
        }
    }

    /// What the task says to a turn that ended as the chat format wants it, while there may be another one; nil else.
    private func reply(to turns: [Turn], after spans: [TokenSpan], _ source: any ProblemSource, _ problem: Problem) -> String? {
        guard turns.count < maximumTurns, spans.last?.tokens.last == encoder.endOfTurnTokenID else { return nil }
        return source.reply(to: turns, of: problem)
    }

    /// The turns of some spans: what was sampled as text, each with the reply that was given to it.
    private func turns(_ spans: [TokenSpan], _ replies: [String]) -> [Turn] {
        let sampled = spans.filter { $0.kind == .sampled }
        return sampled.enumerated().map { index, span in
            let isEnded = span.tokens.last.map(training.stopTokens.contains) ?? false
            return Turn(
                text: encoder.tokenizer.decode(isEnded ? span.tokens.dropLast() : span.tokens),
                // The last turn has none, though a reply that was too long may have been made.
                reply: index < sampled.count - 1 ? replies[index] : nil)
        }
    }

    private func trajectory(_ response: GeneratedResponse, _ turns: [Turn], _ assignment: GroupAssignment, _ prompt: PolicyPrompt)
        -> Trajectory
    {
        Trajectory(
            id: TrajectoryID(group: assignment.group, member: response.member), problem: prompt.problem.id,
            problemIndex: assignment.problemIndex, visit: assignment.visit, version: assignment.version,
            spans: [.given(prompt.tokens)] + response.spans, entropy: response.entropy, finishReason: response.stopped ? .stop : .length,
            turns: turns,
            rewards: rubric.sampled(
                RewardSubject(
                    response: turns.written, tokenCount: response.tokens.count, maximumTokens: training.maximumTokens,
                    question: prompt.problem.question, answer: prompt.problem.answer)))
    }
}
