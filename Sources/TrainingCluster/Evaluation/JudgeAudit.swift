package import Configuration
import Foundation
package import Judging
import LinearAlgebra
import Multimodal
import PolicyModel
import Telemetry
import Tasks
import Trajectories

/// An audit of the judge that gives the reward: its verdicts on questions whose answers are known.
///
/// Where the task has an oracle, that knows the answers, and policy responses are altered as ``AuditFamily`` says. For other data questions are built so
/// that they need no oracle: foreign annotations, planted ones and contradicted ones (``AuditQuestions``). Some pairs are judged a second time.
/// All of it is a pure function of the configuration's data, the responses, the number of items and the seed.
package struct JudgeAudit: Sendable {
    /// Where the responses come from.
    package enum Origin: Sendable {
        /// Answers to validation problems by the starting policy and by the policy at the end of training: model folders.
        case models(start: String, end: String)
        /// A run's `samples.jsonl`.
        case samples(String)
    }

    let configuration: RunConfiguration
    let origin: Origin
    let seed: UInt64
    let threads: Int
    let verdicts: VerdictLog

    /// More responses add no kind that these lack.
    private static let problemLimit = 1024
    private static let sampleLimit = 2048
    /// Pairs that are judged again: one for so many items.
    private static let itemsPerRepeat = 10

    /// - Parameters:
    ///   - configuration: its validation data, prompts, limits and judge.
    ///   - seed: of the sampled responses and of the choice of items.
    ///   - verdicts: what is known of the judge; repeats are asked in any case.
    package init(
        configuration: RunConfiguration, origin: Origin, seed: UInt64, threads: Int, verdicts: VerdictLog = VerdictLog()
    ) {
        var configuration = configuration
        configuration.training.seed = Int(clamping: seed)
        configuration.rollout.temperature = 1
        configuration.rollout.topP = 1
        configuration.rollout.topK = 0
        self.configuration = configuration
        self.origin = origin
        self.seed = seed
        self.threads = threads
        self.verdicts = verdicts
    }

    /// Finds responses, builds the items, judges them and counts.
    ///
    /// - Parameters:
    ///   - count: how many items, a positive even number.
    ///   - progressed: told what is being done, a line at a time.
    /// - Throws: `ClusterError` without validation data; `AuditError` for responses that are too few or too uniform; the loaders' errors.
    package func report(items count: Int, progressed: @escaping @Sendable (String) -> Void = { _ in }) async throws -> JudgeAuditReport {
        let asked = try Judges.open(configuration.judge, cluster: configuration.cluster, threads: threads)
        try await asked.reach()
        let judge = LoggedJudge(asked, log: verdicts)
        let (before, after) = try await responses(progressed)
        let items =
            try oracle.map { try AuditBuilder(start: before, end: after, oracle: $0, seed: seed).items(count: count) }
            ?? plainItems(before + after, count)
        func pairs(_ items: some Collection<AuditItem>) -> [JudgeItem] {
            items.map { JudgeItem(response: $0.response, annotations: [$0.annotation]) }
        }
        let judgements = try await judge.judgements(on: pairs(items)).flatMap { $0 }
        progressed("\(items.count) items judged, \(judge.hitCount) of them before")
        let repeated = stride(from: 0, to: items.count, by: Self.itemsPerRepeat)
        let again = try await asked.judgements(on: pairs(repeated.map { items[$0] })).flatMap { $0 }
        try verdicts.synchronize()
        // A second opinion of another judge, or none, is no repeat.
        let comparable = zip(repeated.map { judgements[$0] }, again).filter {
            $0.judge == $1.judge && $0.verdict != .unknown && $1.verdict != .unknown
        }
        let found = judgements.map(\.verdict)
        return JudgeAuditReport(
            origin: try JudgeAuditReport.Origin(origin), judge: judge.identity, seed: seed, items: items.count,
            statistics: try AuditStatistics(items: items, verdicts: found),
            repeats: AuditRate(correct: comparable.count { $0.verdict == $1.verdict }, total: comparable.count),
            mistakes: zip(items, found).filter { $0.expected != $1 }.map { JudgeAuditReport.Mistake($0, found: $1) })
    }

    /// Half planted, a quarter foreign, a quarter contradicted.
    private func plainItems(_ responses: [AuditResponse], _ count: Int) throws -> [AuditItem] {
        let questions = AuditQuestions(sources: responses, seed: seed, step: 0)
        let items =
            (questions.questions(count: count / 2, kinds: [.planted])
            + questions.questions(count: count - count / 2, kinds: [.foreign, .contradiction])).compactMap { AuditItem($0) }
        guard items.contains(where: { $0.expected == .reflected }), items.contains(where: { $0.expected == .missing }) else {
            throw AuditError(
                description:
                    "\(responses.count) responses give no audit: it needs problems with annotations, and at least two different ones")
        }
        return items
    }

    // MARK: - Responses

    /// Who knows the truth about the data; nil if nobody does.
    private var oracle: (any TaskOracle)? {
        let source = configuration.data.validation ?? configuration.data.train
        return type(of: source.task).embedded?.truth
    }

    func responses(_ progressed: @escaping @Sendable (String) -> Void) async throws -> (start: [AuditResponse], end: [AuditResponse]) {
        switch origin {
        case .models(let start, let end):
            let before = try await responses(of: start, progressed)
            progressed("\(before.count) responses of \(start)")
            let after = try await responses(of: end, progressed)
            progressed("\(after.count) responses of \(end)")
            return (before, after)
        case .samples(let path):
            let found = try AuditSamples.read(path, limit: Self.sampleLimit, seed: seed)
            progressed("\(found.count) responses of \(path)")
            // The first half of the run and the second.
            guard found.count > 1 else { return (found, found) }
            return (Array(found.prefix(found.count / 2)), Array(found.suffix(found.count - found.count / 2)))
        }
    }

    /// Answers to the validation problems: one greedy and one sampled at temperature 1 for each.
    func responses(of model: String, _ progressed: @escaping @Sendable (String) -> Void = { _ in }) async throws -> [AuditResponse] {
        guard let source = configuration.data.validation else {
            throw ClusterError("data.validation is not set: a judge audit needs problems there, or responses by --samples")
        }
        let folder = URL(filePath: model)
        let weights = try PolicyFolder.load(folder, storage: configuration.rollout.storage)
        let processor = try MultimodalProcessor(contentsOf: folder)
        try ModelAgreement.check(processor, weights.configuration, at: model)
        let problems = try await ProblemSources.usable(
            source, processor: processor, maximumBadShare: configuration.data.maxBadShare, threads: threads, say: progressed)
        let evaluation = PolicyEvaluation(
            sampler: configuration.sampler(processor: processor, model: weights.configuration),
            prompts: PolicyPrompts(
                processor: processor, systemPrompt: configuration.data.systemPrompt, template: configuration.data.promptTemplate),
            weights: weights, source: FirstProblems(problems, limit: Self.problemLimit))
        var found: [AuditResponse] = []
        for purpose in [Purpose.evaluation, .train] {
            found += try await evaluation.trajectories(threads: threads, purpose: purpose).map {
                AuditResponse(annotations: $0.problem.annotations, response: $0.trajectory.text, answer: $0.problem.answer)
            }
        }
        return found
    }
}

/// The first problems of a data set.
private struct FirstProblems: ProblemSource {
    private let source: any ProblemSource
    let count: Int

    init(_ source: any ProblemSource, limit: Int) {
        self.source = source
        count = min(limit, source.count)
    }

    func problem(at index: Int) throws -> Problem { try source.problem(at: index) }
    func openingTurn(of problem: Problem) -> String { source.openingTurn(of: problem) }
    func reply(to turns: [Turn], of problem: Problem) -> String? { source.reply(to: turns, of: problem) }
}
