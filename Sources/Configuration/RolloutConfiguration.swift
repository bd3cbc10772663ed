package import ConfigurationReading

/// How parameters are kept by those who compute no gradients.
package enum WeightPrecision: String, CaseIterable, Codable, Sendable {
    /// As they are.
    case float32
    /// Rounded to bfloat16: half the memory, and another function of the same folder. Arithmetic stays in float32.
    case bfloat16
}

/// `rollout`: how responses are sampled.
package struct RolloutConfiguration: ConfigurationSection, Codable, Hashable {
    /// `problems_per_step`: groups in a batch, 1 ... 65,536. Default 32.
    package var problemsPerStep = 32
    /// `group_size`: responses to one problem, 2 ... 1,024 (every advantage is relative to siblings). Default 8.
    package var groupSize = 8
    /// `temperature`: divides the logits, above 0 ... 10. Default 1.
    package var temperature = 1.0
    /// `top_p`: 1 is off. Training needs 1: the recorded log-probs are those of the whole distribution. Default 1.
    package var topP = 1.0
    /// `top_k`: 0 is off. Training needs 0, as for `top_p`. Default 0.
    package var topK = 0
    /// `weights`: how rollout workers keep the policy's parameters. Default `float32`.
    package var weights = WeightPrecision.float32
    /// `max_prompt_tokens`: longer prompts are dropped and counted, 1 ... 1,048,576 tokens. Default 4,096.
    package var maxPromptTokens = 4_096
    /// `max_response_tokens`: longer responses are cut and counted, 1 ... 1,048,576 tokens; those of all turns together. Default 4,096.
    package var maxResponseTokens = 4_096
    /// `max_turns`: turns of the policy in a trajectory, 1 ... 1,024. A task that replies is asked for a reply after each turn but the last. Default 1.
    package var maxTurns = 1
    /// `max_reply_tokens`: tokens of all replies in a trajectory, their chat format included, 1 ... 1,048,576; a reply beyond them ends the trajectory
    /// as cut. No effect with one turn. Default 1,024.
    package var maxReplyTokens = 1_024

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.integer("problems_per_step", &problemsPerStep, in: 1...65_536)
        fields.integer("group_size", &groupSize, in: 2...1_024)
        fields.real("temperature", &temperature, .above(0, upTo: 10))
        fields.real("top_p", &topP, .above(0, upTo: 1))
        fields.integer("top_k", &topK, in: 0...1_048_576)
        fields.choice("weights", &weights)
        fields.integer("max_prompt_tokens", &maxPromptTokens, in: 1...1_048_576)
        fields.integer("max_response_tokens", &maxResponseTokens, in: 1...1_048_576)
        fields.integer("max_turns", &maxTurns, in: 1...1_024)
        fields.integer("max_reply_tokens", &maxReplyTokens, in: 1...1_048_576)
    }

    /// The most tokens that may be given behind a prompt.
    package var givenTokenLimit: Int { maxTurns > 1 ? maxReplyTokens : 0 }

    /// The most tokens that may stand behind a prompt.
    package var continuationLimit: Int { maxResponseTokens + givenTokenLimit }

    func checkAcross(_ findings: inout ConfigurationFindings) {
        let reason = "because samples of a truncated distribution need a correction that the loss does not have"
        findings.require(topP == 1, "rollout.top_p", "must be 1 in training, \(reason)")
        findings.require(topK == 0, "rollout.top_k", "must be 0 in training, \(reason)")
    }
}
