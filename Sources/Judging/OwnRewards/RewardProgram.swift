import CPrograms
import Digests
import Endpoints
import Foundation
import Glibc
import Synchronization
package import Telemetry
package import Trajectories

/// How a program of a user's own is run and asked.
package struct RewardProgramSettings: Hashable, Sendable {
    /// The program, looked for in `PATH`, and its arguments: no shell reads them.
    package var command: [String]
    /// Variables that it finds beside PATH, HOME and LANG.
    package var variables: [String] = []
    /// Questions that it has at most.
    package var concurrency = 4
    /// How long an answer may take.
    package var deadline: Duration = .seconds(60)
    /// How often a question is asked in all.
    package var attempts = 3
    /// The shortest and the longest wait between two starts.
    package var backOff: ClosedRange<Duration> = .milliseconds(500) ... .seconds(30)

    package init(command: [String]) { self.command = command }
}

/// A reward that a program of a user's own gives, line by line over its standard input and output.
///
/// One program a judge rank. One that dies, hangs, or writes what is no answer is killed with all that it has started, and started again after a growing
/// pause; what it had been asked is asked again, so often as the settings say, and is unknown then. A program that fails again and again without any
/// answer keeps nobody waiting: everything that waits is unknown at once.
///
/// - Isolation: any executor. One thread carries program and pipes, and sleeps while there is nothing to do.
package final class RewardProgram: OwnReward {
    package let name: String
    package let identity: String
    private let link: ProgramLink
    private let settings: RewardProgramSettings
    private let log: Log

    /// Starts nothing yet.
    ///
    /// - Parameters:
    ///   - name: the part.
    ///   - log: gets the program's standard error, bounded, and what becomes of it.
    package init(name: String, _ settings: RewardProgramSettings, log: Log = Log()) {
        self.name = name
        self.settings = settings
        self.log = log
        identity = Self.identity(name: name, command: settings.command)
        link = ProgramLink()
    }

    /// The identity of a command: its words, not what its files hold.
    package static func identity(name: String, command: [String]) -> String {
        var sha = SHA256()
        for word in command { sha.update(word) }
        return "process:\(name):\(sha.hex.prefix(32))"
    }

    package func reach() async throws {
        guard link.begin() else { throw JudgeLoss("the reward '\(name)' was ended before it began", isForGood: false) }
        Thread.detachNewThread { [name, settings, link, log] in ProgramLoop(name: name, settings, link, log).run() }
        let failure = await withCheckedContinuation { link.leave(.start($0)) }
        guard let failure else { return }
        throw JudgeLoss(
            "the program of the reward '\(name)' does not run: \(failure); see reward.parts (\(name)).command", isForGood: true)
    }

    package func value(of question: RewardQuestion) async -> OwnRewardValue {
        await withCheckedContinuation { link.leave(.ask(question, $0)) }
    }

    package func end() async { await withCheckedContinuation { link.leave(.end($0)) } }
}

/// Where others leave orders for a program's thread.
final class ProgramLink: Sendable {
    enum Order {
        /// Start the program; the answer is why it can't be, or nil.
        case start(CheckedContinuation<String?, Never>)
        case ask(RewardQuestion, CheckedContinuation<OwnRewardValue, Never>)
        case end(CheckedContinuation<Void, Never>)
    }

    private struct State {
        var orders: [Order] = []
        /// Whether a thread takes orders: not before it has begun, and not after its end.
        var isOpen = false
        var hasEnded = false
    }

    private let state = Mutex(State())
    /// Wakes the thread.
    let bell: Int32

    init() { bell = programs_bell_create() }

    deinit { Glibc.close(bell) }

    func leave(_ order: Order) {
        let isTaken = state.withLock { state in
            if case .end = order { state.hasEnded = true }
            if state.isOpen { state.orders.append(order) }
            return state.isOpen
        }
        if isTaken { programs_bell_ring(bell) } else { Self.refuse(order) }
    }

    /// A thread takes orders from now on; false if it is not to begin any more.
    func begin() -> Bool {
        state.withLock { state in
            state.isOpen = !state.hasEnded
            return state.isOpen
        }
    }

    /// What was left since the last call.
    func take() -> [Order] {
        programs_bell_still(bell)
        return state.withLock { state in
            defer { state.orders = [] }
            return state.orders
        }
    }

    /// From now on nothing is taken.
    func close() {
        let rest = state.withLock { state in
            (state.isOpen, state.hasEnded) = (false, true)
            defer { state.orders = [] }
            return state.orders
        }
        for order in rest { Self.refuse(order) }
    }

    private static func refuse(_ order: Order) {
        switch order {
        case .start(let continuation): continuation.resume(returning: "it was ended")
        case .ask(_, let continuation): continuation.resume(returning: .unknown("its program does not run"))
        case .end(let continuation): continuation.resume()
        }
    }
}
