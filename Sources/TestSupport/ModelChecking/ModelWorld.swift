/// A world of state machines and of what surrounds them (workers, messages under way, a clock), which moves one event at a time.
///
/// The checkers make every move that the world offers, or one at random, and look at ``violation()`` after each.
package protocol ModelWorld: Sendable {
    /// One event: a message arrives, is lost or repeated; a worker dies or returns; time passes.
    associatedtype Move: Sendable, CustomStringConvertible

    /// What can happen next, in a fixed order; empty where nothing can.
    var moves: [Move] { get }
    /// Lets an event happen.
    /// - Throws: what a machine refuses: a violation too, since the world offers only moves that must be possible.
    mutating func make(_ move: Move) throws
    /// What should never be, or nil.
    func violation() -> String?
    /// Whether everything that was to be done is done.
    var isDone: Bool { get }
    /// Whether a move is a misfortune or a whim that nobody may rely on: progress has to be possible without it.
    func isFault(_ move: Move) -> Bool
    /// How often a random schedule picks a move, compared with others.
    func weight(_ move: Move) -> Int
    /// Tells this state from all others that can behave differently from now on. What only counts is left out, and times are relative to
    /// now, so that a world without end has finitely many states.
    func encode(into words: inout [Int])
}

/// A schedule that leads to something that should never be.
package struct ModelFailure: Error, CustomStringConvertible {
    /// What was wrong.
    package let what: String
    /// The moves that led there.
    package let trace: [String]

    package var description: String { "\(what)\n  after " + trace.joined(separator: "\n        ") }
}
