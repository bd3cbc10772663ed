import Tasks
import Foundation
import Judging
import PolicyModel
import TrainingCluster
import Trajectories

/// A judging model's speed with its protocol's head computed once, and with the head computed again in every prompt.
struct JudgeMeasurement: Encodable {
    /// One way of judging the same responses.
    struct Rate: Encodable {
        let verdictsPerSecond: Double
        /// Rows that go through the model for one verdict.
        let rowsPerVerdict: Double
        /// 2 N rows/s over the peak.
        let share: Double

        enum CodingKeys: String, CodingKey {
            case verdictsPerSecond = "verdicts_per_s"
            case rowsPerVerdict = "rows_per_verdict"
            case share = "share_of_peak"
        }
    }

    let judge: String
    let parameters: Int
    let responses: Int
    let annotations: Int
    /// Mean responses and annotations that go through the model together.
    let responsesPerPass: Double
    let annotationsPerPass: Double
    /// Tokens of the protocol's head.
    let headTokens: Int
    let cached: Rate
    let uncached: Rate

    enum CodingKeys: String, CodingKey {
        case judge, parameters, responses, annotations
        case responsesPerPass = "responses_per_pass"
        case annotationsPerPass = "annotations_per_pass"
        case headTokens = "head_tokens"
        case cached = "head_cached"
        case uncached = "head_computed_again"
    }

    /// - Parameter peak: Gflop/s of the fastest product.
    static func measure(
        model: String, task: any EmbeddedTask.Type, responses: Int, annotations: Int, repetitions: Int, peak: Double
    ) async throws -> JudgeMeasurement {
        let location = URL(filePath: model)
        let digest = try ModelDigest.of(location)
        let texts = task.judgeTexts
        let task = try task.part(.validation, problems: responses, seed: 1)
        let items = (0..<responses).map { index in
            let response = task.referenceResponse(at: index)
            var random = KeyedRandom(seed: UInt64(index))
            let candidates = texts.candidates(on: response, &random)
            return JudgeItem(response: response, annotations: Array((candidates.reflected + candidates.others).prefix(annotations)))
        }
        let cached = try ModelJudge(folder: location, digest: digest, form: nil)
        let uncached = try ModelJudge(folder: location, digest: digest, form: nil, cachesHead: false)
        let verdicts = Double(responses * annotations)
        func rate(_ judge: ModelJudge) async throws -> (rate: Rate, work: JudgeWork) {
            let work = try judge.work(on: items)
            let seconds = try await Stopwatch.median(repetitions: repetitions) { _ = try await judge.judgements(on: items) }
            return (
                Rate(
                    verdictsPerSecond: verdicts / seconds, rowsPerVerdict: Double(work.rows) / verdicts,
                    share: 2 * Double(judge.layerParameterCount) * Double(work.rows) / seconds / (peak * 1e9)), work
            )
        }
        let (fast, work) = try await rate(cached)
        return JudgeMeasurement(
            judge: cached.identity, parameters: cached.parameterCount, responses: responses, annotations: annotations,
            responsesPerPass: Double(responses) / Double(work.passes), annotationsPerPass: verdicts / Double(work.passes),
            headTokens: cached.headTokenCount, cached: fast, uncached: try await rate(uncached).rate)
    }

    var table: String {
        func line(_ name: String, _ rate: Rate) -> String {
            let figures = String(
                format: "%.1f verdicts/s, %.1f rows a verdict, %.0f %% of the peak", rate.verdictsPerSecond, rate.rowsPerVerdict,
                rate.share * 100)
            return name.padding(toLength: 17, withPad: " ", startingAt: 0) + figures
        }
        return [
            "judge            \(judge), \(parameters) parameters",
            "together         \(responsesPerPass) responses and \(annotationsPerPass) annotations a pass; \(responses) responses of "
                + "\(annotations) annotations in all",
            line("head cached", cached), line("head each time", uncached),
            "                 the protocol's head has \(headTokens) tokens",
        ].joined(separator: "\n")
    }
}
