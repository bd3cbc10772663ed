import Checkpointing
import Configuration
import ConfigurationReading
import Files
import Foundation
import Telemetry
import TrainingCluster

/// What `percept launch` was asked to start: the command with its arguments, mpirun's options, and the limits of its waits.
struct LaunchPlan {
    /// The run folder.
    let folder: String
    /// True if the first attempt goes on with a run that is there already.
    let isResumed: Bool
    /// What is said of the placement of a run that is continued; nil if it is as the arguments say.
    let placementNote: String?
    /// True if the command only says what it would do.
    let isDryRun: Bool
    /// Restarts in a row without a new checkpoint.
    let maximumRestarts: Int
    /// How long the launcher waits for signs of life; nil for a command that gives none.
    let patience: LaunchPatience?

    private let loaded: LoadedConfiguration
    /// Configuration and arguments for the command.
    private let arguments: [String]
    /// Those that set no key of the configuration.
    private let otherArguments: [String]
    /// What ranks that are started again are told of the commands that they may run.
    private let permission: CommandPermission?
    private let hostfile: String?
    /// The value of `--max-restarts`.
    private let givenRestarts: Int?
    private let mpirunOptions: [String]
    /// The run's own configuration, as the folder has it.
    private let record: FileStamp
    private let environment = ProcessInfo.processInfo.environment

    /// Reads the arguments of `percept launch`.
    ///
    /// - Throws: ``CommandFailure`` for a malformed option or a hostfile that can't be read; `ConfigurationError` for the configuration.
    init(_ given: [String]) throws {
        let ours = given.prefix { $0 != "--" }
        mpirunOptions = Array(given.dropFirst(ours.count + 1))
        var arguments: [String] = []
        var hostfile = environment["PERCEPT_HOSTFILE"].flatMap { $0.isEmpty ? nil : $0 }
        var restarts: Int?
        var resumed: String?
        var rest = ours
        while let argument = rest.popFirst() {
            let sides = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard ["--hostfile", "--max-restarts", "--resume"].contains(sides[0]) else {
                arguments.append(argument)
                continue
            }
            guard let value = sides.count == 2 ? sides[1] : rest.popFirst() else { throw CommandFailure("\(argument) needs a value") }
            switch sides[0] {
            case "--hostfile": hostfile = value
            case "--resume": resumed = value
            default:
                guard let count = Int(value), (0...1_000).contains(count) else {
                    throw CommandFailure("--max-restarts must be a number from 0 to 1000, not '\(value)'")
                }
                restarts = count
            }
        }
        if let hostfile, !FileManager.default.isReadableFile(atPath: hostfile) {
            throw CommandFailure("\(hostfile): the hostfile can't be read")
        }
        if let option = mpirunOptions.first(where: { ["-n", "-np", "--n", "--np", "-c"].contains($0) }) {
            throw CommandFailure(
                "\(option): the number of ranks follows from the placement; give --placement learner=..,rollout=..,judge=..")
        }
        var read = try LaunchArguments(arguments)
        var loaded = try read.load()
        folder = try resumed ?? loaded.text(of: "output")
        let own = try resumed.flatMap { try read.ownPlacement(of: $0, loaded) }
        if let own {
            // Said to the ranks, so that all of them mean the same.
            arguments += ["--placement", own.text]
            read = try LaunchArguments(arguments)
            loaded = try read.load()
        }
        permission = try read.permission(loaded, resuming: resumed)
        record = FileStamp(folder + "/" + RunFolder.configurationFile)
        placementNote = own?.note
        self.loaded = loaded
        if let resumed { arguments += ["--resume", resumed] }
        isResumed = resumed != nil
        isDryRun = arguments.contains("--dry-run")
        self.arguments = arguments
        otherArguments = read.others + (resumed.map { ["--resume", $0] } ?? [])
        self.hostfile = hostfile
        givenRestarts = restarts
        switch loaded {
        case .training(let resolved):
            maximumRestarts = restarts ?? resolved.value.cluster.maxRestarts
            patience = LaunchPatience(resolved.value.cluster)
        case .fineTuning:
            maximumRestarts = 0
            patience = nil
        }
    }

    /// True if the command can go on from a checkpoint.
    var canResume: Bool { if case .training = loaded { true } else { false } }

    /// The step of the newest committed checkpoint.
    var newestCheckpoint: Int? { CheckpointStore(path: folder + "/checkpoints").steps().last }

    /// How many updates that checkpoint holds; nil if there is none that can be read.
    var updateCount: Int? {
        guard let step = newestCheckpoint else { return nil }
        return RunState.updateCount(inFolder: CheckpointStore(path: folder + "/checkpoints").folder(step: step))
    }

    /// What to type to go on.
    var continuation: String {
        var words: [String] = []
        var rest = arguments[...]
        while let word = rest.popFirst() {
            switch word {
            case "--resume", "--output": _ = rest.popFirst()
            case _ where word.hasPrefix("--output="): break
            // Taking the folder from a process that hangs was for that time.
            case "--take-over": break
            default: words.append(word)
            }
        }
        words += ["--resume", folder]
        if let hostfile { words += ["--hostfile", hostfile] }
        if let givenRestarts { words += ["--max-restarts", "\(givenRestarts)"] }
        if !mpirunOptions.isEmpty { words += ["--"] + mpirunOptions }
        return (["percept", "launch"] + words).map(Self.quoted).joined(separator: " ")
    }

