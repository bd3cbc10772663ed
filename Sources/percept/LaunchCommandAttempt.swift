import Checkpointing
import Files
import Foundation
import Glibc
import MessagePassing
import Telemetry

/// How one start of mpirun ended.
struct AttemptEnd {
    /// The end marker, if this attempt wrote one.
    var marker: RunEnd?
    /// Why the start did not become a run, where that was seen.
    var failure: StartWatch.Failure?
    /// True if a rank of this host began to work.
    var hasRanks: Bool
    /// True if the run began: its ranks have met, and it has written its manifest.
    var hasBegun: Bool
    /// True if the launcher ended mpirun because it was asked to stop, before it had seen the run begin.
    var isStoppedAtStart = false
    /// True if another process has taken the run folder since this attempt held it.
    var isTakenOver = false
    /// True if the controller's rank ended by an error that would come again.
    var hasControllerFailed = false
    /// mpirun's exit code; 128 and more if a signal ended it.
    var code: Int32
    /// Why the launcher ended mpirun; nil if it ended by itself.
    var reason: String?
}

/// One start of mpirun, watched to its end.
struct LaunchAttempt {
    private let plan: LaunchPlan
    private let stops: LaunchStops
    private let words: [String]
    private let record: LaunchRecord

    /// Between the end of the controller's process and the sight of its end marker, at most.
    private static let controllerLimit = Duration.seconds(2)
    /// For the other ranks, which were told of the end, and mpirun to follow the controller's process.
    private static let farewellLimit = Duration.seconds(5)
    /// Time for mpirun to end once it is told to end at once.
    private static let killLimit = Duration.seconds(30)

    init(_ plan: LaunchPlan, isRestart: Bool, stops: LaunchStops) throws {
        self.plan = plan
        self.stops = stops
        words = try plan.commandLine(isRestart: isRestart)
        record = try LaunchRecord()
    }

    /// The end marker, if there is one and this attempt wrote it: another run in the same folder ends for itself.
    private var marker: RunEnd? {
        guard record.journal.hasWritten(plan.folder + "/" + RunEnd.fileName) else { return nil }
        return try? RunEnd.load(fromFolder: plan.folder)
    }

    /// Whether this attempt's ranks have met and its run goes on.
    private var hasManifest: Bool { record.journal.hasWritten(plan.folder + "/" + RunManifest.fileName) }

    /// Runs mpirun until it has ended, and everything that it started on this host with it.
    func run() throws -> AttemptEnd {
        StandardOutput.note("+ " + words.map(LaunchPlan.quoted).joined(separator: " "))
        let remote = plan.spansHosts ? try RemoteRanks(record.journal) : nil
        let job = try LaunchedJob(words, environment: plan.environment(journal: record.journal), record: record, remote: remote)
        var sight = Sight(life: LifeSigns(folder: plan.folder))
        let reason = watch(job, remote, &sight)
        let remains = job.killRemains()
        if remains > 0 { LaunchCommand.say("\(remains) processes outlived mpirun on this host and were killed") }
        let code = job.reap()
        remote?.finish()
        let hasBegun = sight.hasBegun || hasManifest
        let lines = record.journal.lines
        if !hasBegun, sight.failure == nil {
            sight.failure = StartWatch.failure(lines.filter { $0.event == .ended && $0.code != 0 }, [])
        }
        for words in StartWatch.words(lines) { Console.standardError.say(words) }
        let generation = Self.leaseGeneration(plan.folder)
        return AttemptEnd(
            marker: marker, failure: hasBegun ? nil : sight.failure, hasRanks: lines.contains { $0.event == .began }, hasBegun: hasBegun,
            isStoppedAtStart: sight.isStoppedAtStart, isTakenOver: sight.generation.map { (generation ?? $0) > $0 } ?? false,
            hasControllerFailed: lines.contains { $0.event == .ended && $0.rank == 0 && $0.code == CommandFailure.exitCode },
            code: code, reason: reason)
    }

    /// What the launcher has seen of an attempt.
    private struct Sight {
        var life: LifeSigns
        var hasBegun = false
        /// The lease's, when the run began.
        var generation: Int?
        var failure: StartWatch.Failure?
        var isStoppedAtStart = false
    }

