import ArgumentParser
import Foundation
import Telemetry

/// `percept scale`: more or fewer workers for a live run.
struct ScaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale", abstract: "Start further rollout or judge ranks of a live run, or let some leave.",
        discussion: """
            percept scale runs/a --judges +2 --hosts node3,node4 starts two judges; --judges -1 lets the youngest finish what it holds and leave. \
            The run's digests do not change. Ranks of another host need that host in reach of mpirun's remote shell.
            """)

    @Argument(help: ArgumentHelp("The run folder.", valueName: "run"), completion: .directory)
    var folder: String
    @Option(parsing: .unconditional, help: ArgumentHelp("Rollout ranks to start (+n) or to let go (-n).", valueName: "±n"))
    var rollouts = 0
    @Option(parsing: .unconditional, help: ArgumentHelp("Judge ranks to start (+n) or to let go (-n).", valueName: "±n"))
    var judges = 0
    @Option(help: ArgumentHelp("Where new ranks run, such as node3,node4:2; without it mpirun chooses.", valueName: "hosts"))
    var hosts: String?
    @Option(help: ArgumentHelp("How long to wait until the change is done.", valueName: "seconds"))
    var timeout = 300.0

    /// How long the controller may take to look into its mailbox.
    private static let acceptanceLimit = 20.0

    func validate() throws {
        if rollouts == 0, judges == 0 { throw ValidationError("Say how many: --judges +2, --rollouts -1.") }
        for (name, change) in [("--rollouts", rollouts), ("--judges", judges)] where change.magnitude > UInt(ScaleRequest.largestChange) {
            throw ValidationError("\(name) must be in -\(ScaleRequest.largestChange) ... \(ScaleRequest.largestChange), not \(change).")
        }
        if let fault = hostList.lazy.compactMap(HostPlace.fault(of:)).first { throw ValidationError("--hosts: \(fault).") }
        if hosts != nil, rollouts <= 0, judges <= 0 { throw ValidationError("--hosts is for ranks that are started.") }
        if !(timeout > 0 && timeout <= 86_400) { throw ValidationError("--timeout must be above 0 and at most 86,400 seconds.") }
    }

    func run() async throws {
        if let end = try RunEnd.load(fromFolder: folder) {
            throw CommandFailure(
                "\(folder): the run has ended (\(end.status.rawValue) after step \(end.step)); only a live run can be scaled")
        }
        guard let status = try RunStatus.load(fromFolder: folder) else {
            throw CommandFailure("\(folder) has no \(RunStatus.fileName): it is no run folder, or its run has not met all its ranks yet")
        }
        let age = Date().timeIntervalSince1970 - status.written
        if age > RunDiagnosis.patience {
            throw CommandFailure("\(folder): its run is not live: its controller has written nothing for \(RunDiagnosis.seconds(age))")
        }
        let mailbox = ScaleMailbox(runFolder: folder)
        let name = try mailbox.post(ScaleRequest(rollouts: rollouts, judges: judges, hosts: hostList))
        defer { mailbox.clear(name) }
        try await follow(mailbox, name)
    }

    private var hostList: [String] {
        hosts?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty } ?? []
    }

    private func follow(_ mailbox: ScaleMailbox, _ name: String) async throws {
        let start = ContinuousClock.now
        var isAccepted = false
        while true {
            let elapsed = (ContinuousClock.now - start) / .seconds(1)
            switch mailbox.answer(to: name) {
            case nil where elapsed > Self.acceptanceLimit:
                throw CommandFailure(
                    "\(folder): the controller did not take the request within \(RunDiagnosis.seconds(elapsed)); see percept status")
            case let answer? where answer.state == .done:
                return StandardOutput.print("done after \(RunDiagnosis.seconds(elapsed)): \(answer.message)")
            case let answer? where answer.state == .refused || answer.state == .failed:
                throw CommandFailure("\(folder): \(answer.state.rawValue): \(answer.message)")
            case let answer? where !isAccepted:
                isAccepted = true
                StandardOutput.print("accepted: \(answer.message) now")
            default: break
            }
            guard elapsed < timeout else {
                throw CommandFailure("\(folder): not done after \(RunDiagnosis.seconds(elapsed)); it goes on, see percept status")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
