import Glibc
package import LinearAlgebra

/// Softmax attention over two segments: a shared prefix and the query's own segment.
///
/// For a query at own index i: scores over all prefix keys and over own keys 0...i (all own keys without `causal`), one softmax over their
/// union, output = prefix part, then own part added. Every product is canonical, own keys count from 0, and masked keys weigh exactly 0,
/// so a row's bits do not depend on how many queries are computed together. Decoding calls the same functions with one row.
///
/// Layout: q, k and v stand in one row of `qkv`: `[T, (heads + 2 keyValueHeads) * headSize]`.
package struct Attention: Sendable {
    package let heads: Int
    package let keyValueHeads: Int
    package let headSize: Int
    let causal: Bool

    package init(heads: Int, keyValueHeads: Int, headSize: Int, causal: Bool) {
        self.heads = heads
        self.keyValueHeads = keyValueHeads
        self.headSize = headSize
        self.causal = causal
    }

    /// Query rows computed together: bounds the memory of scores.
    package static let queryBlock = 64

    package var scale: Float { 1 / Float(headSize).squareRoot() }
    package var queriesPerKey: Int { heads / keyValueHeads }

    package func query(_ qkv: Matrix, _ head: Int) -> Matrix { qkv.columns((head * headSize)..<((head + 1) * headSize)) }
    package func key(_ qkv: Matrix, _ head: Int) -> Matrix { query(qkv, heads + head) }
    package func value(_ qkv: Matrix, _ head: Int) -> Matrix { query(qkv, heads + keyValueHeads + head) }

    package static func padded(_ count: Int) -> Int { (count + 15) / 16 * 16 }

    /// Keys of one head transposed to `[headSize, padded(T)]`, zeros behind the last.
    package func transposedKeys(_ keys: Matrix, _ arena: Arena) -> Matrix {
        let result = arena.zeros(headSize, Self.padded(keys.rows))
        Products.transpose(keys, into: result.columns(0..<keys.rows))
        return result
    }

    /// Probabilities of a block of query rows: `prefix` `[rows, padded(P)]`, `own` `[rows, padded(keys)]`.
    private struct Probabilities {
        let prefix: Matrix
        let own: Matrix
        let ownKeys: Int
    }

    private func probabilities(
        queries: Matrix, firstIndex: Int, prefixKeys: Matrix?, prefixCount: Int, ownKeys: Matrix, ownCount: Int, _ arena: Arena
    ) -> Probabilities {
        let reach = causal ? firstIndex + queries.rows : ownCount
        let prefix = arena.matrix(queries.rows, prefixKeys?.columns ?? 0)
        let own = arena.matrix(queries.rows, Self.padded(reach))
        if let prefixKeys { Products.forward(queries, prefixKeys, into: prefix) }
        Products.forward(queries, ownKeys.columns(0..<own.columns), into: own)
        for r in 0..<queries.rows {
            Distributions.softmax(
                prefix: prefix.row(r), prefixCount: prefixCount, prefixPadded: prefix.columns, own: own.row(r),
                ownCount: causal ? firstIndex + r + 1 : ownCount, ownPadded: own.columns, scale: scale)
        }
        return Probabilities(prefix: prefix, own: own, ownKeys: reach)
    }

    /// Keys and values that one head's queries see.
    private struct Span {
        let keys: Matrix  // [headSize, padded(count)], zeros behind the last
        let values: Matrix  // [count, headSize]
        /// How many of them come before the segment's first row.
        let pastCount: Int

        var count: Int { values.rows }
    }

    private func span(_ qkv: Matrix, _ segment: Segment, head: Int, past: (cache: KeyValueCache, layer: Int)?, _ arena: Arena) -> Span {
        let (keys, values) = (key(qkv, head).rows(segment.rows), value(qkv, head).rows(segment.rows))
        guard let (cache, layer) = past else { return Span(keys: transposedKeys(keys, arena), values: values, pastCount: 0) }
        let count = cache.count + segment.rows.count
        let allKeys = arena.zeros(headSize, Self.padded(count))
        allKeys.columns(0..<cache.count).copy(from: cache.keys(layer: layer, head: head).columns(0..<cache.count))
        Products.transpose(keys, into: allKeys.columns(cache.count..<count))
        let allValues = arena.matrix(count, headSize)
        allValues.rows(0..<cache.count).copy(from: cache.values(layer: layer, head: head).rows(0..<cache.count))
        allValues.rows(cache.count..<count).copy(from: values)
        return Span(keys: allKeys, values: allValues, pastCount: cache.count)
    }

    /// output rows = attention of the segments' queries. Shapes: qkv as above (rotated), output `[T, heads * headSize]`.
    ///
    /// - Parameters:
    ///   - past: keys and values of a layer that stand before the rows of every segment without parent, as if they were its first rows.
    ///   - arena: scratch memory, reset here.
    func forward(
        _ qkv: Matrix, segments: [Segment], past: (cache: KeyValueCache, layer: Int)? = nil, into output: Matrix, scratch arena: Arena
    ) {
        for (root, children) in families(segments) {
            for head in 0..<keyValueHeads {
                arena.reset()
                let prefix = span(qkv, root, head: head, past: past, arena)
                attend(qkv, root, head: head, own: prefix, prefix: nil, into: output, arena)
                for child in children {
                    arena.scope {
                        let own = span(qkv, child, head: head, past: nil, arena)
                        attend(qkv, child, head: head, own: own, prefix: prefix, into: output, arena)
                    }
                }
            }
        }
    }

    private func attend(_ qkv: Matrix, _ segment: Segment, head: Int, own: Span, prefix: Span?, into output: Matrix, _ arena: Arena) {
        for q in 0..<queriesPerKey {
            let queryHead = head * queriesPerKey + q
            forEachBlock(segment, arena) { rows, first in
                let p = probabilities(
                    queries: query(qkv, queryHead).rows(rows), firstIndex: own.pastCount + first, prefixKeys: prefix?.keys,
                    prefixCount: prefix?.count ?? 0, ownKeys: own.keys, ownCount: own.count, arena)
                let out = query(output, queryHead).rows(rows)
                if let prefix { Products.forward(p.prefix.columns(0..<prefix.count), prefix.values, into: out) }
                Products.forward(
                    p.own.columns(0..<p.ownKeys), own.values.rows(0..<p.ownKeys), into: out, accumulate: prefix != nil)
            }
        }
    }

    /// dqkv += gradients of ``forward(_:segments:past:into:scratch:)``. Probabilities are computed again, with the same bits.
    ///
    /// - Parameter arena: scratch memory, reset here.
    func backward(_ qkv: Matrix, segments: [Segment], doutput: Matrix, dqkv: Matrix, scratch arena: Arena) {
        for (root, children) in families(segments) {
            for head in 0..<keyValueHeads {
                arena.reset()
                let rootKeys = transposedKeys(key(qkv, head).rows(root.rows), arena)
                gradients(qkv, root, head: head, keys: rootKeys, prefix: nil, doutput: doutput, dqkv: dqkv, arena)
                for child in children {
                    arena.scope {
                        let keys = transposedKeys(key(qkv, head).rows(child.rows), arena)
                        gradients(qkv, child, head: head, keys: keys, prefix: (root, rootKeys), doutput: doutput, dqkv: dqkv, arena)
                    }
                }
            }
        }
    }

    private func gradients(
        _ qkv: Matrix, _ segment: Segment, head: Int, keys: Matrix, prefix: (segment: Segment, keys: Matrix)?, doutput: Matrix,
        dqkv: Matrix, _ arena: Arena
    ) {
        for q in 0..<queriesPerKey {
            let queryHead = head * queriesPerKey + q
            forEachBlock(segment, arena) { rows, first in
                let queries = query(qkv, queryHead).rows(rows)
                let p = probabilities(
                    queries: queries, firstIndex: first, prefixKeys: prefix?.keys, prefixCount: prefix?.segment.rows.count ?? 0,
                    ownKeys: keys, ownCount: segment.rows.count, arena)
                let dout = query(doutput, queryHead).rows(rows)
                let dprefix = arena.zeros(rows.count, p.prefix.columns)
                let down = arena.zeros(rows.count, p.own.columns)
                let own = segment.rows.lowerBound..<(segment.rows.lowerBound + p.ownKeys)
                let count = prefix?.segment.rows.count ?? 0
                if let prefix {
                    Products.backward(
                        dout, value(qkv, head).rows(prefix.segment.rows), transposeB: true, into: dprefix.columns(0..<count),
                        accumulate: false)
                    Products.backward(
                        p.prefix.columns(0..<count), transposeA: true, dout, into: value(dqkv, head).rows(prefix.segment.rows))
                }
                Products.backward(dout, value(qkv, head).rows(own), transposeB: true, into: down.columns(0..<p.ownKeys), accumulate: false)
                Products.backward(p.own.columns(0..<p.ownKeys), transposeA: true, dout, into: value(dqkv, head).rows(own))
                for r in 0..<rows.count {
                    Distributions.softmaxBackward(
                        prefix: p.prefix.row(r), dprefix: dprefix.row(r), prefixPadded: dprefix.columns, own: p.own.row(r),
                        down: down.row(r),
                        ownPadded: down.columns, scale: scale)
                }
                let dqueries = query(dqkv, queryHead).rows(rows)
                if let prefix {
                    let scores = dprefix.columns(0..<count)
                    Products.backward(scores, key(qkv, head).rows(prefix.segment.rows), into: dqueries)
                    Products.backward(scores, transposeA: true, queries, into: key(dqkv, head).rows(prefix.segment.rows))
                }
                let scores = down.columns(0..<p.ownKeys)
                Products.backward(scores, key(qkv, head).rows(own), into: dqueries)
                Products.backward(scores, transposeA: true, queries, into: key(dqkv, head).rows(own))
            }
        }
    }

    /// One block of query rows after another; what a block takes from the arena is taken back behind it.
    private func forEachBlock(_ segment: Segment, _ arena: Arena, _ body: (_ rows: Range<Int>, _ firstIndex: Int) -> Void) {
        let start = segment.rows.lowerBound
        for first in stride(from: 0, to: segment.rows.count, by: Self.queryBlock) {
            arena.scope { body((start + first)..<(start + min(first + Self.queryBlock, segment.rows.count)), first) }
        }
    }

    private func families(_ segments: [Segment]) -> [(root: Segment, children: [Segment])] {
        var result: [(root: Segment, children: [Segment])] = []
        for segment in segments {
            if segment.parent == nil { result.append((segment, [])) } else { result[result.count - 1].children.append(segment) }
        }
        return result
    }
}
