/// In which order a learner rank computes its lanes, and in which gradient buffers: memory against threads. No bit depends on it.
///
/// Lanes that are computed at the same time form a wave; after it the additions of the tree that have both sides are made, and their
/// sources' buffers are free again.
///
/// | lanes of the rank | threads | waves | buffers | arenas |
/// | --- | --- | --- | --- | --- |
/// | 4 | 1 | 0, 1, 2, 3 | 3 | 1 |
/// | 4 | 2, 3 | 0-1, 2-3 | 3 | 2 |
/// | 4 | 4 or more | 0-3 | 4 | 4 |
/// | 2 | 1 | one after the other | 2 | 1 |
/// | 2 | 2 or more | both | 2 | 2 |
/// | 1 | any | one | 1 | 1 |
package struct LaneSchedule: Hashable, Sendable {
    /// A lane and the gradient buffer that it fills.
    package struct Place: Hashable, Sendable {
        package let lane: Int
        package let buffer: Int
    }

    /// `target += source`, by buffers.
    package struct Addition: Hashable, Sendable {
        package let target: Int
        package let source: Int
    }

    /// Lanes that are computed at the same time, and what is added when all of them are done.
    package struct Wave: Hashable, Sendable {
        package fileprivate(set) var lanes: [Place] = []
        package fileprivate(set) var additions: [Addition] = []
    }

    /// In order. After the last, buffer 0 holds the sum of the rank's lanes, as far as the tree adds them within the rank.
    package let waves: [Wave]
    /// Gradient buffers of the model's size.
    package let bufferCount: Int
    /// The most lanes of a wave: so many passes are under way at once.
    package let width: Int

    /// - Parameters:
    ///   - lanes: neighbours, as ``LaneReduction/lanes(ofRank:rankCount:)`` gives them: what the tree adds among them ends in the first.
    ///   - threads: compute threads of the rank.
    /// - Precondition: there is a lane, and `threads` is positive.
    package init(lanes: Range<Int>, threads: Int) {
        precondition(!lanes.isEmpty && threads > 0, "lanes \(lanes) on \(threads) threads")
        // Three threads would leave one lane of four over: pairs take as long and less memory.
        let width = lanes.count <= threads ? lanes.count : threads == 1 ? 1 : 2
        var waves: [Wave] = []
        var buffers: [Int: Int] = [:]
        var free: [Int] = []
        var bufferCount = 0
        for first in stride(from: lanes.lowerBound, to: lanes.upperBound, by: width) {
            var wave = Wave()
            for lane in first..<min(first + width, lanes.upperBound) {
                if free.isEmpty {
                    free.append(bufferCount)
                    bufferCount += 1
                }
                let buffer = free.removeFirst()
                buffers[lane] = buffer
                wave.lanes.append(Place(lane: lane, buffer: buffer))
            }
            for lane in wave.lanes.map(\.lane) {
                for merge in LaneReduction.merges(afterLane: lane) {
                    // A side that another rank has is added between the ranks.
                    guard let target = buffers[merge.target], let source = buffers.removeValue(forKey: merge.source) else { continue }
                    wave.additions.append(Addition(target: target, source: source))
                    free.append(source)
                }
            }
            free.sort()
            waves.append(wave)
        }
        self.waves = waves
        self.bufferCount = bufferCount
        self.width = width
    }
}
