import Foundation

/// Lines of the journal that come from other hosts: within the standard error of ranks, which mpirun passes on to the launcher.
///
/// ```
///   some words ⏎  ␁{"event":"alive","rank":3,…} ⏎  more words ⏎
/// ```
///
/// A line is framed by a control character that no message holds (``VisibleText``), so it may stand amid another rank's words.
package struct JournalFrames: Sendable {
    private static let mark: UInt8 = 0x01
    private static let end: UInt8 = 0x0A
    /// Longer than any frame: what goes on for so long is text.
    private static let longest = 1024

    /// A frame whose end has not come yet, with its mark.
    private var unfinished: [UInt8] = []

    package init() {}

    /// The bytes of a frame.
    package static func frame(_ line: LaunchJournal.Line) -> [UInt8] {
        guard let bytes = try? JSONEncoder().encode(line) else { return [] }
        return [mark] + bytes + [end]
    }

    /// Parts a piece of the stream into text and lines. What looks like a frame and can't be read is text.
    package mutating func take(_ bytes: some Sequence<UInt8>) -> (text: [UInt8], lines: [LaunchJournal.Line]) {
        var text: [UInt8] = []
        var lines: [LaunchJournal.Line] = []
        for byte in bytes {
            switch (byte, unfinished.isEmpty) {
            case (Self.mark, _):
                text += unfinished
                unfinished = [byte]
            case (_, true): text.append(byte)
            case (Self.end, false):
                if let line = try? JSONDecoder().decode(LaunchJournal.Line.self, from: Data(unfinished.dropFirst())) {
                    lines.append(line)
                } else {
                    text += unfinished + [byte]
                }
                unfinished = []
            case (_, false):
                unfinished.append(byte)
                if unfinished.count > Self.longest {
                    text += unfinished
                    unfinished = []
                }
            }
        }
        return (text, lines)
    }

    /// What is left at the stream's end.
    package mutating func finish() -> [UInt8] {
        defer { unfinished = [] }
        return unfinished
    }
}
