import Glibc
package import LinearAlgebra
package import PolicyModel

/// Decodes the members of several groups together, a token of every live member a step. Each group's prompt is computed once and its keys
/// and values are shared by its members; a member holds only its own suffix.
///
/// Every product is canonical and attention runs over two segments like in ``ForwardPass``, so a member's logits have the same bits
/// whoever else is in the session, and the same as in training.
///
/// - Isolation: one thread.
package final class DecodeSession {
    /// A live member: its group, its number there, and its suffix.
    private final class Member {
        let group: Int
        let index: Int
        let suffix: KeyValueCache

        init(group: Int, index: Int, suffix: KeyValueCache) {
            self.group = group
            self.index = index
            self.suffix = suffix
        }
    }

    private struct Group {
        let prefix: KeyValueCache
        let nextPosition: Int32
    }

    private let weights: PolicyWeights
    private let attention: Attention
    private let arena = Arena()
    private var groups: [Group] = []
    private var members: [Member] = []

    /// Logits of the token after each group's prompt: `[groups, vocabulary]`.
    package let promptLogits: FloatBuffer

    /// Computes all prompts.
    ///
    /// - Parameters:
    ///   - prompts: one family a group, without continuations.
    ///   - memberCounts: how many members each group has; all are live at first.
    ///   - capacity: the most tokens that a member may be given by ``step(_:)``.
    /// - Throws: `PolicyModelError` if a prompt does not fit its images.
    package init(weights: PolicyWeights, prompts: [TokenFamily], memberCounts: [Int], capacity: Int) throws {
        precondition(prompts.count == memberCounts.count, "\(memberCounts.count) member counts for \(prompts.count) prompts")
        self.weights = weights
        let text = weights.configuration.text
        attention = Attention(heads: text.headCount, keyValueHeads: text.keyValueHeadCount, headSize: text.headSize, causal: true)
        let batch = try PackedBatch(prompts, configuration: weights.configuration)
        let prefixes = prompts.map { KeyValueCache(configuration: text, capacity: $0.prompt.count) }
        let pass = ForwardPass(weights: weights, batch: batch, arena: arena, purpose: .inference) { [attention] layer, qkv in
            for (index, prefix) in prefixes.enumerated() {
                let last = batch.lastPromptRows[index]
                let rows = (last - prompts[index].prompt.count + 1)..<(last + 1)
                prefix.store(qkv, rows: rows, layer: layer, attention)
            }
        }
        promptLogits = pass.logits(rows: batch.lastPromptRows)
        for (index, prompt) in prompts.enumerated() {
            let prefix = prefixes[index]
            prefix.advance(by: prompt.prompt.count)
            let positions = try PromptPositions(prompt.prompt, images: prompt.images, configuration: weights.configuration)
            groups.append(Group(prefix: prefix, nextPosition: positions.next))
            for member in 0..<memberCounts[index] {
                members.append(Member(group: index, index: member, suffix: KeyValueCache(configuration: text, capacity: capacity)))
            }
        }
        arena.reset()
    }

    /// The live members in row order: (group, member).
    package var live: [(group: Int, member: Int)] { members.map { ($0.group, $0.index) } }

    /// Drops members for which `keep` is false, by row.
    package func retain(_ keep: [Bool]) {
        members = zip(members, keep).filter(\.1).map(\.0)
    }

    /// Appends one token to each live member, in row order.
    ///
    /// - Returns: the logits after it, `[live members, vocabulary]`; valid until the next call.
    package func step(_ tokens: [Int32]) -> Matrix {
        precondition(tokens.count == members.count, "\(tokens.count) tokens for \(members.count) live members")
        arena.reset()
        let text = weights.configuration.text
        let (rows, hidden) = (members.count, text.hiddenSize)
        let cosine = arena.matrix(rows, text.headSize / 2)
        let sine = arena.matrix(rows, text.headSize / 2)
        let positions = members.map { SIMD3<Int32>(repeating: groups[$0.group].nextPosition + Int32($0.suffix.count)) }
        RotaryTables.text(positions, text, cosine: cosine, sine: sine)
        let x = arena.matrix(rows, hidden)
        weights.embed(tokens, into: x)
        let norm = arena.matrix(rows, hidden)
        let scale = arena.floats(rows)
        let qkv = arena.matrix(rows, (text.headCount + 2 * text.keyValueHeadCount) * text.headSize)
        let attended = arena.matrix(rows, text.headCount * text.headSize)
        let update = arena.matrix(rows, hidden)
        let gateUp = arena.matrix(rows, 2 * text.intermediateSize)
        let activation = arena.matrix(rows, text.intermediateSize)
        let rotated = (text.headCount + text.keyValueHeadCount) * text.headSize
        for (index, layer) in weights.table.layers.enumerated() {
            Rows.rmsNorm(x, weight: weights.vector(layer.inputNorm), epsilon: text.normEpsilon, into: norm, scale: scale)
            weights.apply(layer.qkv, norm, into: qkv)
            Rows.rotate(
                qkv.columns(0..<rotated), heads: text.headCount + text.keyValueHeadCount, cosine: cosine, sine: sine)
            for (row, member) in members.enumerated() {
                member.suffix.store(qkv, rows: row..<(row + 1), layer: index, attention)
            }
            attend(qkv, layer: index, into: attended)
            weights.apply(layer.output, attended, into: update)
            Rows.add(update.base, to: x.base, count: rows * hidden)
            Rows.rmsNorm(x, weight: weights.vector(layer.postNorm), epsilon: text.normEpsilon, into: norm, scale: scale)
            weights.apply(layer.gateUp, norm, into: gateUp)
            GatedUnit.forward(gateUp, into: activation)
            weights.apply(layer.down, activation, into: update)
            Rows.add(update.base, to: x.base, count: rows * hidden)
        }
        for member in members { member.suffix.advance(by: 1) }
        Rows.rmsNorm(x, weight: weights.vector(weights.table.finalNorm), epsilon: text.normEpsilon, into: norm, scale: scale)
        let logits = arena.matrix(rows, text.vocabularySize)
        weights.apply(weights.table.head, norm, into: logits)
        return logits
    }

    /// Attention of every live member's new token, whose key and value are already in its cache at index `suffix.count`.
    private func attend(_ qkv: Matrix, layer: Int, into output: Matrix) {
        var first = 0
        while first < members.count {
            let group = members[first].group
            let end = members[first...].firstIndex { $0.group != group } ?? members.count
            for head in 0..<attention.keyValueHeads {
                arena.scope { attend(qkv, first..<end, groups[group].prefix, head: head, layer: layer, into: output) }
            }
            first = end
        }
    }

    /// One key-value head of the members of one group, who share `prefix`.
    private func attend(
        _ qkv: Matrix, _ siblings: Range<Int>, _ prefix: KeyValueCache, head: Int, layer: Int, into output: Matrix
    ) {
        let size = attention.headSize
        let repeats = attention.queriesPerKey
        func rows(_ row: Int) -> Range<Int> {
            ((row - siblings.lowerBound) * repeats)..<((row - siblings.lowerBound + 1) * repeats)
        }
        // All queries of the group against the shared prompt are one product.
        let queries = arena.matrix(siblings.count * repeats, size)
        let out = arena.matrix(queries.rows, size)
        let scores = arena.matrix(queries.rows, Attention.padded(prefix.count))
        for row in siblings {
            memcpy(queries.row(rows(row).lowerBound), qkv.row(row) + head * repeats * size, repeats * size * 4)
        }
        Products.forward(queries, prefix.keys(layer: layer, head: head).columns(0..<scores.columns), into: scores)
        let own = siblings.map { row in
            ownScores(
                queries.rows(rows(row)), prefix: scores.rows(rows(row)), prefixCount: prefix.count, members[row], layer, head)
        }
        Products.forward(scores.columns(0..<prefix.count), prefix.values(layer: layer, head: head).rows(0..<prefix.count), into: out)
        for row in siblings {
            let count = members[row].suffix.count + 1
            Products.forward(
                own[row - siblings.lowerBound].columns(0..<count),
                members[row].suffix.values(layer: layer, head: head).rows(0..<count), into: out.rows(rows(row)), accumulate: true)
            memcpy(output.row(row) + head * repeats * size, out.row(rows(row).lowerBound), repeats * size * 4)
        }
    }

    /// Scores of a member's queries against its own keys; both segments' scores become probabilities.
    private func ownScores(_ queries: Matrix, prefix: Matrix, prefixCount: Int, _ member: Member, _ layer: Int, _ head: Int) -> Matrix {
        let count = member.suffix.count + 1
        let own = arena.matrix(queries.rows, Attention.padded(count))
        Products.forward(queries, member.suffix.keys(layer: layer, head: head).columns(0..<own.columns), into: own)
        for r in 0..<queries.rows {
            Distributions.softmax(
                prefix: prefix.row(r), prefixCount: prefixCount, prefixPadded: prefix.columns, own: own.row(r), ownCount: count,
                ownPadded: own.columns, scale: attention.scale)
        }
        return own
    }
}
