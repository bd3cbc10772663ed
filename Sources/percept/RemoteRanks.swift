import Foundation
import Glibc
import Synchronization
import Telemetry

/// The launcher's ear for ranks on other hosts: it reads the standard error that mpirun passes on, takes what is meant for the journal out of it, and
/// hands on the rest.
final class RemoteRanks: Sendable {
    private struct State {
        var frames = JournalFrames()
        /// When each rank that has not met the others yet was heard of last.
        var heard: [Int: (host: String, at: ContinuousClock.Instant)] = [:]
        var hasEnded = false
    }

    private let journal: LaunchJournal
    private let state = Mutex(State())
    private let reading: Int32
    /// Where mpirun writes.
    let writing: Int32

    /// - Throws: ``CommandFailure`` if the system has no pipe left.
    init(_ journal: LaunchJournal) throws {
        self.journal = journal
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw CommandFailure("no pipe to mpirun: \(String(cString: strerror(errno)))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (reading, writing) = (ends[0], ends[1])
    }

    /// Begins to read, once mpirun has its end.
    func begin() {
        close(writing)
        Thread.detachNewThread { self.read() }
    }

    /// Ranks that have been silent for so long, and have not met the others.
    func silent(for limit: Duration) -> [(rank: Int, host: String)] {
        state.withLock { state in
            state.heard.filter { .now - $0.value.at > limit }.map { ($0.key, $0.value.host) }.sorted { $0.rank < $1.rank }
        }
    }

    /// Waits for the last words of what has ended, two seconds at most: a process that nobody sees may still hold the pipe.
    func finish() {
        for _ in 0..<100 where !state.withLock(\.hasEnded) { usleep(20_000) }
    }

    private func read() {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(reading, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            let (text, lines) = state.withLock { $0.frames.take(buffer[..<count]) }
            for line in lines { hear(line) }
            // Ranks have made their words visible before they wrote them.
            if !text.isEmpty { _ = StandardStream.error.write(text) }
        }
        _ = StandardStream.error.write(state.withLock { $0.frames.finish() })
        close(reading)
        state.withLock { $0.hasEnded = true }
    }

    private func hear(_ line: LaunchJournal.Line) {
        guard let rank = line.rank else { return }
        state.withLock { state in
            switch line.event {
            case .met, .ended: state.heard[rank] = nil
            case .began, .alive: state.heard[rank] = (line.host ?? "another host", .now)
            case .launched: break
            }
        }
        if line.event == .began || line.event == .ended { journal.add(line) }
    }
}