    /// Waits for mpirun's end, passes stop requests on, and ends what hangs. Returns why the launcher ended it, if it did.
    private func watch(_ job: LaunchedJob, _ remote: RemoteRanks?, _ sight: inout Sight) -> String? {
        var heeded = stops.count
        var ending: ContinuousClock.Instant?
        var ended: ContinuousClock.Instant?
        var controller = ControllerWatch(folder: plan.folder)
        var sockets = LoopbackWatch(job: job, isWanted: !plan.spansHosts)
        var start = StartWatch(record.journal, rankCount: plan.rankCount, remote: remote, limit: plan.patience?.beat)
        while !job.hasEnded {
            sockets.look()
            if !sight.hasBegun, hasManifest {
                sight.hasBegun = true
                sight.life.begin()
                sight.generation = Self.leaseGeneration(plan.folder)
            }
            let count = stops.count
            if count > heeded {
                // Before the run begins there is no step to finish, and ranks that don't know the signal yet would die by it.
                guard sight.hasBegun else {
                    sight.isStoppedAtStart = true
                    job.end()
                    return "asked to stop before the run began"
                }
                if heeded == 0 {
                    LaunchCommand.say("stopping after this step (once more: at once)")
                    job.signal(SIGUSR1)
                }
                if count > 1, ending == nil {
                    LaunchCommand.say("asked to stop once more: ending mpirun")
                    job.signal(SIGTERM)
                    ending = .now
                }
                heeded = count
            }
            if let ending, .now - ending > Self.killLimit {
                job.end()
                return "mpirun did not end within \(Self.killLimit) of a SIGTERM"
            }
            if !sight.hasBegun, let found = start.look(job), !hasManifest {
                sight.failure = found
                LaunchCommand.say("\(found.words): ending mpirun")
                job.end()
                return found.words
            }
            if ended == nil, marker != nil { ended = .now }
            if controller.isGone(from: job, for: ended == nil ? Self.controllerLimit : Self.farewellLimit) {
                let reason =
                    ended == nil ? "the controller's process is gone" : "mpirun waits for ranks that are gone, after the end of the run"
                LaunchCommand.say("\(reason): ending mpirun")
                job.end()
                return reason
            }
            if let patience = plan.patience, let reason = overdue(sight, ended: ended, patience) {
                LaunchCommand.say("\(reason): ending mpirun")
                job.end()
                return reason
            }
            // Before this run has begun whatever happens in its folder is another's.
            if sight.hasBegun { sight.life.look() }
            usleep(100_000)
        }
        return nil
    }

    /// How often the run folder's lease has been taken; nil without one.
    private static func leaseGeneration(_ folder: String) -> Int? {
        let text = try? InputFile.text(folder + "/" + RunLease.fileName)
        let words = text?.split(separator: "\n").first?.split(separator: " ") ?? []
        return words.count == 2 && words[0] == "generation" ? Int(words[1]) : nil
    }

    /// What has been waited for too long.
    private func overdue(_ sight: Sight, ended: ContinuousClock.Instant?, _ patience: LaunchPatience) -> String? {
        if let ended {
            return .now - ended > patience.end ? "mpirun is still there \(patience.end) after the end of the run (\(RunEnd.fileName))" : nil
        }
        let limit = sight.hasBegun ? patience.stall : patience.start
        guard sight.life.silence > limit else { return nil }
        return sight.hasBegun
            ? "no sign of life for \(limit) (cluster.stall_deadline_seconds): no file of \(plan.folder) has changed"
            : "the run has not begun within \(limit) (cluster.startup_deadline_seconds and cluster.stall_deadline_seconds)"
    }
}

/// What a file was when it was looked at.
struct FileStamp {
    private struct Value: Equatable {
        let inode: UInt64
        let size: Int64
        let seconds: Int
        let nanoseconds: Int
    }

    private let path: String
    private var value: Value?

    init(_ path: String) {
        self.path = path
        value = Self.now(path)
    }

    /// Whether there is a file now, another one than then.
    var hasChanged: Bool {
        let current = Self.now(path)
        return current != nil && current != value
    }

    /// Looks again; true if the file has changed.
    mutating func renew() -> Bool {
        guard hasChanged else { return false }
        value = Self.now(path)
        return true
    }

    private static func now(_ path: String) -> Value? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Value(
            inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
    }
}

/// Keeps what mpirun listens at to the loopback interface. It opens its sockets some time after its start, and once.
struct LoopbackWatch {
    private let process: pid_t
    private var remaining: Int

    /// - Parameter isWanted: whether all ranks are on this machine.
    init(job: LaunchedJob, isWanted: Bool) {
        process = job.pid
        remaining = isWanted ? Self.lookCount : 0
    }

    mutating func look() {
        guard remaining > 0 else { return }
        remaining -= 1
        _ = LoopbackSockets.keep(of: process)
    }

    /// Ten seconds of looks.
    private static let lookCount = 100
}

/// Whether the controller's process is still there. Its ranks would notice by its silence, later.
struct ControllerWatch {
    private let path: String
    private var lease: FileStamp
    private var controller: pid_t?
    private var goneSince: ContinuousClock.Instant?

    init(folder: String) {
        path = folder + "/" + RunLease.fileName
        lease = FileStamp(path)
    }

    /// True once a process that held the run's lease and was seen to be one of this host's ranks has been gone for some time.
    mutating func isGone(from job: LaunchedJob, for limit: Duration) -> Bool {
        if lease.renew(), let holder = RunLease.holder(ofFile: path), job.isMember(holder) { controller = holder }
        guard let controller, !job.isMember(controller) else { return false }
        let since = goneSince ?? .now
        goneSince = since
        return .now - since > limit
    }
}

/// When a run was last seen to do anything: by this host's clock, whatever the file system's says.
struct LifeSigns {
    private var files: [FileStamp]
    private var last = ContinuousClock.now

    /// The controller writes its status about every second; the others grow with the run.
    private static let names = ["status.json", "metrics.jsonl", "verdicts.jsonl", RunManifest.fileName]

    init(folder: String) { files = Self.names.map { FileStamp(folder + "/" + $0) } }

    var silence: Duration { .now - last }

    /// The run has begun: whatever it does from now on is a sign.
    mutating func begin() {
        look()
        last = .now
    }

    mutating func look() {
        for index in files.indices where files[index].renew() { last = .now }
    }
}
