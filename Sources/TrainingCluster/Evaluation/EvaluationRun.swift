package import Configuration
import Datasets
import Digests
package import Evaluation
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

    /// Perception of digits is measured by the rules judge, never by the judge that gave the reward, whose figure stands beside it; other
    /// data have no other judge.
    package func result(progressed: @escaping @Sendable (_ done: Int, _ total: Int) -> Void) async throws -> EvaluationResult {
        let folder = URL(filePath: model)
        let weights = try PolicyFolder.load(folder, storage: configuration.rollout.storage)
        let processor = try MultimodalProcessor(contentsOf: folder)
        try ModelAgreement.check(processor, weights.configuration, at: model)
        let problems = try ProblemSources.open(source)
        let digits = try ProblemSources.digits(source)
        let evaluation = PolicyEvaluation(
            sampler: configuration.sampler(processor: processor, model: weights.configuration),
            prompts: PolicyPrompts(
                processor: processor, systemPrompt: configuration.data.systemPrompt, template: configuration.data.promptTemplate),
            weights: weights, source: problems, digits: digits)
        let total = problems.count
        let shown = Mutex(0)
        let trajectories = try await evaluation.trajectories(threads: threads) { done in
            // A line every tenth.
            let isNews = shown.withLock { last in
                guard done * 10 / total > last else { return false }
                last = done * 10 / total
                return true
            }
            if isNews { progressed(done, total) }
        }
        let rewardJudge = LoggedJudge(try Judges.open(configuration.judge, threads: threads), log: verdicts)
        let judge: any ResponseJudge = digits == nil ? rewardJudge : RulesJudge()
        let outcomes = try await PolicyEvaluation.outcomes(
            trajectories, judge: judge, rewardJudge: rewardJudge, digits: digits, keepsResponses: keepsResponses)
        try verdicts.synchronize()
        return try EvaluationResult(
            model: model, modelDigest: try ModelDigest.of(folder), dataSet: ProblemSources.name(source), judge: judge.identity,
            rewardJudge: rewardJudge.identity, outcomes: outcomes)
    }
}

/// Names a model by its weights.
package enum ModelDigest {
    /// The first 16 hexadecimal digits of the SHA-256 of `config.json` and the weight files, or of a `.gguf` file.
    package static func of(_ folder: URL) throws -> String {
        var sha = SHA256()
        if ModelLocation.isFile(folder) {
            let data = try Data(contentsOf: folder, options: .mappedIfSafe)
            data.withUnsafeBytes { sha.update($0) }
            return String(sha.hex.prefix(16))
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        for name in names where name == "config.json" || name.hasSuffix(".safetensors") {
            let data = try Data(contentsOf: folder.appending(path: name), options: .mappedIfSafe)
            sha.update(name)
            data.withUnsafeBytes { sha.update($0) }
        }
        return String(sha.hex.prefix(16))
    }
}
