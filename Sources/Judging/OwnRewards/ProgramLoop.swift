import Endpoints
import Foundation
import Glibc
import Telemetry
import Trajectories

/// The thread of a ``RewardProgram``: starts it, asks it, reads it, ends it.
final class ProgramLoop {
    private typealias Queue = ProgramQueue<CheckedContinuation<OwnRewardValue, Never>>

    private let name: String
    private let settings: RewardProgramSettings
    private let link: ProgramLink
    private let log: Log
    private let schedule: RetrySchedule
    private let start = ContinuousClock.now
    private var queue: Queue
    private var program: RunningProgram?
    /// Whether the program has begun, and until when it may take to.
    private var hasBegun = false
    private var beginLimit = Duration.zero
    /// Failures since the last answer, the last one's reason, and from when on the program may be started again.
    private var failures = 0
    private var restartAt = Duration.zero
    /// Guards of programs that were ended, and when they are killed if they are still there.
    private var ending: [(process: pid_t, limit: Duration)] = []
    private var words: ProgramWords
    private var starting: CheckedContinuation<String?, Never>?

    /// For a program to be started.
    private static let startLimit = Duration.seconds(60)
    /// For a guard to kill what it guards.
    private static let endLimit = Duration.seconds(15)
    /// Between two looks at guards that are to end.
    private static let look = Duration.milliseconds(10)
    /// A program that has failed so often without an answer is hopeless for now: nobody waits for it.
    private static let patience = 5

    init(name: String, _ settings: RewardProgramSettings, _ link: ProgramLink, _ log: Log) {
        self.name = name
        self.settings = settings
        self.link = link
        self.log = log
        schedule = RetrySchedule(bounds: settings.backOff)
        queue = Queue(concurrency: settings.concurrency, deadline: settings.deadline, attempts: settings.attempts)
        words = ProgramWords(name: name, log: log)
    }

    private var now: Duration { .now - start }

    /// Works until it is ended.
    func run() {
        // A program that closes its input is a failed write, not a signal to the process.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        while true {
            for order in link.take() {
                switch order {
                case .start(let continuation):
                    starting = continuation
                    begin()
                case .ask(let question, let continuation): queue.submit(question, continuation)
                case .end(let continuation):
                    finish()
                    return continuation.resume()
                }
            }
            reap()
            keepTime()
            ask()
            sleep()
            hear()
        }
    }

    // MARK: - The program's life

    private func begin() {
        do throws(RewardGuard.StartFailure) {
            program = try RunningProgram(settings.command, variables: settings.variables)
            hasBegun = false
            beginLimit = now + Self.startLimit
        } catch {
            fail("its guard can't be started: \(error.reason)")
        }
    }

    /// The program is ended and what it was asked is asked again or given up.
    ///
    /// - Parameter suspects: the questions that may be at fault; nil for all.
    private func fail(_ reason: String, suspects: Set<Int>? = nil) {
        endProgram()
        failures += 1
        restartAt = now + schedule.delay(retry: failures, retryAfter: nil, chance: 0.5)
        log.warning("a reward's program failed", ["part": name, "reason": reason, "failures": failures])
        if let starting {
            starting.resume(returning: reason)
            self.starting = nil
        }
        for ticket in queue.failed(suspects: suspects) { ticket.answer.resume(returning: .unknown(reason)) }
        guard failures >= Self.patience else { return }
        for ticket in queue.removeAll() {
            ticket.answer.resume(returning: .unknown("the program failed \(failures) times in a row, the last time because \(reason)"))
        }
    }

    private func endProgram() {
        guard let ended = program else { return }
        ended.end()
        ending.append((ended.process, now + Self.endLimit))
        program = nil
    }

    /// Takes note of guards that have ended.
    private func reap() {
        ending = ending.filter { entry in
            if now > entry.limit { kill(-entry.process, SIGKILL) }
            var status: Int32 = 0
            return waitpid(entry.process, &status, WNOHANG) == 0
        }
    }

    private func finish() {
        endProgram()
        link.close()
        for ticket in queue.removeAll() { ticket.answer.resume(returning: .unknown("the program was ended with its rank")) }
        starting?.resume(returning: "it was ended")
        while !ending.isEmpty {
            reap()
            if !ending.isEmpty { usleep(5_000) }
        }
    }

    // MARK: - Questions and answers

    private func keepTime() {
        let overdue = queue.overdue(at: now)
        if program != nil, !overdue.isEmpty {
            fail("it gave no answer within \(settings.deadline) (deadline_seconds)", suspects: overdue)
        } else if program != nil, !hasBegun, now > beginLimit {
            fail("it has not begun within \(Self.startLimit)")
        }
    }

    private func ask() {
        if program == nil, queue.hasWaiting, now >= restartAt { begin() }
        guard hasBegun else { return }
        while program != nil, let ticket = queue.next(at: now) {
            program?.write(RewardLine.text(ticket.question, id: ticket.id, part: name))
        }
        program?.flush(at: now)
    }

    /// Waits for something to do.
    private func sleep() {
        var polled = [pollfd(fd: link.bell, events: Int16(POLLIN), revents: 0)] + (program?.polled ?? [])
        var limits = [queue.nextDeadline].compactMap(\.self)
        if program == nil, queue.hasWaiting { limits.append(restartAt) }
        if program != nil, !hasBegun { limits.append(beginLimit) }
        if let due = program?.dueAt { limits.append(due) }
        if !ending.isEmpty { limits.append(now + Self.look) }
        let wait = limits.min().map { max(0, min(60_000, Int32(($0 - now) / .milliseconds(1)) + 1)) } ?? 60_000
        poll(&polled, nfds_t(polled.count), wait)
    }

    private func hear() {
        guard let events = program?.look(at: now, { words.tell($0, at: now) }) else { return }
        for event in events {
            switch event {
            case .began:
                hasBegun = true
                starting?.resume(returning: nil)
                starting = nil
            case .line(let line): hear(line)
            case .failure(let reason): fail(reason)
            }
            // Whatever else it has said was said by a program that is no more.
            guard program != nil else { return }
        }
    }

    private func hear(_ line: Data) {
        let shown = { RewardLine.shown(String(decoding: line, as: UTF8.self)) }
        guard let answer = RewardLine.answer(line) else { return fail("it wrote what is no answer: '\(shown())'") }
        guard let id = answer.id, let ticket = queue.answered(id) else {
            return fail("it answered what it was not asked, or twice: '\(shown())'")
        }
        failures = 0
        ticket.answer.resume(returning: answer.value)
    }
}

/// A program's standard error in the log: so many lines a minute, each visible and short.
struct ProgramWords {
    private let name: String
    private let log: Log
    private var since = Duration.zero
    private var told = 0
    private var leftOut = 0

    private static let limit = 100
    private static let interval = Duration.seconds(60)

    init(name: String, log: Log) {
        self.name = name
        self.log = log
    }

    mutating func tell(_ line: String, at now: Duration) {
        if now - since >= Self.interval {
            if leftOut > 0 { log.warning("lines of a reward's program were left out", ["part": name, "lines": leftOut]) }
            (since, told, leftOut) = (now, 0, 0)
        }
        guard told < Self.limit else {
            leftOut += 1
            return
        }
        told += 1
        log.notice("a reward's program says", ["part": name, "text": line])
    }
}