    /// The command and its arguments, without the program.
    func commandArguments(isRestart: Bool) -> [String] {
        var words = [loaded.command] + arguments
        guard isRestart else { return words }
        // Once the run has begun it is what its folder says, whatever becomes of the file that it began with. What was laid over that file is in it:
        // laid over once more it may be refused, as a key of a judge's type that another option has replaced.
        if record.hasChanged { words = [loaded.command, folder + "/" + RunFolder.configurationFile] + otherArguments }
        // Those commands and no others, whatever the folder says by then.
        words = words.filter { $0 != "--allow-commands" } + (permission?.passedOn ?? [])
        if !isResumed { words += ["--resume", folder] }
        if !words.contains("--take-over") { words.append("--take-over") }
        return words
    }

    // MARK: - mpirun

    /// True if ranks may be on other hosts than this one.
    var spansHosts: Bool {
        if let hostfile, !Self.namesOnlyThisHost(hostfile) { return true }
        if ["SLURM_JOB_ID", "PBS_NODEFILE", "LSB_JOBID"].contains(where: { environment[$0] != nil }) { return true }
        let options = ["host", "H", "hostfile", "machinefile", "default-hostfile"]
        return mpirunOptions.contains { option in options.contains { option == "-\($0)" || option == "--\($0)" } }
    }

    /// True if every line of a hostfile names this machine.
    private static func namesOnlyThisHost(_ hostfile: String) -> Bool {
        guard let text = try? InputFile.text(hostfile) else { return false }
        let here = ProcessInfo.processInfo.hostName
        let own: Set<String> = ["localhost", "127.0.0.1", here, String(here.prefix { $0 != "." })]
        let hosts = text.split(separator: "\n").compactMap { line in
            line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).first.map { String($0.prefix { $0 != ":" }) }
        }
        return !hosts.isEmpty && hosts.allSatisfy(own.contains)
    }

    /// mpirun with all its arguments.
    func commandLine(isRestart: Bool) throws -> [String] {
        var words = ["mpirun", "-n", "\(loaded.rankCount)"]
        // What is said after `--` wins: mpirun refuses most options that are given twice.
        if !has("bind-to") { words += ["--bind-to", "none"] }
        if !has("nooversubscribe"), !has("oversubscribe") { words.append("--oversubscribe") }
        words.append("--enable-recovery")
        // Our MPI thread sleeps by itself; yielding beside computing threads would cost it whole time slices (cluster/mpi-tests).
        if !mpirunOptions.contains("mpi_yield_when_idle") { words += ["--mca", "mpi_yield_when_idle", "0"] }
        if let hostfile { words += ["--hostfile", hostfile] }
        if spansHosts {
            // The keys of judges behind endpoints: by name, so that no value shows in a list of processes.
            var names = ["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "SWIFT_BACKTRACE", LaunchJournal.variable]
            names += ["OPENBLAS_CORETYPE"].filter { environment[$0] != nil }
            for name in names + loaded.keyVariables { words += ["-x", name] }
        }
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path
        return words + mpirunOptions + [program] + commandArguments(isRestart: isRestart)
    }

    private func has(_ option: String) -> Bool { mpirunOptions.contains { $0 == "-\(option)" || $0 == "--\(option)" } }

    /// How many ranks there are.
    var rankCount: Int { loaded.rankCount }

    /// mpirun's environment: this process's own, with what every rank needs where it is not set.
    func environment(journal: LaunchJournal) -> [String: String] {
        var variables = environment
        // Ranks are the parallelism: one BLAS thread each. A crashed rank is to end at once, so that its peers can tell.
        let defaults = ["OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "SWIFT_BACKTRACE": "enable=no"]
        variables.merge(defaults) { own, _ in own }
        // Containers run as root; mpirun wants to be told that this is meant.
        variables["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
        variables["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
        if !spansHosts {
            // Nothing leaves this machine, and no interface but loopback needs to exist.
            variables["OMPI_MCA_oob_tcp_if_include"] = "lo"
            variables["OMPI_MCA_btl_tcp_if_include"] = "lo"
        }
        variables[LaunchJournal.variable] = journal.path
        return variables
    }

    /// A word as a shell reads it back.
    static func quoted(_ word: String) -> String {
        let plain = word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./=,:+@%".contains($0)) }
        return plain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}

/// How long the launcher waits, and for what.
struct LaunchPatience {
    /// For the first sign of life of an attempt.
    let start: Duration
    /// Between two signs of life.
    let stall: Duration
    /// For mpirun to end once the run has.
    let end: Duration
    /// Between two signs of life of a rank on another host, before the ranks have met.
    let beat: Duration

    /// The limit for commands without limits of their own.
    static let defaultBeat = Duration.seconds(30)

    init(_ cluster: ClusterConfiguration) {
        start = cluster.startupDeadline + cluster.stallDeadline
        stall = cluster.stallDeadline
        // The ranks' own limit for a farewell, and mpirun's time to notice.
        end = cluster.shutdownDeadline * 2 + .seconds(30)
        beat = cluster.workerDeadline
    }
}
