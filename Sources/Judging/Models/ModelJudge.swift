package import Foundation
import LinearAlgebra
import Multimodal
package import PolicyModel
import Synchronization
package import Trajectories

/// A language model as judge: the verdict is the larger of the two answers' logits behind each annotation, never free text.
///
/// The protocol's head is computed once a judge, a response's prefix once, and each annotation is a continuation that sees both but no other
/// annotation, so a verdict is the same bits whatever is judged beside it.
package final class ModelJudge: ResponseJudge {
    private let weights: PolicyWeights
    private let encoder: JudgeEncoder
    private let head: CachedHead?
    private let maximumTokens: Int
    private let threads: Int
    package let identity: String

    /// Rows that go through the model at once.
    package static let rowsPerPass = 4096

    /// - Parameters:
    ///   - model: a `qwen2` or `llama` model's location.
    ///   - digest: names the weights in ``identity``.
    ///   - storage: how the weights are kept; rounded ones are another judge.
    ///   - form: the protocol; nil for the one that ``JudgeSpecification`` says.
    ///   - maximumTokens: a response whose prefix is longer is judged *missing* throughout, so that length never pays; nil for what
    ///     ``JudgeSpecification`` says.
    ///   - threads: passes that run at the same time at most; they change time only.
    ///   - cachesHead: whether the protocol's head is computed once for all, which changes time only.
    package init(
        folder model: URL, digest: String, storage: WeightStorage = .float32, form: JudgeProtocolForm? = nil, maximumTokens: Int? = nil,
        threads: Int = 1, cachesHead: Bool = true
    ) throws {
        weights = try PolicyFolder.load(model, storage: storage)
        let specification = try JudgeSpecification(of: model)
        encoder = try JudgeEncoder(model: model, form: form ?? specification.form)
        try Self.checkVocabulary(encoder, weights.configuration, model)
        head = cachesHead ? try CachedHead(encoder.head, weights: weights) : nil
        self.maximumTokens = maximumTokens ?? specification.maximumTokens
        self.threads = threads
        identity = "model:\(digest)\(storage == .float32 ? "" : "-\(storage.rawValue)"):\(encoder.version):\(self.maximumTokens)"
    }

    /// Checks that `model` can be a judge, without reading its values.
    ///
    /// - Parameter form: the protocol; nil for the one that ``JudgeSpecification`` says.
    /// - Throws: the errors of ``init(folder:digest:storage:form:maximumTokens:threads:cachesHead:)``.
    package static func check(_ model: URL, form: JudgeProtocolForm? = nil) throws {
        try PolicyFolder.check(model)
        let encoder = try JudgeEncoder(model: model, form: form ?? JudgeSpecification(of: model).form)
        try checkVocabulary(encoder, ModelConfiguration(location: model), model)
    }

    private static func checkVocabulary(_ encoder: JudgeEncoder, _ configuration: ModelConfiguration, _ model: URL) throws {
        guard encoder.vocabularySize <= configuration.text.vocabularySize else {
            throw JudgeModelError(
                "\(model.path): the tokenizer has \(encoder.vocabularySize) tokens, but config.json's vocab_size is "
                    + "\(configuration.text.vocabularySize): the files are of different models")
        }
    }

    package func judgements(on items: [JudgeItem]) async throws -> [[Judgement]] {
        try await ComputeThreads.run { [self] in
            let passes = try passes(over: items)
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

    /// Responses that go through the model together.
    private struct Pass {
        var entries: [Entry] = []
        var rows = 0
        /// Nil where a response's own beginning merges with the head's end, so that the prompt begins otherwise.
        let head: CachedHead?
    }

    /// The items cut into passes of bounded size, without those that are too long.
    private func passes(over items: [JudgeItem]) throws -> [Pass] {
        var finished: [Pass] = []
        var open = [Pass(head: head), Pass(head: nil)]
        for (index, item) in items.enumerated() where !item.annotations.isEmpty {
            let prefix = try encoder.prefix(response: item.response)
            guard prefix.count <= maximumTokens else { continue }
            let family = TokenFamily(prompt: prefix, continuations: try item.annotations.map { try encoder.suffix(annotation: $0) })
            let kind = head.map { prefix.count > $0.tokens.count && prefix.starts(with: $0.tokens) } ?? true ? 0 : 1
            let rows = family.rowCount - (open[kind].head?.tokens.count ?? 0)
            if !open[kind].entries.isEmpty, open[kind].rows + rows > Self.rowsPerPass {
                finished.append(open[kind])
                open[kind] = Pass(head: open[kind].head)
            }
            open[kind].entries.append((index, family))
            open[kind].rows += rows
        }
        return finished + open.filter { !$0.entries.isEmpty }
    }

    /// What judging `items` costs.
    package func work(on items: [JudgeItem]) throws -> JudgeWork {
        let passes = try passes(over: items)
        return JudgeWork(passes: passes.count, rows: passes.reduce(0) { $0 + $1.rows })
    }

    /// The model's parameters.
    package var parameterCount: Int { weights.table.count }
    /// Those in the layers' matrix products, through which every row goes.
    package var layerParameterCount: Int {
        weights.table.slices.filter { $0.shape.count > 1 && $0.name.contains(".layers.") }.reduce(0) { $0 + $1.count }
    }
    /// Tokens that every prompt begins with.
    package var headTokenCount: Int { encoder.head.count }

    private func judge(_ work: Pass) throws -> [(index: Int, judgements: [Judgement])] {
        let batch = try PackedBatch(work.entries.map(\.family), configuration: weights.configuration, after: work.head)
        let pass = ForwardPass(weights: weights, batch: batch, arena: Arena(), purpose: .inference)
        let decisions = batch.continuationRows.flatMap { $0.map { $0.upperBound - 1 } }
        let answers = decisions.flatMap {
            [TokenTarget(row: $0, token: encoder.reflected), TokenTarget(row: $0, token: encoder.missing)]
        }
        let found = pass.logProbs(answers).map(\.logProb)
        var next = 0
        return work.entries.map { index, family in
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

/// How much goes through a judging model.
package struct JudgeWork: Hashable, Sendable {
    package let passes: Int
    package let rows: Int
}
