/// The merge rules of a byte-pair encoding.
struct BytePairMerges: Sendable {
    struct Rule: Sendable {
        /// Its place in the list: lower ones go first.
        let rank: Int32
        /// The token that the pair becomes.
        let token: Int32
    }

    private var rules: [UInt64: Rule] = [:]

    init(minimumCapacity: Int = 0) {
        rules.reserveCapacity(minimumCapacity)
    }

    /// Adds a rule; of two for one pair the later counts, as in Hugging Face's tokenizers.
    mutating func add(_ left: Int32, _ right: Int32, _ rule: Rule) {
        rules[Self.key(left, right)] = rule
    }

    /// Applies the rules to `tokens` until none fits: each time the one of lowest rank, the leftmost if it fits twice.
    func apply(to tokens: inout [Int32]) {
        if tokens.count <= 48 { applyByScanning(to: &tokens) } else { applyByHeap(to: &tokens) }
    }

    /// Quadratic, without bookkeeping: fastest for words.
    func applyByScanning(to tokens: inout [Int32]) {
        guard tokens.count > 1 else { return }
        var candidates = (0..<tokens.count - 1).map { rules[Self.key(tokens[$0], tokens[$0 + 1])] }
        while true {
            var best = -1
            var bestRule = Rule(rank: .max, token: 0)
            for index in candidates.indices {
                if let rule = candidates[index], rule.rank < bestRule.rank {
                    best = index
                    bestRule = rule
                }
            }
            guard best >= 0 else { return }
            tokens[best] = bestRule.token
            tokens.remove(at: best + 1)
            candidates.remove(at: best)
            if best < candidates.count { candidates[best] = rules[Self.key(tokens[best], tokens[best + 1])] }
            if best > 0 { candidates[best - 1] = rules[Self.key(tokens[best - 1], tokens[best])] }
        }
    }

    /// O(n log n): for words of any length, so that a text without spaces can't stall the run.
    func applyByHeap(to tokens: inout [Int32]) {
        guard tokens.count > 1 else { return }
        let count = tokens.count
        // A linked list over the original positions; `candidates[i]` is the rule for i and its follower.
        var next = Array(1...count)
        var previous = Array(-1..<count - 1)
        var isAlive = [Bool](repeating: true, count: count)
        var candidates = [Rule?](repeating: nil, count: count)
        var heap = BinaryHeap<UInt64>()
        func consider(_ position: Int) {
            guard next[position] < count else {
                candidates[position] = nil
                return
            }
            candidates[position] = rules[Self.key(tokens[position], tokens[next[position]])]
            if let rule = candidates[position] { heap.insert(UInt64(rule.rank) << 32 | UInt64(position)) }
        }
        for position in 0..<count { consider(position) }
        while let entry = heap.popFirst() {
            let position = Int(entry & 0xFFFF_FFFF)
            // An entry is stale if its position has merged, or has another follower, since.
            guard isAlive[position], let rule = candidates[position], UInt64(rule.rank) == entry >> 32 else { continue }
            let follower = next[position]
            tokens[position] = rule.token
            isAlive[follower] = false
            next[position] = next[follower]
            if next[position] < count { previous[next[position]] = position }
            consider(position)
            if previous[position] >= 0 { consider(previous[position]) }
        }
        tokens = (0..<count).filter { isAlive[$0] }.map { tokens[$0] }
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }
}
