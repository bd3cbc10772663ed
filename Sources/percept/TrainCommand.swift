import ActorRuntime
import ArgumentParser
import Checkpointing
import Configuration
import ConfigurationReading
import Footprints
import Foundation
import Telemetry
import TrainingCluster

/// `percept train`: GRPO with the visual perception reward.
struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a policy by reinforcement learning: under mpirun one role a rank, otherwise all roles in this process.")

    @OptionGroup var options: RunOptions
    @Option(help: "Override training.seed.") var seed: Int?
    @Option(help: ArgumentHelp("Go on with a run from its newest checkpoint.", valueName: "run"), completion: .directory) var resume:
        String?
    @Flag(help: "With --resume: take the run folder even from a process that still holds it, which hangs or is cut off.")
    var takeOver = false
    @Flag(help: "Say what each rank will hold in memory and whether it fits, and stop. Reads config.json files, no weights.")
    var dryRun = false
    @Flag(help: "Print the dry run as JSON.")
    var json = false
    @Option(help: ArgumentHelp("The memory of one rank, such as 16GiB, in place of what this machine has.", valueName: "size"))
    var memoryPerRank: ByteSize?

    @OptionGroup var commands: CommandOptions
    @OptionGroup var alone: AloneOption

    @Option(help: .hidden) var recruit: Recruit?

    func validate() throws {
        if json, !dryRun { throw ValidationError("--json belongs to --dry-run.") }
        if takeOver, resume == nil { throw ValidationError("--take-over belongs to --resume.") }
    }

    func run() async throws {
        let log = Log()
        if !dryRun { try alone.check() }
        let configuration = try resolved()
        if dryRun { return try DryRun.run(configuration, memoryPerRank: memoryPerRank?.byteCount, asJSON: json) }
        let permission = try permission(configuration)
        let launcher = ClusterLauncher(
            rankCount: configuration.placement.rankCount, startupDeadline: configuration.cluster.startupDeadline,
            shutdownDeadline: configuration.cluster.shutdownDeadline, batch: recruit?.batch,
            recruitArguments: ["train", configuration.output + "/" + RunFolder.configurationFile] + permission.passedOn)
        if recruit == nil {
            try configuration.placement.check(worldSize: launcher.startedRankCount)
            if let resume {
                let check = ResumeCheck(folder: resume)
                // A launcher's attempt may have been killed before it wrote anything that could be compared: it begins again.
                if !takeOver || check.hasRun { try check.check(configuration) }
            }
        }
        // A recruit finds the folder of the run that it joins.
        let launch = try RankHost.Launch(
            configuration: configuration, isResumed: resume != nil || recruit != nil, takesOver: takeOver,
            command: CommandLine.arguments, version: Version.current, memory: recruit == nil ? budget(configuration) : nil)
        let stop = StopRequest()
        // A run that goes on after its drill is not killed again.
        let drill = resume == nil ? try Drill.requested() : nil
        let signals = StopSignals(stop, log: log)
        defer { signals.cancel() }
        @Sendable func join(_ role: Role, _ transport: any Transport) async throws -> SeatEnd {
            let place = RankHost.Place.recruit(role, controller: transport.peers[0])
            return try await RankHost(launch, place: place, transport: transport, stop: stop, log: log).run().seatEnd
        }
        try await launcher.run(recruit: { role, transport in _ = try await join(role, transport) }) { [recruit] seat in
            if let recruit { return try await join(recruit.role, seat.transport) }
            return try await RankHost(
                launch, transport: seat.transport, stop: stop, spawner: seat.spawner, log: log, saveObserver: drill?.observer,
                refusals: ClusterLauncher.refusals
            ).run().seatEnd
        }
    }

    /// What the ranks that this process is, or stands beside, may take together.
    private func budget(_ configuration: RunConfiguration) -> MemoryBudget? {
        if let memoryPerRank { return .perRank(memoryPerRank.byteCount) }
        guard let memory = HostMemory.current() else { return nil }
        guard let place = JobPlace.current else {
            return .host(memory, ranks: 0..<configuration.placement.rankCount, sharesProcess: true)
        }
        return .host(memory, ranks: place.hostRanks, sharesProcess: false)
    }

    /// Whether the commands of the configuration may run.
    private func permission(_ configuration: RunConfiguration) throws -> CommandPermission {
        try CommandPermission(
            configuration, given: try RunConfiguration.load(files: [options.config], overrides: try ownOverrides()), file: options.config,
            isAllowed: commands.allowCommands, allowedDigest: commands.allowedCommands)
    }

    /// What the options of this call lay over the file.
    private func ownOverrides() throws -> [ConfigurationOverride] {
        var overrides = try options.overrides()
        if let seed { overrides.append(ConfigurationOverride(path: "training.seed", value: "\(seed)", option: "--seed")) }
        // A resumed run goes on in its own folder.
        if let resume { overrides.append(ConfigurationOverride(path: "output", value: resume, option: "--resume")) }
        return overrides
    }

    private func resolved() throws -> RunConfiguration {
        var overrides = try ownOverrides()
        let configuration = try RunConfiguration.load(files: [options.config], overrides: overrides).value
        guard let resume else { return configuration }
        var notes: [String] = []
        if let own = try ResumedPlacement(
            folder: resume, overrides: overrides, given: configuration.placement,
            rankCount: recruit == nil ? JobPlace.current?.rankCount : nil)
        {
            notes.append(own.note)
            overrides += try PlacementConfiguration.overrides(parsing: own.text)
        }
        let values = try ResumedValues(folder: resume, file: options.config, overrides: overrides)
        notes += [values.note].compactMap(\.self)
        if recruit == nil, (JobPlace.current?.rank ?? 0) == 0 { for note in notes { Console.standardError.say(note) } }
        return values.configuration
    }
}

extension RankHost.Outcome {
    /// An interrupted run ends with code 1: it can go on. One that gave up ends with code 2 and its reason, as one that never began.
    fileprivate var seatEnd: SeatEnd {
        switch end?.status {
        case .interrupted: return SeatEnd(canFinalize: canFinalize, code: 1)
        case .failed:
            CommandFailure.tell(ClusterError(end?.message ?? "the run failed"))
            return SeatEnd(canFinalize: canFinalize, code: CommandFailure.exitCode)
        case .finished, .stopped, nil: return SeatEnd(canFinalize: canFinalize)
        }
    }
}

/// What a rank that a run starts by itself is to do: `judge:2`, a role and the number of the batch.
struct Recruit: ExpressibleByArgument {
    let role: Role
    let batch: UInt32

    init?(argument: String) {
        let parts = argument.split(separator: ":")
        guard parts.count == 2, let role = Role(rawValue: String(parts[0])), role != .learner, let batch = UInt32(parts[1]), batch > 0
        else {
            return nil
        }
        (self.role, self.batch) = (role, batch)
    }
}
