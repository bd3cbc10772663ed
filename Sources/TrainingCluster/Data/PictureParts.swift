import Tasks
import Synchronization

/// Pictures cut into parts, for whoever is free: which are still to be looked at, and what was found in those that are.
final class PictureParts<Found: Sendable>: Sendable {
    private struct State {
        /// The next part is the last.
        var waiting: [Int]
        var found: [Int: [Found]] = [:]
        var doneCount = 0
    }

    /// Few enough that a part of large pictures takes seconds, many enough that asking for one costs nothing beside.
    static var size: Int { 16 }

    let ranges: [Range<Int>]
    let count: Int
    private let state: Mutex<State>

    init(count: Int) {
        let ranges = stride(from: 0, to: count, by: Self.size).map { $0..<min($0 + Self.size, count) }
        self.ranges = ranges
        self.count = count
        state = Mutex(State(waiting: ranges.indices.reversed()))
    }

    /// A part that nobody has; nil if there is none.
    func take() -> Int? { state.withLock { $0.waiting.popLast() } }

    /// A part that was taken is for somebody else.
    func giveBack(_ part: Int) { state.withLock { $0.waiting.append(part) } }

    /// Notes what was found in a part; of two answers the first counts.
    func finish(_ part: Int, _ found: [Found]) {
        state.withLock { state in
            guard state.found[part] == nil else { return }
            state.found[part] = found
            state.doneCount += ranges[part].count
        }
    }

    /// How many pictures are done.
    var doneCount: Int { state.withLock { $0.doneCount } }
    var isDone: Bool { doneCount == count }

    /// All that was found so far, in the order of the pictures.
    var found: [Found] { state.withLock { $0.found.sorted { $0.key < $1.key }.flatMap(\.value) } }
}
