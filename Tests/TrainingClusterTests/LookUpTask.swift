import Foundation
import Synchronization
import Tasks
import Trajectories

/// A task of several turns: the policy asks for a number by writing an even digit last, and the environment says what stands behind it.
///
/// The problems are the digits task's, so that the small policy has something to say; that its digits are calls is this task's reading.
struct LookUpTask: ProblemSource {
    private let digits: DigitsTask
    /// Hears of every turn, before it is answered.
    private let heard: @Sendable ([Turn]) -> Void

    init(heard: @escaping @Sendable ([Turn]) -> Void = { _ in }) throws {
        digits = try DigitsTask(split: .training, problems: 100_000, seed: 101)
        self.heard = heard
    }

    var count: Int { digits.count }
    var oracle: (any TaskOracle)? { digits.oracle }
    func problem(at index: Int) throws -> Problem { try digits.problem(at: index) }

    func openingTurn(of problem: Problem) -> String { problem.question + " Ask for what you need." }

    func reply(to turns: [Turn], of problem: Problem) -> String? {
        heard(turns)
        guard let text = turns.last?.text, let call = text.last(where: \.isNumber)?.wholeNumberValue, call.isMultiple(of: 2) else {
            return nil
        }
        return Self.reply(call, turn: turns.count, of: problem)
    }

    /// What the environment says to a call.
    private static func reply(_ call: Int, turn: Int, of problem: Problem) -> String {
        "Number \(call) is \((problem.question.utf8.count * 7 + call * 3 + turn) % 100)."
    }
}

/// Holds threads up until it is opened, and tells that one has come: puts a test in the middle of a turn.
final class Gate: Sendable {
    private enum State { case open, shut, reached }
    private let state = Mutex(State.open)

    /// From here on who comes waits.
    func shut() { state.withLock { $0 = .shut } }

    func open() { state.withLock { $0 = .open } }

    /// Waits while the gate is shut, for half a minute at most.
    func pass() {
        for _ in 0..<3000 {
            let isOpen = state.withLock { state in
                guard state != .open else { return true }
                state = .reached
                return false
            }
            if isOpen { return }
            Thread.sleep(forTimeInterval: 0.01)
        }
    }

    /// Returns once somebody waits; false after half a minute.
    func isReached() async throws -> Bool {
        for _ in 0..<3000 {
            if state.withLock({ $0 == .reached }) { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }
}
