import Telemetry
import TestSupport
import Testing

/// Lines of the journal within the standard error that mpirun passes on.
@Suite("frames of the journal")
struct JournalFramesTests {
    private static let lines: [LaunchJournal.Line] = [
        .init(.began, rank: 3, process: 7, job: "12", host: "b"), .init(.alive, rank: 3, process: 7, host: "b"),
        .init(.ended, rank: 3, process: 7, code: 2, words: "", host: "b"),
    ]

    @Test("whatever the pieces in which the stream comes, its text and its lines come out, each in order")
    func pieces() {
        let words = Array("Größe ⏎\nno end".utf8)
        var stream: [UInt8] = []
        for line in Self.lines { stream += words + JournalFrames.frame(line) }
        for size in [1, 2, 7, 64, stream.count] {
            var frames = JournalFrames()
            var (text, found): ([UInt8], [LaunchJournal.Line]) = ([], [])
            for start in stride(from: 0, to: stream.count, by: size) {
                let piece = frames.take(stream[start..<min(start + size, stream.count)])
                text += piece.text
                found += piece.lines
            }
            #expect(found == Self.lines && text == words + words + words && frames.finish().isEmpty)
        }
    }

    @Test("what only begins like a frame is text, and is not held for long")
    func noFrames() {
        var frames = JournalFrames()
        let nonsense = Array("\u{1}{nonsense}\n".utf8)
        #expect(frames.take(nonsense).text == nonsense)
        let long = [1] + [UInt8](repeating: 0x61, count: 5_000)
        let first = frames.take(long)
        #expect(first.text == long && first.lines.isEmpty)
        #expect(frames.take([1, 0x7B]).text.isEmpty && frames.finish() == [1, 0x7B])
        // A frame that another one interrupts was cut.
        let cut = Array(JournalFrames.frame(Self.lines[0]).dropLast(4))
        let both = frames.take(cut + JournalFrames.frame(Self.lines[1]))
        #expect(both.text == cut && both.lines == [Self.lines[1]])
    }
}
