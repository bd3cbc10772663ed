import CPrograms
import Foundation
import Glibc
import Telemetry

/// One start of a program: its pipes, and what has come through them. Lives on its thread; nothing here waits.
struct RunningProgram {
    /// What was seen.
    enum Event {
        /// The program has begun.
        case began
        /// A line of its output, without the line end.
        case line(Data)
        /// It works no more, and why.
        case failure(String)
    }

    /// The guard's process.
    let process: pid_t
    private let pipes: program_pipes
    private let words: [String]
    private var input = Data()
    private var output = Data()
    private var errors = Data()
    private var isInputClosed = false
    private var isOutputClosed = false
    /// Since when an end of it is closed. Who ends closes them too, and its guard says so in a moment.
    private var closedSince: Duration?

    /// For its guard to say that it has ended.
    private static let endTime = Duration.milliseconds(500)
    /// Bytes of one look.
    private static let chunk = 64 << 10
    /// Bytes of a line of standard error; a longer one is told in pieces.
    private static let errorLimit = 2_000

    /// - Throws: ``RewardGuard/StartFailure``.
    init(_ words: [String], variables: [String]) throws(RewardGuard.StartFailure) {
        self.words = words
        (process, pipes) = try RewardGuard.start(words, variables: variables)
    }

    /// What to wait for.
    var polled: [pollfd] {
        [
            pollfd(fd: pipes.life, events: Int16(POLLIN), revents: 0),
            pollfd(fd: isOutputClosed ? -1 : pipes.output, events: Int16(POLLIN), revents: 0),
            pollfd(fd: pipes.errors, events: Int16(POLLIN), revents: 0),
            // A negative descriptor is passed over.
            pollfd(fd: input.isEmpty || isInputClosed ? -1 : pipes.input, events: Int16(POLLOUT), revents: 0),
        ]
    }

    /// When a program that has closed an end of its own has failed by that.
    var dueAt: Duration? { closedSince.map { $0 + Self.endTime } }

    /// Leaves a line for the program.
    mutating func write(_ line: Data) { input += line }

    /// Writes what there is room for.
    mutating func flush(at now: Duration) {
        while !input.isEmpty, !isInputClosed {
            let written = input.withUnsafeBytes { Glibc.write(pipes.input, $0.baseAddress, $0.count) }
            if written > 0 {
                input = Data(input.dropFirst(written))
            } else if errno != EINTR {
                guard errno != EAGAIN else { return }
                isInputClosed = true
                closedSince = closedSince ?? now
            }
        }
    }

    /// Reads what has come, in order: output first, so that no answer of a program that ends is lost.
    ///
    /// - Parameter tell: gets lines of its standard error.
    mutating func look(at now: Duration, _ tell: (String) -> Void) -> [Event] {
        readErrors(tell)
        var message = [UInt8](repeating: 0, count: 32)
        let length = recv(pipes.life, &message, message.count, 0)
        let word = length > 0 ? String(decoding: message.prefix(length), as: UTF8.self) : ""
        var events = readOutput(isLast: length == 0 || word.hasPrefix("x"))
        if isOutputClosed { closedSince = closedSince ?? now }
        switch word.first {
        case "s": events.insert(.began, at: 0)
        case "e": events.append(.failure(Self.startFailure(words[0], Int32(word.dropFirst()) ?? 0)))
        case "x": events.append(.failure(Self.end(Int32(word.dropFirst()) ?? 0)))
        default:
            if length == 0 {
                events.append(.failure("its guard was killed"))
            } else if let dueAt, dueAt <= now {
                events.append(.failure("it has closed its \(isOutputClosed ? "output" : "input")"))
            }
        }
        return events
    }

    /// - Parameter isLast: whether nothing comes any more: everything is read then, within the bound of a line.
    private mutating func readOutput(isLast: Bool) -> [Event] {
        var events: [Event] = []
        repeat {
            guard !isOutputClosed else { break }
            var bytes = [UInt8](repeating: 0, count: Self.chunk)
            let count = read(pipes.output, &bytes, bytes.count)
            if count < 0 { break }
            if count == 0 {
                isOutputClosed = true
                break
            }
            output += bytes.prefix(count)
            while let end = output.firstIndex(of: 0x0A) {
                events.append(.line(Data(output[..<end])))
                output = Data(output[output.index(after: end)...])
            }
            guard output.count <= RewardLine.answerLimit else {
                events.append(.failure("it wrote a line of more than \(RewardLine.answerLimit) bytes"))
                break
            }
        } while isLast && events.count < Self.lastLines
        return events
    }

    /// Lines of a program that has ended, at most.
    private static let lastLines = 10_000

    private mutating func readErrors(_ tell: (String) -> Void) {
        var bytes = [UInt8](repeating: 0, count: Self.chunk)
        let count = read(pipes.errors, &bytes, bytes.count)
        if count > 0 { errors += bytes.prefix(count) }
        while let end = errors.firstIndex(of: 0x0A) ?? (errors.count > Self.errorLimit ? errors.startIndex + Self.errorLimit : nil) {
            let line = errors[..<min(end, errors.startIndex + Self.errorLimit)]
            tell(String(decoding: line, as: UTF8.self))
            let isLineEnd = errors[end] == 0x0A
            errors = Data(errors[(isLineEnd ? errors.index(after: end) : end)...])
        }
        if count == 0, !errors.isEmpty {
            tell(String(decoding: errors, as: UTF8.self))
            errors = Data()
        }
    }

    /// Ends it with all that it has started: its guard sees that the life line is closed. To be called once.
    func end() { for descriptor in [pipes.input, pipes.output, pipes.errors, pipes.life] { close(descriptor) } }

    private static func startFailure(_ program: String, _ code: Int32) -> String {
        "'\(RewardLine.shown(program))' can't be started: \(String(cString: strerror(code)))"
    }

    /// The words for a wait status.
    private static func end(_ status: Int32) -> String {
        let signal = status & 0x7F
        return signal == 0 ? "it has ended with exit code \((status >> 8) & 0xFF)" : "it was killed by signal \(signal)"
    }
}
