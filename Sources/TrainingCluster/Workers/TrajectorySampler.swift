package import Generation
package import Multimodal
package import PolicyModel
package import Rewards
package import Trajectories
import Randomness

/// f(run seed, policy version, problem, member): samples the members of groups. Holds no state; everything is in its arguments.
package struct TrajectorySampler: Sendable {
    private let seed: UInt64
    private let tokenizer: Tokenizer
    private let rubric: Rubric
    /// How training groups are sampled.
    package let training: SamplingParameters

    /// - Parameters:
    ///   - seed: the run's seed.
    ///   - configuration: of the policy: end tokens, and what stands for pictures or padding and is never sampled.
    ///   - endOfTurn: the chat template's end token, if it has one.
    ///   - rubric: what responses are worth.
    package init(
        seed: UInt64, tokenizer: Tokenizer, configuration: ModelConfiguration, endOfTurn: Int32?, temperature: Float, topP: Float = 1,
        topK: Int = 0, maximumTokens: Int, rubric: Rubric
    ) {
        self.seed = seed
        self.tokenizer = tokenizer
        self.rubric = rubric
        let ends = Set(configuration.endTokenIDs + [endOfTurn].compactMap { $0 }).sorted()
        training = SamplingParameters(
            temperature: temperature, topP: topP, topK: topK, maximumTokens: maximumTokens, stopTokens: ends,
            bannedTokens: tokenizer.unspeakableTokenIDs(
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
    ///   - isCancelled: asked before every token.
    ///   - progressed: called after every token.
    ///   - finished: called on this thread.
    package func sample(
        _ groups: [(assignment: GroupAssignment, prompt: PolicyPrompt)], weights: PolicyWeights, isCancelled: () -> Bool = { false },
        progressed: () -> Void = {}, finished: (Trajectory) -> Void
    ) throws {
        guard let purpose = groups.first?.assignment.group.purpose else { return }
        let requests = groups.map { group in
            GenerationRequest(
                prompt: group.prompt.tokens, images: group.prompt.images,
                members: (0..<group.assignment.memberCount).map { stream(group.assignment, member: $0) })
        }
        try Generator.generate(
            requests, weights: weights, parameters: parameters(for: purpose), isCancelled: isCancelled, progressed: { _ in progressed() }
        ) { response in
            let (assignment, prompt) = groups[response.request]
            finished(trajectory(response, assignment, prompt))
        }
    }

    private func trajectory(_ response: GeneratedResponse, _ assignment: GroupAssignment, _ prompt: PolicyPrompt) -> Trajectory {
        let text = tokenizer.decode(response.stopped ? response.tokens.dropLast() : response.tokens)
        return Trajectory(
            id: TrajectoryID(group: assignment.group, member: response.member), problem: prompt.problem.id,
            problemIndex: assignment.problemIndex, visit: assignment.visit, version: assignment.version, promptTokens: prompt.tokens,
            tokens: response.tokens, logProbs: response.logProbs, entropy: response.entropy,
            finishReason: response.stopped ? .stop : .length, text: text,
            rewards: rubric.sampled(
                RewardSubject(
                    response: text, tokenCount: response.tokens.count, maximumTokens: training.maximumTokens,
                    question: prompt.problem.question, answer: prompt.problem.answer)))
    }
}
