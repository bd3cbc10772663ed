/// A binary min-heap of deadlines, each with a key. Entries are not removed early: whoever owns the keys ignores stale ones.
struct DeadlineHeap<Key: Sendable>: Sendable {
    private var entries: [(at: ContinuousClock.Instant, key: Key)] = []

    var count: Int { entries.count }
    /// The earliest deadline.
    var earliest: (at: ContinuousClock.Instant, key: Key)? { entries.first }

    mutating func insert(_ key: Key, at instant: ContinuousClock.Instant) {
        entries.append((instant, key))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].at < entries[parent].at else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    @discardableResult
    mutating func popEarliest() -> (at: ContinuousClock.Instant, key: Key)? {
        guard let first = entries.first else { return nil }
        let last = entries.removeLast()
        if entries.isEmpty { return first }
        entries[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count && entries[child].at < entries[least].at {
                least = child
            }
            if least == parent { return first }
            entries.swapAt(least, parent)
            parent = least
        }
    }

    /// Keeps only entries whose key is wanted; O(n).
    mutating func compact(keeping isWanted: (Key) -> Bool) {
        let kept = entries.filter { isWanted($0.key) }
        entries.removeAll(keepingCapacity: true)
        for entry in kept { insert(entry.key, at: entry.at) }
    }
}
