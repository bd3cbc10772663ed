import Glibc
import Synchronization

/// Standard error as people watch it: lines that stay and, on a terminal, below them one line that is redrawn.
///
/// A process has one standard error, so it has one console that everybody writes through: a line that came between would glue to the line
/// that stands. Messages hold words of files and servers: what a terminal would act on is made visible here, once for all, and what is too long is cut
/// (``VisibleText``). Nobody depends on a message: one that can't be written is lost.
package final class Console: Sendable {
    private let isTerminal: Bool
    private let columns: @Sendable () -> Int
    private let sink: @Sendable (String) -> Void
    /// What stands on the terminal's last line.
    private let standing = Mutex("")

    /// This process's standard error.
    package static let standardError = Console(isTerminal: StandardStream.error.isTerminal)

    /// - Parameters:
    ///   - isTerminal: Whether a line may be redrawn.
    ///   - columns: The terminal's width.
    ///   - sink: Where text goes, by one call a line.
    package init(
        isTerminal: Bool, columns: @escaping @Sendable () -> Int = Console.terminalColumns,
        sink: @escaping @Sendable (String) -> Void = Console.writeStandardError
    ) {
        self.isTerminal = isTerminal
        self.columns = columns
        self.sink = sink
    }

    /// Writes a message as a line of its own, above the line that stands; a message may have several lines.
    package func say(_ message: String) { write(message.hasSuffix("\n") ? message : message + "\n") }

    /// Writes text that ends with a line end, above the line that stands.
    package func write(_ text: String) {
        let text = VisibleText.message(text)
        standing.withLock { standing in sink(standing.isEmpty ? text : Self.clearLine + text + standing) }
    }

    /// Draws a line in place of the one that stands; where nothing can be redrawn, writes it as a line of its own.
    package func draw(_ line: String) {
        let line = VisibleText.of(line, keepingLines: false)
        standing.withLock { standing in
            guard isTerminal else { return sink(line + "\n") }
            // One column stays free: a full last column makes some terminals wrap.
            standing = String(line.prefix(max(1, columns() - 1)))
            sink(Self.clearLine + standing)
        }
    }

    /// Leaves the line that stands where it is, and goes on below it.
    package func release() {
        standing.withLock { standing in
            if !standing.isEmpty { sink("\n") }
            standing = ""
        }
    }

    private static let clearLine = "\r\u{1B}[2K"

    /// Writes text by one call; a failure is nobody's to report.
    package static let writeStandardError: @Sendable (String) -> Void = { _ = StandardStream.error.write($0.utf8) }

    /// The width of the terminal on standard error; 80 if it won't tell.
    package static let terminalColumns: @Sendable () -> Int = {
        var size = winsize()
        guard ioctl(StandardStream.error.descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
