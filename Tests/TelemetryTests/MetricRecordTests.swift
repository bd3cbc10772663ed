import JSON
import Telemetry
import Testing

@Suite("Metric records and their JSON")
struct MetricRecordTests {
    /// Section 6 of the method, spelt out.
    @Test("the names are those that dashboards of verl and EasyR1 know")
    func names() {
        func expand(_ area: String, _ words: String) -> [String] { words.split(separator: ",").map { "\(area)/\($0)" } }
        var expected = expand("reward", "overall,format,accuracy,visual,repetition")
        expected += expand("actor", "pg_loss,entropy,pg_clipfrac_higher,pg_clipfrac_lower,ppo_kl,grad_norm,lr")
        expected += expand("timing_s", "gen,reward,old_log_prob,update_actor,sync,save_checkpoint,testing,step")
        expected += expand("perf", "total_num_tokens,time_per_step,throughput,mfu")
        expected += expand("training", "global_step,epoch,rollout_probs_diff_max,rollout_probs_diff_mean")
        expected += expand("val", "accuracy,visual,reward_score")
        expected += expand("judge", "coverage,latency_p50,latency_p95,queue_depth,retries,failures,cache_hits,overlap_share")
        expected += expand("idle", "rollout,judge,learner") + ["rollout/zero_variance_groups", "response_length/clip_ratio"]
        let names: [MetricName] = [
            .rewardOverall, .reward("format"), .reward("accuracy"), .reward("visual"), .reward("repetition"), .policyLoss, .entropy,
            .clipFractionHigher, .clipFractionLower, .policyKL, .gradientNorm, .learningRate, .timeGeneration, .timeReward,
            .timeOldLogProb, .timeUpdate, .timeSync, .timeCheckpoint, .timeTesting, .timeStep, .tokenCount, .timePerStep,
            .throughput, .modelFlopUtilization, .globalStep, .epoch, .rolloutProbsDifferenceMax, .rolloutProbsDifferenceMean,
            .validationAccuracy, .validationVisual, .validationReward, .judgeCoverage, .judgeLatencyMedian, .judgeLatency95,
            .judgeQueueDepth, .judgeRetries, .judgeFailures, .judgeCacheHits, .judgeOverlapShare, .idleRollout, .idleJudge,
            .idleLearner, .zeroVarianceGroups, .responseClipRatio,
        ]
        #expect(names.map(\.rawValue) == expected)

        var record = MetricRecord(step: 1)
        record.set(.score, of: [1, 2])
        record.set(.advantages, of: [1, 2])
        record.set(.responseLength, of: [1, 2])
        record.set(.promptLength, of: [1, 2])
        record.set(.policyAge, [.mean, .max], of: [1])
        let statistics = ["critic/score", "critic/advantages", "response_length", "prompt_length"].flatMap { expand($0, "mean,max,min") }
        #expect(record.names.map(\.rawValue) == statistics + ["rollout/policy_age/mean", "rollout/policy_age/max"])
    }

    @Test("a line is one flat object in the order of setting, with shortest numbers")
    func line() {
        var record = MetricRecord(step: 3)
        record.set(.rewardOverall, 0.1 + 0.2)
        record.set(.learningRate, 1e-6)
        record.set(.zeroVarianceGroups, 4)
        record.set(.timeStep, .milliseconds(1250))
        record.set(.digestBatch, "9f00")
        record.set(.rewardOverall, 0.5)
        record.set(.reward("visual"), Double?.none)
        #expect(
            record.json.text
                == #"{"step":3,"reward/overall":0.5,"actor/lr":1e-06,"rollout/zero_variance_groups":4,"timing_s/step":1.25,"digest/batch":"9f00"}"#
        )
    }

    @Test("a number that is not finite becomes null and is counted")
    func nonFinite() throws {
        var record = MetricRecord(step: 1)
        record.set(.policyLoss, .nan)
        record.set(.gradientNorm, .infinity)
        record.set(.entropy, 1)
        #expect(
            record.json.text == #"{"step":1,"actor/pg_loss":null,"actor/grad_norm":null,"actor/entropy":1,"telemetry/non_finite":2}"#)
        #expect(record.number(.policyLoss) == nil)
        #expect(try MetricRecord(record.json) == record)
        #expect(JSONValue.number(.nan).text == "null")
    }

    @Test("statistics are of the values in order; not a number wins; nothing comes of nothing")
    func statistics() {
        let values = [2.0, -1, 5]
        #expect(Statistic.allCases.map { $0(values) } == [2, 5, -1, 6])
        #expect(Statistic.allCases.allSatisfy { $0([1, .nan, 2])?.isNaN == true })
        #expect(Statistic.allCases.allSatisfy { $0([]) == nil })
    }

    @Test("names from data are checked or made well-formed")
    func untrustedNames() {
        #expect(MetricName(parsing: "reward") == nil)
        #expect(MetricName(parsing: "reward/") == nil)
        #expect(MetricName(parsing: "Reward/x") == nil)
        #expect(MetricName(parsing: "judge/audit/hedged_list/specificity") != nil)
        #expect(MetricName.judgeAudit.appending("3 or 5/Hedge").rawValue == "judge/audit/3_or_5_hedge")
    }
}
