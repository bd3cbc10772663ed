package import Configuration
import ConfigurationReading
import Tasks
import Digests
package import Evaluation
import Files
package import Foundation
package import Judging
import Multimodal
import PolicyModel
import Synchronization
import Trajectories

/// One evaluation of one model folder, as a run's configuration asks for it.
package struct EvaluationRun: Sendable {
    private let configuration: RunConfiguration
    private let source: ProblemSourceConfiguration
    private let model: String
    private let threads: Int
    private let keepsResponses: Bool
    private let verdicts: VerdictLog

    /// - Parameter verdicts: what is known of the reward's judge, and where its answers are recorded.
    package init(
        configuration: RunConfiguration, source: ProblemSourceConfiguration, model: String, threads: Int, keepsResponses: Bool,
        verdicts: VerdictLog = VerdictLog()
    ) {
        self.configuration = configuration
        self.source = source
        self.model = model
        self.threads = threads
        self.keepsResponses = keepsResponses
        self.verdicts = verdicts
    }

    /// Perception is measured by the task's oracle, never by the judge that gave the reward, whose figure stands beside it; data without an oracle have
    /// no other judge.
    ///
    /// - Parameters:
    ///   - progressed: told how many problems are answered.
    ///   - say: told what else goes on, and what is left out, a line at a time.
    package func result(
        progressed: @escaping @Sendable (_ done: Int, _ total: Int) -> Void, say: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> EvaluationResult {
        let folder = URL(filePath: model)
        let weights = try PolicyFolder.load(folder, storage: configuration.rollout.storage)
        let processor = try MultimodalProcessor(contentsOf: folder)
        try ModelAgreement.check(processor, weights.configuration, at: model)
        let problems = try await ProblemSources.usable(
            source, processor: processor, maximumBadShare: configuration.data.maxBadShare, threads: threads, say: say)
        let oracle = problems.oracle
        if oracle == nil, let fault = try Judges.rulesFault(configuration.judge, problems, named: source.task.name) {
            throw ClusterError(fault)
        }
        let evaluation = PolicyEvaluation(
            sampler: configuration.sampler(processor: processor, model: weights.configuration),
            prompts: PolicyPrompts(
                processor: processor, systemPrompt: configuration.data.systemPrompt, template: configuration.data.promptTemplate),
            weights: weights, source: problems)
        let rewardJudge = LoggedJudge(try Judges.open(configuration.judge, cluster: configuration.cluster, threads: threads), log: verdicts)
        // Before the answers are computed, which may take hours.
        try await rewardJudge.reach()
        let total = problems.count
        let shown = Mutex(0)
        let late = Mutex<[LeftOut.Problem]>([])
        let trajectories = try await evaluation.trajectories(threads: threads) { done in
            // A line every tenth.
            let isNews = shown.withLock { last in
                guard done * 10 / total > last else { return false }
                last = done * 10 / total
                return true
            }
            if isNews { progressed(done, total) }
        } leftOut: { place, reason in
            say(reason)
            late.withLock { $0.append(LeftOut.Problem(id: nil, reason: reason)) }
        }
        let judge: any ResponseJudge = oracle.map { OracleJudge($0) } ?? rewardJudge
        let outcomes = try await PolicyEvaluation.outcomes(
            trajectories, judge: judge, rewardJudge: rewardJudge, source: problems, keepsResponses: keepsResponses)
        try verdicts.synchronize()
        return try EvaluationResult(
            model: model, modelDigest: try ModelDigest.of(folder), dataSet: source.task.name, judge: judge.identity,
            rewardJudge: rewardJudge.identity, outcomes: outcomes,
            leftOut: LeftOut(problems, late: late.withLock { $0.sorted { $0.reason < $1.reason } }))
    }
}

extension LeftOut {
    /// What loading and checking a data set left out, and what could not be read after all.
    fileprivate init(_ problems: UsableProblems, late: [Problem]) {
        let report = (problems.source as? ImageFolder)?.report
        let early = problems.leftOut?.problems.map { Problem(id: $0.id, reason: "line \($0.line): \($0.reason)") } ?? []
        self.init(
            malformedLines: report?.malformed.count ?? 0, duplicateLines: report?.duplicates.count ?? 0,
            unreadableImages: (problems.leftOut?.problems.count ?? 0) + late.count, problems: early + late)
    }
}

/// Names a model by its weights.
package enum ModelDigest {
    /// The first 16 hexadecimal digits of the SHA-256 of `config.json` and the weight files, or of a `.gguf` file.
    package static func of(_ folder: URL) throws -> String {
        var sha = SHA256()
        if ModelLocation.isFile(folder) {
            let data = try InputFile.map(folder.path)
            data.withUnsafeBytes { sha.update($0) }
            return String(sha.hex.prefix(16))
        }
        let names = try FileFailure.naming("list", folder.path) {
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        }
        for name in names where name == "config.json" || name.hasSuffix(".safetensors") {
            let file = folder.appending(path: name)
            let data = try InputFile.map(file.path)
            sha.update(name)
            data.withUnsafeBytes { sha.update($0) }
        }
        return String(sha.hex.prefix(16))
    }
}
