import ArgumentParser
import Checkpointing
import Foundation
import Glibc
import Telemetry
import TrainingCluster

/// `percept launch`: trains under mpirun, and starts again what was interrupted or killed.
///
/// ```
///   mpirun in a session of its own ─► ended? ─► what is left of its session is killed ─► LaunchVerdict ─► exit code
///        ▲                                                                                   │
///        └──────────────────────── --resume RUN --take-over, from the last checkpoint ◄──────┘ restart
/// ```
struct LaunchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "launch", abstract: "Train under mpirun with one rank for each place, and restart what was killed.",
        usage: "percept launch <config> [<arguments of train or sft>] [--hostfile <file>] [--max-restarts <n>] [-- <mpirun options>]",
        discussion: """
            Starts mpirun with one rank for each place of the configuration and watches the run. A run that ends as interrupted, that is killed, \
            or that shows no sign of life for cluster.stall_deadline_seconds goes on from its last checkpoint, at most \
            cluster.max_restarts times in a row without a new checkpoint. Bad input and failures that would come again are not retried.

              --hostfile <file>      run on these hosts (mpirun's format; the same paths must exist on all of them)
              --max-restarts <n>     in place of cluster.max_restarts
              -- <mpirun options>    whatever follows goes to mpirun, before the program

            SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1 or SIGUSR2: the run finishes its step, writes a checkpoint and ends; a second one ends it at once.
            Exit code: 0 if RUN/run.end.json says that the run finished (or stopped, when asked to), 2 for bad input, 1 otherwise.
            """)

    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("See above.", visibility: .hidden), completion: .file())
    var arguments: [String] = []

    func run() async throws {
        // What is passed through is not looked at by the parser.
        if ["--help", "-h"].contains(arguments.first) { throw CleanExit.helpRequest(self) }
        let plan = try LaunchPlan(arguments)
        if let note = plan.placementNote { Self.say(note) }
        // What the command would refuse is refused once and before anything starts, and its dry run needs no ranks.
        var command = try Percept.parseAsRoot(plan.commandArguments(isRestart: false))
        if plan.isDryRun {
            if var command = command as? any AsyncParsableCommand { return try await command.run() }
            return try command.run()
        }
        if !plan.isResumed { try RunStart.checkFresh(plan.folder, canResume: plan.canResume) }
        let stops = LaunchStops()
        let code = try supervise(plan, stops)
        if code != 0 { throw ExitCode(code) }
    }

    /// Runs attempts until one ends for good; returns the exit code.
    private func supervise(_ plan: LaunchPlan, _ stops: LaunchStops) throws -> Int32 {
        var restarts = RestartCount(maximum: plan.maximumRestarts)
        restarts.begin(updates: plan.updateCount)
        var isRestart = false
        var lostStarts = 0
        while true {
            let attempt = try LaunchAttempt(plan, isRestart: isRestart, stops: stops)
            let end = try attempt.run()
            let verdict = LaunchVerdict(
                end, isFirst: !isRestart, lostStarts: lostStarts, isAskedToStop: stops.count > 0, canResume: plan.canResume)
            lostStarts = end.hasBegun ? 0 : lostStarts + 1
            switch verdict {
            case .finished: return 0
            case .stopped:
                Self.say("stopped; go on with: \(plan.continuation)")
                return stops.count > 0 ? 0 : 1
            case .notBegun:
                Self.say("asked to stop before the run began: nothing was changed; the same command starts it")
                return 0
            case .badInput: return CommandFailure.exitCode
            case .failed(let reason):
                Self.say(reason)
                return 1
            case .restart(let reason):
                guard let restart = restarts.next(updates: plan.updateCount) else {
                    Self.say(
                        "\(reason); that was the last of \(plan.maximumRestarts) restarts without a new checkpoint. "
                            + "When the cause is gone, go on with: \(plan.continuation)")
                    return 1
                }
                let place = plan.newestCheckpoint.map { "from the checkpoint of step \($0)" } ?? "from the start, as there is no checkpoint"
                let pause = restart.pause > 0 ? ", in \(restart.pause) s" : ""
                Self.say("\(reason); restart \(restart.number) of \(plan.maximumRestarts) \(place)\(pause)")
                guard stops.wait(seconds: Double(restart.pause)) else {
                    Self.say("asked to stop between two attempts; go on with: \(plan.continuation)")
                    return 1
                }
                isRestart = true
            }
        }
    }

    /// One line on standard error.
    static func say(_ text: String) { Console.standardError.say("percept launch: \(text)") }
}
