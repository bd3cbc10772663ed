import Glibc
package import LinearAlgebra

/// A token whose log-probability is wanted, and the row that predicts it.
package struct TokenTarget: Hashable, Sendable {
    package let row: Int
    package let token: Int32

    package init(row: Int, token: Int32) {
        self.row = row
        self.token = token
    }
}

/// How logits become the distribution that tokens are drawn from: the recorded log-probability and the trained one use the same.
package struct TokenDistribution: Hashable, Sendable {
    package let temperature: Float
    /// Ids that are never sampled: their logits count as -inf.
    package let bannedTokens: [Int32]

    package init(temperature: Float = 1, bannedTokens: [Int32] = []) {
        self.temperature = temperature
        self.bannedTokens = bannedTokens
    }

    /// Sets the banned logits of one row to -inf.
    package func ban(_ logits: UnsafeMutablePointer<Float>) {
        for token in bannedTokens { logits[Int(token)] = -.infinity }
    }
}

/// What a forward pass is for.
package enum PassPurpose: Sendable {
    /// A backward pass follows: the activations of all layers are kept.
    case training
    /// Logits or log-probabilities are all that is wanted: memory for one layer at a time.
    case inference
}

/// One pass over a packed batch: forward, log-probabilities, backward. Holds the activations in between.
///
/// - Isolation: one thread. Several passes may share one ``PolicyWeights``.
package final class ForwardPass {
    private let weights: PolicyWeights
    private let batch: PackedBatch
    private let arena: Arena
    private let decoder: TextDecoder
    private var tape: [BlockTape] = []
    private var visionTape: (tower: VisionTower, tape: VisionTape)?
    /// The residual stream after the last layer, before the final norm: `[T, D]`.
    private let stream: Matrix

    /// Head rows whose logits are in memory at once.
    package static let headChunk = 128

    /// Runs the forward pass of `batch`. The bits don't depend on the purpose.
    ///
    /// - Parameters:
    ///   - arena: memory for activations; reset here, so at most one pass uses it at a time.
    ///   - visit: sees each layer's queries, keys and values, rotated, for the caches of decoding; with `.inference` only.
    package init(
        weights: PolicyWeights, batch: PackedBatch, arena: Arena, purpose: PassPurpose = .training,
        visit: (_ layer: Int, _ qkv: Matrix) -> Void = { _, _ in }
    ) {
        arena.reset()
        precondition(purpose == .inference || batch.head == nil, "a cached head has no activations for a backward pass")
        self.weights = weights
        self.batch = batch
        self.arena = arena
        let text = weights.configuration.text
        let scratch = Arena()
        let cosine = arena.matrix(batch.rowCount, text.headSize / 2)
        let sine = arena.matrix(batch.rowCount, text.headSize / 2)
        RotaryTables.text(batch.positions, text, cosine: cosine, sine: sine)
        decoder = TextDecoder(
            weights: weights, cosine: cosine, sine: sine, segments: batch.segments, past: batch.head?.cache, scratch: scratch)
        let embedded = arena.matrix(batch.rowCount, text.hiddenSize)
        weights.embed(batch.tokens, into: embedded)
        if let table = weights.table.vision, let vision = weights.configuration.vision, !batch.images.isEmpty {
            let tower = VisionTower(weights: weights, table: table, vision: vision, images: batch.images, arena: arena, scratch: scratch)
            let run = {
                let (tokens, record) = tower.forward(arena: arena, keepsTape: purpose == .training)
                for (token, row) in batch.visualRows.enumerated() { memcpy(embedded.row(row), tokens.row(token), text.hiddenSize * 4) }
                return record.map { (tower, $0) }
            }
            visionTape = purpose == .training ? run() : arena.scope(run)
        }
        switch purpose {
        case .training: stream = decoder.forward(embedded, arena: arena, tape: &tape)
        case .inference:
            decoder.forwardInPlace(embedded, arena: arena, visit: visit)
            stream = embedded
        }
    }

    /// The residual stream before layer `index`, or after the last: `[T, D]`. For tests against another implementation.
    package func hiddenState(_ index: Int) -> Matrix { index < tape.count ? tape[index].input : stream }

    /// Logits of the given rows: `[rows, vocabulary]`.
    package func logits(rows: [Int]) -> FloatBuffer {
        let text = weights.configuration.text
        let result = FloatBuffer(count: rows.count * text.vocabularySize)
        let (norm, _, _) = normalized(rows)
        weights.apply(weights.table.head, norm, into: Matrix(result.base, rows: rows.count, columns: text.vocabularySize))
        return result
    }

    private func normalized(_ rows: [Int]) -> (norm: Matrix, input: Matrix, scale: UnsafeMutablePointer<Float>) {
        let input = arena.matrix(rows.count, stream.columns)
        input.gather(rows, from: stream)
        let norm = arena.matrix(rows.count, stream.columns)
        let scale = arena.floats(rows.count)
        Rows.rmsNorm(
            input, weight: weights.vector(weights.table.finalNorm), epsilon: weights.configuration.text.normEpsilon, into: norm,
            scale: scale)
        return (norm, input, scale)
    }

    /// Log-probability and entropy (nats) of each target. Logits of at most 128 rows are in memory at once.
    package func logProbs(_ targets: [TokenTarget], _ distribution: TokenDistribution = TokenDistribution()) -> [(
        logProb: Float, entropy: Float
    )] {
        var result: [(logProb: Float, entropy: Float)] = []
        result.reserveCapacity(targets.count)
        forEachHeadChunk(targets, distribution) { range, logits, _, _, _ in
            for (row, target) in targets[range].enumerated() {
                result.append(
                    Distributions.logProb(
                        logits: logits.row(row), count: logits.columns, temperature: distribution.temperature, target: Int(target.token)))
            }
        }
        return result
    }

    private func forEachHeadChunk(
        _ targets: [TokenTarget], _ distribution: TokenDistribution,
        _ body: (Range<Int>, _ logits: Matrix, _ norm: Matrix, _ input: Matrix, _ scale: UnsafeMutablePointer<Float>) -> Void
    ) {
        let buffer = FloatBuffer(count: min(targets.count, Self.headChunk) * weights.configuration.text.vocabularySize)
        for start in stride(from: 0, to: targets.count, by: Self.headChunk) {
            let range = start..<min(start + Self.headChunk, targets.count)
            let (norm, input, scale) = normalized(targets[range].map(\.row))
            let logits = Matrix(buffer.base, rows: range.count, columns: weights.configuration.text.vocabularySize)
            weights.apply(weights.table.head, norm, into: logits)
            if !distribution.bannedTokens.isEmpty { for r in 0..<logits.rows { distribution.ban(logits.row(r)) } }
            body(range, logits, norm, input, scale)
        }
    }

    /// Adds to `gradients` (a flat buffer like the weights) the gradient of sum over targets of coefficient * log-probability.
    ///
    /// Logits are computed again, chunk by chunk. Call once for a pass: activations are not kept intact.
    ///
    /// - Precondition: the pass was made for `.training`, with float32 weights.
    package func backward(
        _ targets: [TokenTarget], coefficients: [Float], _ distribution: TokenDistribution = TokenDistribution(), gradients: FloatBuffer
    ) {
        precondition(tape.count == weights.table.layers.count, "a pass for inference has no backward pass")
        precondition(targets.count == coefficients.count, "\(coefficients.count) coefficients for \(targets.count) targets")
        let dstream = arena.zeros(stream.rows, stream.columns)
        forEachHeadChunk(targets, distribution) { range, logits, norm, input, scale in
            for (row, index) in range.enumerated() {
                Distributions.logProbBackward(
                    logits: logits.row(row), count: logits.columns, temperature: distribution.temperature,
                    target: Int(targets[index].token), coefficient: coefficients[index], dlogits: logits.row(row))
            }
            let dnorm = arena.matrix(range.count, stream.columns)
            weights.backward(weights.table.head, x: norm, dy: logits, dx: dnorm, gradients: gradients)
            let dinput = arena.zeros(range.count, stream.columns)
            Rows.rmsNormBackward(
                input, weight: weights.vector(weights.table.finalNorm), scale: scale, dy: dnorm, dx: dinput,
                dweight: gradients.base + weights.table.finalNorm)
            for (row, index) in range.enumerated() {
                Rows.add(dinput.row(row), to: dstream.row(targets[index].row), count: stream.columns)
            }
        }
        decoder.backward(dstream, tape: tape, gradients: gradients)
        embeddingBackward(dstream, gradients)
    }

    private func embeddingBackward(_ dembedded: Matrix, _ gradients: FloatBuffer) {
        let hidden = dembedded.columns
        var visual = batch.visualRows.makeIterator()
        var nextVisual = visual.next()
        for (row, token) in batch.tokens.enumerated() {
            if row == nextVisual {
                nextVisual = visual.next()
                continue
            }
            Rows.add(dembedded.row(row), to: gradients.base + weights.table.embedding + Int(token) * hidden, count: hidden)
        }
        if let (tower, record) = visionTape {
            let dtokens = arena.matrix(batch.visualRows.count, hidden)
            dtokens.gather(batch.visualRows, from: dembedded)
            tower.backward(dtokens, tape: record, gradients: gradients)
        }
    }
}
