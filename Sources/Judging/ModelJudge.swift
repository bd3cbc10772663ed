package import Foundation
import LinearAlgebra
import Multimodal
package import PolicyModel
import Synchronization
package import Trajectories

/// A language model as judge: the verdict is the larger of the two answers' logits behind each annotation, never free text.
///
/// A response's prefix is computed once; each annotation is a continuation that sees the prefix but no other annotation, so a verdict is
/// the same bits whatever is judged beside it.
package final class ModelJudge: ResponseJudge {
    private let weights: PolicyWeights
    private let encoder: JudgeEncoder
    private let maximumTokens: Int
    private let threads: Int
    package let identity: String

    /// Rows that go through the model at once.
    package static let rowsPerPass = 4096

    /// - Parameters:
    ///   - folder: a `qwen2` or `llama` model in Hugging Face's layout.
    ///   - digest: names the weights in ``identity``.
    ///   - storage: how the weights are kept; rounded ones are another judge.
    ///   - maximumTokens: a response whose prefix is longer is judged *missing* throughout, so that length never pays.
    ///   - threads: passes that run at the same time at most; they change time only.
    package init(
        folder: URL, digest: String, storage: WeightStorage = .float32, maximumTokens: Int = 4096, threads: Int = 1
    ) throws {
        weights = try PolicyFolder.load(folder, storage: storage)
        encoder = try JudgeEncoder(tokenizer: try MultimodalProcessor(contentsOf: folder, usesChatTemplate: false).tokenizer)
        self.maximumTokens = maximumTokens
        self.threads = threads
        identity = "model:\(digest)\(storage == .float32 ? "" : "-\(storage.rawValue)"):\(JudgeProtocol.version)"
    }

    package func judgements(on items: [JudgeItem]) async throws -> [[Judgement]] {
        try await ComputeThreads.run { [self] in
            let passes = passes(over: items)
            let found = Mutex<[Int: [Judgement]]>([:])
            try ComputeThreads.forEach(passes.count, threads: threads) { pass in
                let judged = try judge(passes[pass])
                found.withLock { table in for (index, judgements) in judged { table[index] = judgements } }
            }
            let table = found.withLock { $0 }
            // What went through no pass was too long, or had nothing to be asked.
            let tooLong = Judgement(verdict: .missing, judge: identity)
            return items.indices.map { table[$0] ?? Array(repeating: tooLong, count: items[$0].annotations.count) }
        }
    }

    /// A response in a pass: its place among the items, its prefix and annotations as tokens.
    private typealias Entry = (index: Int, family: TokenFamily)

    /// The items cut into passes of bounded size, without those that are too long.
    private func passes(over items: [JudgeItem]) -> [[Entry]] {
        var passes: [[Entry]] = []
        var rows = 0
        for (index, item) in items.enumerated() where !item.annotations.isEmpty {
            let prefix = encoder.prefix(response: item.response)
            guard prefix.count <= maximumTokens else { continue }
            let family = TokenFamily(prompt: prefix, continuations: item.annotations.map { encoder.suffix(annotation: $0) })
            if passes.isEmpty || rows + family.rowCount > Self.rowsPerPass {
                passes.append([])
                rows = 0
            }
            passes[passes.count - 1].append((index, family))
            rows += family.rowCount
        }
        return passes
    }

    private func judge(_ entries: [Entry]) throws -> [(index: Int, judgements: [Judgement])] {
        let batch = try PackedBatch(entries.map(\.family), configuration: weights.configuration)
        let pass = ForwardPass(weights: weights, batch: batch, arena: Arena(), purpose: .inference)
        let decisions = batch.continuationRows.flatMap { $0.map { $0.upperBound - 1 } }
        let answers = decisions.flatMap {
            [TokenTarget(row: $0, token: encoder.reflected), TokenTarget(row: $0, token: encoder.missing)]
        }
        let found = pass.logProbs(answers).map(\.logProb)
        var next = 0
        return entries.map { index, family in
            let judgements = family.continuations.map { _ in
                defer { next += 2 }
                return judgement(reflected: found[next], missing: found[next + 1])
            }
            return (index, judgements)
        }
    }

    /// The larger answer wins; the probability is a softmax over the two answers alone.
    private func judgement(reflected: Float, missing: Float) -> Judgement {
        Judgement(
            verdict: reflected > missing ? .reflected : .missing, probability: Float(1 / (1 + exp(Double(missing - reflected)))),
            judge: identity)
    }
}
