import Glibc
import Synchronization

/// Standard output: what a command was asked for.
///
/// Text for people is made visible whatever it holds (``VisibleText``); data go out as they are, but to a terminal. A command that couldn't hand over its
/// result must not end as if it had: the first failure is kept, and the program looks at it before it ends.
package enum StandardOutput {
    private static let failure = Atomic<Int32>(0)

    /// The system's number for why something could not be written; nil if all could, or if the reader has gone: it had enough.
    package static var failureNumber: Int32? {
        let number = failure.load(ordering: .relaxed)
        return number == 0 || number == EPIPE ? nil : number
    }

    /// Whether there is a point in writing more: nothing has failed, and whoever reads has not gone. Of a reader that goes between two
    /// writes only the system knows.
    package static var isTaken: Bool {
        guard failure.load(ordering: .relaxed) == 0 else { return false }
        var state = pollfd(fd: StandardStream.output.descriptor, events: 0, revents: 0)
        return poll(&state, 1, 0) <= 0 || state.revents & Int16(POLLERR) == 0
    }

    /// Prints a text for people with a line end.
    package static func print(_ text: String, terminator: String = "\n") { put(Array((VisibleText.of(text) + terminator).utf8)) }

    /// Prints a line that is no result, such as what is about to be started: nothing depends on it.
    package static func note(_ text: String) { _ = StandardStream.output.write((VisibleText.of(text) + "\n").utf8) }

    /// Prints JSON with a line end. To whatever reads it, it is the same value.
    package static func print(json: String, terminator: String = "\n") { put(Array((VisibleText.json(json) + terminator).utf8)) }

    /// Writes a piece of text that is a result itself: as it is, but to a terminal.
    package static func write(_ text: String) {
        put(Array((StandardStream.output.isTerminal ? VisibleText.of(text) : text).utf8))
    }

    private static func put(_ bytes: [UInt8]) {
        guard let number = StandardStream.output.write(bytes) else { return }
        _ = failure.compareExchange(expected: 0, desired: number, ordering: .relaxed)
    }
}
