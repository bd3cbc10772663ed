import Files
import Foundation
import Glibc
import MessagePassing
import Synchronization
import Telemetry

/// mpirun as a child in a session of its own.
///
/// A session, because mpirun must not get the terminal's Ctrl-C, which would kill the ranks before they have saved anything; and because
/// it names what mpirun has started on this host: ranks have process groups of their own, but stay in its session.
final class LaunchedJob {
    /// mpirun's process, and with it the session's number.
    let pid: pid_t

    /// - Parameters:
    ///   - record: mpirun holds its lock too, so that it outlasts whichever of the two lives longer.
    ///   - remote: hears what comes from other hosts; nil where there are none.
    /// - Throws: ``CommandFailure`` if the program can't be started.
    init(_ words: [String], environment: [String: String], record: LaunchRecord, remote: RemoteRanks?) throws {
        do throws(JobProcess.StartFailure) {
            pid = try JobProcess.start(words, environment: environment, inherited: record.descriptor, errors: remote?.writing)
        } catch {
            throw CommandFailure("\(words[0]) can't be started: \(error.reason); is Open MPI installed (cluster/setup)?")
        }
        record.journal.add(.init(.launched, process: pid))
        remote?.begin()
    }

    /// Whether mpirun has ended. Its process number stays taken until ``reap()``.
    var hasEnded: Bool {
        var info = siginfo_t()
        return waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_signo == SIGCHLD
    }

    func signal(_ number: Int32) { kill(pid, number) }

    /// Lets mpirun end its ranks on all hosts, which takes it about two seconds, or kills it after five: it may wait for a host that is gone.
    func end() {
        signal(SIGTERM)
        for _ in 0..<50 where !hasEnded { usleep(100_000) }
        if !hasEnded { signal(SIGKILL) }
    }

    /// Kills what is left of the session on this host, and waits for its end, 10 s at most.
    ///
    /// - Returns: how many processes there were.
    func killRemains() -> Int {
        var seen: Set<pid_t> = []
        for _ in 0..<200 {
            let members = members()
            if members.isEmpty { break }
            for member in members {
                seen.insert(member)
                kill(member, SIGKILL)
            }
            usleep(50_000)
        }
        return seen.count
    }

    /// mpirun's exit code, 128 and the signal's number if one killed it.
    func reap() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    /// Whether a process lives on this host and is one of the session's.
    func isMember(_ candidate: pid_t) -> Bool {
        guard candidate != pid, let status = ProcessStatus(candidate) else { return false }
        return !status.hasEnded && status.session == pid
    }

    /// Living processes of the session but mpirun itself.
    func members() -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter(isMember)
    }
}

/// Requests to stop, counted from the signals that this process gets.
final class LaunchStops {
    private let counter: Counter
    private let sources: [any DispatchSourceSignal]

    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }

    init() {
        let counter = Counter()
        self.counter = counter
        let queue = DispatchQueue(label: "percept.launch.signals")
        sources = StopSignals.numbers().map { number in
            Glibc.signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { counter.value.add(Int(source.data), ordering: .relaxed) }
            source.resume()
            return source
        }
    }

    deinit { for source in sources { source.cancel() } }

    var count: Int { counter.value.load(ordering: .relaxed) }

    /// Waits; false if a request came before or meanwhile.
    func wait(seconds: Double) -> Bool {
        let end = ContinuousClock.now + .seconds(seconds)
        while count == 0, .now < end { usleep(50_000) }
        return count == 0
    }
}
