/// A metric's name, `area/name` or `area/name/statistic`: lower-case words of letters, digits and underscores.
///
/// Names that verl and EasyR1 log carry over as they are, so that dashboards do; the rest are ours.
package struct MetricName: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    package let rawValue: String

    /// A name known when writing the code.
    ///
    /// - Precondition: `value` is well-formed.
    package init(stringLiteral value: StaticString) {
        let text = value.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
        precondition(Self.isWellFormed(text), "'\(text)' is no metric name: two or more lower-case words, parted by '/'")
        rawValue = text
    }

    /// A name from data, such as a family of audit items; nil if it is not well-formed.
    package init?(parsing text: String) {
        guard Self.isWellFormed(text) else { return nil }
        rawValue = text
    }

    /// This name with one more part; the part's other characters become underscores.
    package func appending(_ part: String) -> MetricName {
        let word = part.lowercased().unicodeScalars.map { Self.isWordScalar($0) ? String($0) : "_" }.joined()
        return MetricName(unchecked: rawValue + "/" + (word.isEmpty ? "_" : word))
    }

    private init(unchecked text: String) { rawValue = text }

    package var description: String { rawValue }

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    private static func isWellFormed(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count >= 2 && parts.allSatisfy { !$0.isEmpty && $0.unicodeScalars.allSatisfy(isWordScalar) }
    }

    private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "_"
    }
}

extension MetricName {
    package static let rewardOverall: Self = "reward/overall"
    /// The weighted mean of a part of the reward.
    package static func reward(_ part: String) -> Self { MetricName(unchecked: "reward").appending(part) }
    /// The part of the reward that a metric is of; nil of other metrics.
    package var rewardPart: String? {
        guard self != .rewardOverall, rawValue.hasPrefix("reward/") else { return nil }
        return String(rawValue.dropFirst("reward/".count))
    }

    /// With mean, max, min.
    package static let score: Self = "critic/score"
    /// With mean, max, min.
    package static let advantages: Self = "critic/advantages"

    package static let policyLoss: Self = "actor/pg_loss"
    package static let entropy: Self = "actor/entropy"
    package static let clipFractionHigher: Self = "actor/pg_clipfrac_higher"
    package static let clipFractionLower: Self = "actor/pg_clipfrac_lower"
    package static let policyKL: Self = "actor/ppo_kl"
    package static let gradientNorm: Self = "actor/grad_norm"
    package static let learningRate: Self = "actor/lr"

    /// An area of its own, only used with mean, max, min; in tokens.
    package static let responseLength: Self = MetricName(unchecked: "response_length")
    /// Share of responses that reached the longest allowed length.
    package static let responseClipRatio: Self = "response_length/clip_ratio"
    /// An area of its own, only used with mean, max, min; in tokens.
    package static let promptLength: Self = MetricName(unchecked: "prompt_length")

    package static let timeGeneration: Self = "timing_s/gen"
    package static let timeReward: Self = "timing_s/reward"
    package static let timeOldLogProb: Self = "timing_s/old_log_prob"
    package static let timeUpdate: Self = "timing_s/update_actor"
    package static let timeSync: Self = "timing_s/sync"
    package static let timeCheckpoint: Self = "timing_s/save_checkpoint"
    package static let timeTesting: Self = "timing_s/testing"
    package static let timeStep: Self = "timing_s/step"

    package static let tokenCount: Self = "perf/total_num_tokens"
    package static let timePerStep: Self = "perf/time_per_step"
    /// Tokens a second.
    package static let throughput: Self = "perf/throughput"
    package static let modelFlopUtilization: Self = "perf/mfu"

    package static let globalStep: Self = "training/global_step"
    package static let epoch: Self = "training/epoch"
    package static let rolloutProbsDifferenceMax: Self = "training/rollout_probs_diff_max"
    package static let rolloutProbsDifferenceMean: Self = "training/rollout_probs_diff_mean"

    package static let validationAccuracy: Self = "val/accuracy"
    package static let validationVisual: Self = "val/visual"
    package static let validationReward: Self = "val/reward_score"

    package static let judgeCoverage: Self = "judge/coverage"
    package static let judgeLatencyMedian: Self = "judge/latency_p50"
    package static let judgeLatency95: Self = "judge/latency_p95"
    package static let judgeQueueDepth: Self = "judge/queue_depth"
    package static let judgeRetries: Self = "judge/retries"
    package static let judgeFailures: Self = "judge/failures"
    package static let judgeCacheHits: Self = "judge/cache_hits"
    /// Share of answers that arrived while trajectories of the same step were still being sampled.
    package static let judgeOverlapShare: Self = "judge/overlap_share"
    /// With the name of an audit figure.
    package static let judgeAudit: Self = "judge/audit"
    /// Rates of the audit, each with `items`.
    package static let auditFalsePositive: Self = "judge/audit/false_positive"
    package static let auditFalseNegative: Self = "judge/audit/false_negative"
    package static let auditRepeatAgreement: Self = "judge/audit/repeat_agreement"
    package static let auditUnknown: Self = "judge/audit/unknown/items"
    /// 1 while the visual reward rises and validation does not.
    package static let auditSaturation: Self = "judge/audit/saturation"

    /// With mean, max, in steps.
    package static let policyAge: Self = "rollout/policy_age"
    package static let zeroVarianceGroups: Self = "rollout/zero_variance_groups"
    /// Groups of the step, and those of them that trained nothing because too few members could be judged.
    package static let groups: Self = "rollout/groups"
    package static let droppedGroups: Self = "rollout/dropped_groups"
    /// With a reason: responses that did not train.
    package static let drops: Self = "rollout/drops"
    /// Responses without a value of a user's own reward, by part.
    package static let unknownRewards: Self = "rollout/unknown"
    /// Responses of the step; those with the rewarded form; those that were cut off.
    package static let responses: Self = "rollout/responses"
    package static let formedResponses: Self = "rollout/responses/formed"
    package static let cutResponses: Self = "rollout/responses/cut"
    package static let duplicateMismatch: Self = "rollout/duplicate_mismatch"

    /// With the name of a warning, while it lasts: the step at which it began.
    package static let warning = MetricName(unchecked: "warning")

    package static let idleRollout: Self = "idle/rollout"
    package static let idleJudge: Self = "idle/judge"
    package static let idleLearner: Self = "idle/learner"

    package static let digestBatch: Self = "digest/batch"
    package static let digestPolicy: Self = "digest/policy"
}
