/// Learns merge rules from words with counts: byte-pair encoding (Sennrich et al., arXiv 1508.07909).
///
/// Each step merges the pair that occurs most often, of equally frequent ones that with the smaller ids, everywhere. Token ids are those of
/// the byte alphabet (in the order of its characters), then one for each token made. The result depends on the counts alone.
struct BytePairTraining {
    struct Merge: Equatable {
        let left: Int32
        let right: Int32
    }

    /// The bytes of each token, by id.
    private(set) var tokens: [[UInt8]]
    /// The rules, the first learnt first.
    private(set) var merges: [Merge] = []

    private var ids: [[UInt8]: Int32]
    private var words: [Word]
    private var pairs: [UInt64: Pair] = [:]

    private struct Word {
        var tokens: [Int32]
        let count: Int
    }

    private struct Pair {
        var count = 0
        /// The words that had the pair when it last became more frequent; some may have lost it.
        var words: [Int32] = []
    }

    /// The heap's order: the most frequent first, then the smallest ids.
    private struct Candidate: Comparable {
        let count: Int
        let key: UInt64

        static func < (left: Candidate, right: Candidate) -> Bool {
            left.count != right.count ? left.count > right.count : left.key < right.key
        }
    }

    /// The bytes in the order of the characters that write them: the first 256 ids.
    private static let alphabet = (UInt8.min...UInt8.max).sorted { ByteAlphabet.scalars[Int($0)] < ByteAlphabet.scalars[Int($1)] }

    /// Learns until there are `tokenLimit` tokens (at least the 256 bytes) or every word is one token.
    init(words counted: [[UInt8]: Int], tokenLimit: Int) {
        tokens = Self.alphabet.map { [$0] }
        ids = Dictionary(tokens.enumerated().map { ($0.element, Int32($0.offset)) }) { first, _ in first }
        words = []
        for (bytes, count) in counted.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            words.append(Word(tokens: bytes.compactMap { ids[[$0]] }, count: count))
        }
        for index in words.indices { count(words[index].tokens, of: index, times: words[index].count) }
        var heap = BinaryHeap(pairs.map { Candidate(count: $0.value.count, key: $0.key) })
        while tokens.count < tokenLimit, let best = heap.popFirst() {
            let count = pairs[best.key]?.count ?? 0
            guard count == best.count else {
                // The pair has become rarer since it was put there.
                if count > 0 { heap.insert(Candidate(count: count, key: best.key)) }
                continue
            }
            guard count > 0 else { break }
            for key in merge(best.key) { heap.insert(Candidate(count: pairs[key]?.count ?? 0, key: key)) }
        }
    }

    /// Merges the pair in every word; gives the pairs that have become more frequent.
    private mutating func merge(_ key: UInt64) -> Set<UInt64> {
        let rule = Merge(left: Int32(key >> 32), right: Int32(key & 0xFFFF_FFFF))
        let bytes = tokens[Int(rule.left)] + tokens[Int(rule.right)]
        // Another pair may have made the same bytes before.
        let merged = ids[bytes] ?? Int32(tokens.count)
        if Int(merged) == tokens.count {
            ids[bytes] = merged
            tokens.append(bytes)
        }
        merges.append(rule)
        var grown: Set<UInt64> = []
        for index in (pairs[key]?.words ?? []).map(Int.init) {
            let old = words[index].tokens
            var new: [Int32] = []
            new.reserveCapacity(old.count)
            var position = 0
            while position < old.count {
                if position + 1 < old.count, old[position] == rule.left, old[position + 1] == rule.right {
                    new.append(merged)
                    position += 2
                } else {
                    new.append(old[position])
                    position += 1
                }
            }
            guard new.count < old.count else { continue }
            count(old, of: nil, times: -words[index].count)
            count(new, of: index, times: words[index].count)
            words[index].tokens = new
            for position in 1..<max(1, new.count) where new[position - 1] == merged || new[position] == merged {
                grown.insert(Self.key(new[position - 1], new[position]))
            }
        }
        pairs[key] = nil
        return grown
    }

    /// Adds `times` to the count of each pair of neighbours, and notes the word, if there is one.
    private mutating func count(_ tokens: [Int32], of word: Int?, times: Int) {
        for position in 1..<max(1, tokens.count) {
            let key = Self.key(tokens[position - 1], tokens[position])
            pairs[key, default: Pair()].count += times
            if let word, pairs[key]?.words.last != Int32(word) { pairs[key]?.words.append(Int32(word)) }
        }
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }
}
