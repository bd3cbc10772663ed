import Glibc
import JSON

/// A structured log on standard error: level, constant message, `key=value` pairs.
///
/// A value: a copy with more bound pairs costs nothing, and rank and role are bound once at start-up. A line looks like
///
///     12:04:31.250 info  policy installed rank=2 role=rollout policy.version=3
package struct Log: Sendable {
    package typealias Metadata = KeyValuePairs<String, any CustomStringConvertible & Sendable>

    package enum Level: Int, Comparable, Sendable, CaseIterable {
        case trace, debug, info, notice, warning, error

        package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
        fileprivate var name: String { "\(self)" }
    }

    /// Lines below this level are not written.
    package var level: Level
    private var bound = ""
    private let sink: @Sendable (String) -> Void

    /// A log for one rank.
    ///
    /// - Parameters:
    ///   - level: The lowest level written.
    ///   - sink: Where lines go, each with its line end; standard error unless a test takes them.
    package init(level: Level = .info, sink: @escaping @Sendable (String) -> Void = Log.standardError) {
        self.level = level
        self.sink = sink
    }

    /// This log with pairs that every line carries, before those of the call.
    package func binding(_ metadata: Metadata) -> Log {
        var log = self
        log.bound += Self.render(metadata)
        return log
    }

    /// Writes a line if `level` is high enough. Variables belong into the metadata, so that messages can be searched for.
    package func write(
        _ level: Level, _ message: StaticString, _ metadata: @autoclosure () -> Metadata
    ) {
        guard level >= self.level else { return }
        let name = level.name
        let padding = String(repeating: " ", count: max(0, 7 - name.count))
        sink("\(Self.clock()) \(name)\(padding) \(message)\(bound)\(Self.render(metadata()))\n")
    }

    package func trace(_ message: StaticString, _ metadata: @autoclosure () -> Metadata = [:]) {
        write(.trace, message, metadata())
    }
    package func debug(_ message: StaticString, _ metadata: @autoclosure () -> Metadata = [:]) {
        write(.debug, message, metadata())
    }
    package func info(_ message: StaticString, _ metadata: @autoclosure () -> Metadata = [:]) {
        write(.info, message, metadata())
    }
    package func notice(_ message: StaticString, _ metadata: @autoclosure () -> Metadata = [:]) {
        write(.notice, message, metadata())
    }
    package func warning(_ message: StaticString, _ metadata: @autoclosure () -> Metadata = [:]) {
        write(.warning, message, metadata())
    }
    package func error(_ message: StaticString, _ metadata: @autoclosure () -> Metadata = [:]) {
        write(.error, message, metadata())
    }

    /// ` key=value` for each pair. Values with spaces, quotes or control characters are quoted and escaped, so that no value, whatever a
    /// policy wrote into it, can start a line or a pair of its own.
    private static func render(_ metadata: Metadata) -> String {
        metadata.map { key, value in
            let text = value.description
            let isPlain = !text.isEmpty && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7F && $0 != "\"" && $0 != "=" }
            return " \(key)=\(isPlain ? text : VisibleText.of(JSONValue.string(bounded(text)).text, keepingLines: false))"
        }.joined()
    }

    /// A value of bounded length: none may fill a disk.
    private static func bounded(_ text: String) -> String {
        text.utf8.count <= valueLimit ? text : VisibleText.message(text, limit: valueLimit)
    }

    private static let valueLimit = 4 << 10

    private static func clock() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        localtime_r(&now.tv_sec, &parts)
        func digits(_ value: Int, _ count: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { digits(Int($0), 2) }.joined(separator: ":")
        return time + "." + digits(now.tv_nsec / 1_000_000, 3)
    }

    /// Writes to this process's console.
    package static let standardError: @Sendable (String) -> Void = { Console.standardError.write($0) }
}
