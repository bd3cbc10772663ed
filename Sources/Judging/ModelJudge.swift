package import Foundation
import LinearAlgebra
import Multimodal
import PolicyModel
package import Trajectories

/// A language model as judge: the verdict is the larger of the two answers' logits behind each annotation, never free text.
///
/// A response's prefix is computed once; each annotation is a continuation that sees the prefix but no other annotation, so a verdict is
/// the same bits whatever is judged beside it.
package final class ModelJudge: ResponseJudge {
    private let weights: PolicyWeights
    private let encoder: JudgeEncoder
    private let maximumTokens: Int
    package let identity: String

    /// Rows that go through the model at once.
    private static let rowsPerPass = 4096

    /// - Parameters:
    ///   - folder: a `qwen2` or `llama` model in Hugging Face's layout.
    ///   - digest: names the weights in ``identity``.
    ///   - maximumTokens: a response whose prefix is longer is judged *missing* throughout, so that length never pays.
    package init(folder: URL, digest: String, maximumTokens: Int = 4096) throws {
        weights = try PolicyFolder.load(folder)
        encoder = try JudgeEncoder(tokenizer: try MultimodalProcessor(contentsOf: folder, usesChatTemplate: false).tokenizer)
        self.maximumTokens = maximumTokens
        identity = "model:\(digest):\(JudgeProtocol.version)"
    }

    package func verdicts(_ items: [(response: String, annotations: [String])]) throws -> [[Verdict]] {
        var result = items.map { [Verdict](repeating: .missing, count: $0.annotations.count) }
        var pending: [(index: Int, family: TokenFamily)] = []
        var rows = 0
        let arena = Arena()
        for (index, item) in items.enumerated() where !item.annotations.isEmpty {
            let prefix = encoder.prefix(response: item.response)
            guard prefix.count <= maximumTokens else { continue }
            let family = TokenFamily(prompt: prefix, continuations: item.annotations.map { encoder.suffix(annotation: $0) })
            if rows + family.rowCount > Self.rowsPerPass, !pending.isEmpty {
                try judge(pending, into: &result, arena)
                pending = []
                rows = 0
            }
            pending.append((index, family))
            rows += family.rowCount
        }
        if !pending.isEmpty { try judge(pending, into: &result, arena) }
        return result
    }

    private func judge(_ pending: [(index: Int, family: TokenFamily)], into result: inout [[Verdict]], _ arena: Arena) throws {
        let batch = try PackedBatch(pending.map(\.family), configuration: weights.configuration)
        let pass = ForwardPass(weights: weights, batch: batch, arena: arena)
        let decisions = batch.continuationRows.flatMap { $0.map { $0.upperBound - 1 } }
        let answers = decisions.flatMap {
            [TokenTarget(row: $0, token: encoder.reflected), TokenTarget(row: $0, token: encoder.missing)]
        }
        let found = pass.logProbs(answers).map(\.logProb)
        var next = 0
        for (index, family) in pending {
            for annotation in family.continuations.indices {
                result[index][annotation] = found[next] > found[next + 1] ? .reflected : .missing
                next += 2
            }
        }
    }
}
