/// Makes moves of a world at random, for worlds too large to visit every state; the same schedule from the same seed.
package struct RandomScheduler<World: ModelWorld, Generator: RandomNumberGenerator> {
    private var generator: Generator
    /// Moves made so far.
    package private(set) var stepCount = 0
    /// Schedules that came to their end so far.
    package private(set) var runCount = 0

    package init(_ generator: Generator) { self.generator = generator }

    /// Runs a world: `steps` moves at random, then moves that are no faults until everything is done.
    ///
    /// - Parameters:
    ///   - start: The world at first.
    ///   - steps: Moves of the first part; fewer if everything is done sooner.
    ///   - patience: Moves within which a random schedule without faults must come to the end.
    /// - Returns: The world at its end.
    /// - Throws: ``ModelFailure`` with the last moves.
    @discardableResult
    package mutating func run(_ start: World, steps: Int, patience: Int) throws -> World {
        var world = start
        var trace: [World.Move] = []
        for step in 0..<(steps + patience) {
            if world.isDone {
                runCount += 1
                return world
            }
            let moves = step < steps ? world.moves : world.moves.filter { !world.isFault($0) }
            guard let move = pick(moves, world) else {
                throw ModelFailure(what: "nothing can happen any more", trace: trace.map(\.description))
            }
            trace.append(move)
            if trace.count > 64 { trace.removeFirst(32) }
            stepCount += 1
            do { try world.make(move) } catch { throw ModelFailure(what: "\(error)", trace: trace.map(\.description)) }
            if let what = world.violation() { throw ModelFailure(what: what, trace: trace.map(\.description)) }
        }
        guard world.isDone else {
            throw ModelFailure(what: "no end within \(patience) moves without a fault", trace: trace.map(\.description))
        }
        runCount += 1
        return world
    }

    private mutating func pick(_ moves: [World.Move], _ world: World) -> World.Move? {
        let weights = moves.map(world.weight)
        let total = weights.reduce(0, +)
        guard total > 0 else { return nil }
        var place = Int.random(in: 0..<total, using: &generator)
        for (move, weight) in zip(moves, weights) {
            place -= weight
            if place < 0 { return move }
        }
        return nil
    }
}
