package import Configuration
import Foundation
import Judging
import LinearAlgebra
import Multimodal
import PolicyModel
import Synchronization
import Trajectories

/// An audit of the judge that gives the reward: its verdicts against the rules judge's, on responses of the starting policy and of the
/// policy at the end of training, altered as ``AuditFamily`` says.
///
/// The responses are answers to validation problems: one greedy and one sampled at temperature 1 for each problem and policy. All of it is a
/// pure function of the configuration's data, the models, the number of items and the seed.
package struct JudgeAudit: Sendable {
    private let configuration: RunConfiguration
    private let start: String
    private let end: String
    private let seed: UInt64
    private let threads: Int

    /// More problems add no kind of response that these lack.
    private static let problemLimit = 1024

    /// - Parameters:
    ///   - configuration: its validation data (digits), prompts, limits and judge.
    ///   - start: the starting policy's model folder.
    ///   - end: the model folder of the policy at the end of training.
    ///   - seed: of the sampled responses and of the choice of items.
    package init(configuration: RunConfiguration, start: String, end: String, seed: UInt64, threads: Int) {
        var configuration = configuration
        configuration.training.seed = Int(clamping: seed)
        configuration.rollout.temperature = 1
        configuration.rollout.topP = 1
        configuration.rollout.topK = 0
        self.configuration = configuration
        self.start = start
        self.end = end
        self.seed = seed
        self.threads = threads
    }

    /// Samples, builds the items, judges them and counts.
    ///
    /// - Parameters:
    ///   - count: how many items, a positive even number.
    ///   - progressed: told what is being done, a line at a time.
    /// - Throws: `ClusterError` without digits for validation; `AuditError`; the loaders' errors.
    package func report(items count: Int, progressed: @escaping @Sendable (String) -> Void = { _ in }) async throws -> JudgeAuditReport {
        let judge = try Judges.open(configuration.judge, threads: threads)
        let before = try await responses(of: start)
        progressed("\(before.count) responses of \(start)")
        let after = try await responses(of: end)
        progressed("\(after.count) responses of \(end)")
        let items = try AuditBuilder(start: before, end: after, seed: seed).items(count: count)
        let verdicts = try await judge.verdicts(on: items.map { JudgeItem(response: $0.response, annotations: [$0.annotation]) }).flatMap {
            $0
        }
        return JudgeAuditReport(
            start: start, startDigest: try ModelDigest.of(URL(filePath: start)), end: end,
            endDigest: try ModelDigest.of(URL(filePath: end)), judge: judge.identity, seed: seed, items: count,
            statistics: try AuditStatistics(items: items, verdicts: verdicts),
            mistakes: zip(items, verdicts).filter { $0.expected != $1 }.map { JudgeAuditReport.Mistake($0, found: $1) })
    }

    private func responses(of model: String) async throws -> [AuditResponse] {
        guard let source = configuration.data.validation, var digits = Self.digits(source) else {
            throw ClusterError("data.validation: a judge audit needs the digits task there ('type: digits'), whose rules are the oracle")
        }
        digits.problems = min(digits.problems, Self.problemLimit)
        let problems = try ProblemSources.open(.digits(digits))
        let folder = URL(filePath: model)
        let weights = try PolicyFolder.load(folder)
        let processor = try MultimodalProcessor(contentsOf: folder)
        let evaluation = PolicyEvaluation(
            sampler: configuration.sampler(processor: processor, model: weights.configuration),
            prompts: PolicyPrompts(
                processor: processor, systemPrompt: configuration.data.systemPrompt, template: configuration.data.promptTemplate),
            weights: weights, source: problems, digits: nil)
        return try await [Purpose.evaluation, .train].asyncFlatMap { purpose in
            try await evaluation.trajectories(threads: threads, purpose: purpose).map {
                AuditResponse(annotations: $0.problem.annotations, response: $0.trajectory.text)
            }
        }
    }

    private static func digits(_ source: ProblemSourceConfiguration) -> DigitsSourceConfiguration? {
        guard case .digits(let digits) = source else { return nil }
        return digits
    }
}

extension Array {
    fileprivate func asyncFlatMap<Result>(_ transform: (Element) async throws -> [Result]) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results += try await transform(element) }
        return results
    }
}
