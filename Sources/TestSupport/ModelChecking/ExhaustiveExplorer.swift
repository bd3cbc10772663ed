/// Visits every state that a small world can reach, breadth first, so that a failure comes with a shortest schedule.
///
/// Besides what the world itself says, it proves that the end stays within reach: from every state, without any further fault, some
/// schedule leads to a state where everything is done. On a finite graph that is progress under fairness: no deadlock, and no loop
/// that can't be left.
package struct ExhaustiveExplorer<World: ModelWorld> {
    /// What was visited.
    package struct Coverage: Sendable, CustomStringConvertible {
        package let stateCount: Int
        /// Moves made, those to known states included.
        package let stepCount: Int
        /// States where everything is done.
        package let doneCount: Int
        /// Moves on the longest of the shortest schedules.
        package let depth: Int

        package var description: String { "\(stateCount) states, \(stepCount) steps, depth \(depth), \(doneCount) states of rest" }
    }

    /// 128 bits of a state: among 10^7 states two are mixed up with a probability below 10^-24.
    private struct Key: Hashable {
        let first: Int
        let second: Int

        init(_ words: [Int]) {
            var hashers = (Hasher(), Hasher())
            hashers.1.combine(0x5bd1_e995)
            words.withUnsafeBytes { bytes in
                hashers.0.combine(bytes: bytes)
                hashers.1.combine(bytes: bytes)
            }
            (first, second) = (hashers.0.finalize(), hashers.1.finalize())
        }
    }

    private let start: World
    private let maximumStateCount: Int
    private var known: [Key: Int32] = [:]
    /// Whence each state was reached first: state and place of the move among that state's moves.
    private var origins: [(state: Int32, move: Int32)] = []
    /// Moves that are no faults, by number of state.
    private var edges: [(from: Int32, to: Int32)] = []
    private var done: [Int32] = []

    /// - Parameter maximumStateCount: A world with more states fails: it isn't as small as was thought.
    package init(_ start: World, maximumStateCount: Int = 2_000_000) {
        self.start = start
        self.maximumStateCount = maximumStateCount
    }

    /// Visits everything.
    /// - Throws: ``ModelFailure`` with a shortest schedule to it.
    package mutating func run() throws -> Coverage {
        var frontier: [(state: Int32, world: World)] = []
        var stepCount = 0
        var depth = 0
        if let what = start.violation() { throw ModelFailure(what: what, trace: []) }
        frontier.append((admit(start, from: (-1, -1)).state, start))
        while !frontier.isEmpty {
            var next: [(state: Int32, world: World)] = []
            for (state, world) in frontier {
                for (place, move) in world.moves.enumerated() {
                    stepCount += 1
                    var moved = world
                    do {
                        try moved.make(move)
                    } catch {
                        throw ModelFailure(what: "\(error)", trace: trace(to: state) + [move.description])
                    }
                    if let what = moved.violation() { throw ModelFailure(what: what, trace: trace(to: state) + [move.description]) }
                    let (target, isNew) = admit(moved, from: (state, Int32(place)))
                    if !world.isFault(move) { edges.append((state, target)) }
                    if isNew { next.append((target, moved)) }
                }
                guard known.count <= maximumStateCount else {
                    throw ModelFailure(what: "more than \(maximumStateCount) states", trace: trace(to: state))
                }
            }
            if !next.isEmpty { depth += 1 }
            frontier = next
        }
        if let stuck = firstStateWithoutEnd() {
            throw ModelFailure(what: "from here the end can't be reached any more without a fault", trace: trace(to: stuck))
        }
        return Coverage(stateCount: known.count, stepCount: stepCount, doneCount: done.count, depth: depth)
    }

    private mutating func admit(_ world: World, from origin: (state: Int32, move: Int32)) -> (state: Int32, isNew: Bool) {
        var words: [Int] = []
        words.reserveCapacity(64)
        world.encode(into: &words)
        let key = Key(words)
        if let number = known[key] { return (number, false) }
        let number = Int32(origins.count)
        known[key] = number
        origins.append(origin)
        if world.isDone { done.append(number) }
        return (number, true)
    }

    /// Walks all moves backwards from the states of rest.
    private func firstStateWithoutEnd() -> Int32? {
        var incoming = Array(repeating: Int32(0), count: origins.count + 1)
        for edge in edges { incoming[Int(edge.to) + 1] += 1 }
        for index in 1..<incoming.count { incoming[index] += incoming[index - 1] }
        var places = incoming
        var sources = Array(repeating: Int32(0), count: edges.count)
        for edge in edges {
            sources[Int(places[Int(edge.to)])] = edge.from
            places[Int(edge.to)] += 1
        }
        var canEnd = Array(repeating: false, count: origins.count)
        var queue = done
        for state in done { canEnd[Int(state)] = true }
        while let state = queue.popLast() {
            for source in sources[Int(incoming[Int(state)])..<Int(incoming[Int(state) + 1])] where !canEnd[Int(source)] {
                canEnd[Int(source)] = true
                queue.append(source)
            }
        }
        return canEnd.firstIndex(of: false).map(Int32.init)
    }

    private func trace(to state: Int32) -> [String] {
        var places: [Int] = []
        var current = state
        while origins[Int(current)].state >= 0 {
            places.append(Int(origins[Int(current)].move))
            current = origins[Int(current)].state
        }
        var world = start
        return places.reversed().map { place in
            let move = world.moves[place]
            // The move was made before: it can't fail now.
            try? world.make(move)
            return move.description
        }
    }
}
