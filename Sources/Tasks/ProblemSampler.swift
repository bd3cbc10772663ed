package import Trajectories

/// Hands out problems epoch by epoch, each epoch in its own random order, and can be saved and resumed.
///
/// The order of an epoch is a pure function of (seed, epoch): Fisher and Yates on counter-based numbers. Position p of the endless sequence
/// is place p % count of epoch p / count, so that the cursor is the whole state and every problem's visit number is its epoch.
package struct ProblemSampler: Hashable, Codable, Sendable {
    package let problemCount: Int
    package let seed: UInt64
    /// Problems handed out so far.
    package private(set) var cursor: Int

    /// - Parameters:
    ///   - problemCount: Size of the data set, at least 1.
    ///   - seed: The run's seed.
    ///   - cursor: Problems already handed out, at least 0; what a checkpoint saves.
    /// - Throws: ``DatasetError`` if the data set is empty or the cursor negative.
    package init(problemCount: Int, seed: UInt64, cursor: Int = 0) throws {
        guard problemCount > 0 else { throw DatasetError(.empty, "the data set is empty: there is nothing to sample") }
        guard cursor >= 0 else { throw DatasetError(.invalidParameter, "a sampler's cursor can't be negative: \(cursor)") }
        self.problemCount = problemCount
        self.seed = seed
        self.cursor = cursor
    }

    /// The epoch that the next problem belongs to, counted from 0.
    package var epoch: Int { cursor / problemCount }

    /// The problems of epoch `epoch` in their order.
    package func order(ofEpoch epoch: Int) -> [Int] {
        var random = KeyedRandom(seed: seed, words: [0x4550_4F43_48, UInt64(epoch)])
        return random.permutation(of: problemCount)
    }

    /// The next `count` problems; advances the cursor.
    package mutating func draw(_ count: Int) -> [ProblemDraw] {
        let drawn = draws(in: cursor..<cursor + max(0, count))
        cursor += drawn.count
        return drawn
    }

    /// The problems of `step` (from 1) in a run that draws `problemsPerStep` each step and never replaces one: what ``draw(_:)`` gives from
    /// the cursor `(step - 1) * problemsPerStep`. Leaves the cursor alone.
    package func plan(step: Int, problemsPerStep: Int) -> [ProblemDraw] {
        let start = max(0, step - 1) * problemsPerStep
        return draws(in: start..<start + problemsPerStep)
    }

    private func draws(in positions: Range<Int>) -> [ProblemDraw] {
        var draws: [ProblemDraw] = []
        draws.reserveCapacity(positions.count)
        var epoch = -1
        var order: [Int] = []
        for position in positions {
            if position / problemCount != epoch {
                epoch = position / problemCount
                order = self.order(ofEpoch: epoch)
            }
            draws.append(ProblemDraw(problemIndex: order[position % problemCount], visit: epoch))
        }
        return draws
    }
}
