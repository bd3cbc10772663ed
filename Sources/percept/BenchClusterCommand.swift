import ArgumentParser
import Foundation
import Tasks
import Telemetry
import TrainingCluster

/// `percept bench cluster`: what directing a run costs, measured with simulated work, and whether a rough time changes what comes out.
struct BenchClusterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster", abstract: "Measure the control of a run with many simulated workers, calm or in a storm.",
        discussion: """
            Controller, workers, frames and records are real and all in this process; sampling, judging and training are cheap pure functions. \
            With --storm, ranks are cut off, killed and replaced, messages are late, overtaken, lost and damaged, workers stand still, fail and \
            deliver twice; then a calm run is made too, and both must have the same digests. It ends with 1 if they differ, if something that \
            the controller holds is beyond its bound or, in a storm of at least 1,000 groups, if resident memory is not level within 5 %.
            """)

    @Option(help: "The configuration that everything else is taken from.", completion: .file()) var config =
        "configs/\(TaskKind.embedded[0].word).yaml"
    @Option(help: "Rollout and judge ranks together, half each.") var workers = 64
    @Option(help: "Groups to train on in all.") var groups = 2000
    @Option(help: "Groups of one step.") var groupsPerStep = 50
    @Option(help: "Members of a group.") var groupSize = 4
    @Option(help: "Steps that sampling runs ahead of learning.") var staleness = 1
    @Option(help: "The longest time of a member and of a judge's call, in milliseconds; 20 in a storm, else 0.") var work: Double?
    @Option(help: "Of problems, work and misfortunes.") var seed = 1
    @Flag(help: "Let ranks and messages suffer, and compare with a calm run.") var storm = false
    @Flag(help: "Tell what happens on standard error.") var verbose = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard workers >= 2, groupsPerStep >= 1, groups >= groupsPerStep, groupSize >= 1, staleness >= 0, seed >= 0 else {
            throw ValidationError("there must be at least 2 workers, and a step's groups")
        }
        if let work, !(0...60_000).contains(work) { throw ValidationError("--work must be 0 ... 60000 milliseconds, not \(work).") }
    }

    func run() async throws {
        let found = try await measure(isStormy: storm)
        let calm = storm ? try await measure(isStormy: false) : found
        let faults = faults(found, calm)
        StandardOutput.print(try json ? JSONText.encode(found, isIndented: true) : table(found))
        for fault in faults { CommandFailure.tell(CommandFailure(fault)) }
        if !faults.isEmpty { throw ExitCode(1) }
    }

    private func measure(isStormy: Bool) async throws -> SimulatedRun.Report {
        var plan = SimulatedRun.Plan()
        (plan.rollouts, plan.judges) = (workers / 2, workers - workers / 2)
        (plan.groupsPerStep, plan.groupSize, plan.steps) = (groupsPerStep, groupSize, groups / groupsPerStep)
        (plan.staleness, plan.seed, plan.isStormy) = (staleness, UInt64(seed), isStormy)
        plan.pace.longest = .milliseconds(work ?? (isStormy ? 20 : 0))
        if isStormy { (plan.pace.duplicatesPerMille, plan.pace.stallsPerMille, plan.pace.failuresPerMille) = (20, 3, 2) }
        let folder = FileManager.default.temporaryDirectory.appending(path: "percept-bench-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await SimulatedRun(plan, files: [config], folder: folder, log: verbose ? Log() : Log { _ in }).run()
    }

    private func faults(_ found: SimulatedRun.Report, _ calm: SimulatedRun.Report) -> [String] {
        var faults: [String] = []
        for report in [found, calm] where report.status != "finished" {
            faults.append("a run ended as \(report.status): \(report.message ?? "without a message")")
        }
        if found.digests != calm.digests { faults.append("the storm changed the digests") }
        let slots = (staleness + 1) * groupsPerStep
        let bounds = [
            ("groups in work", found.peak.slotsTaken, slots), ("problems kept", found.peak.problems, slots),
            ("trajectories kept", found.peak.trajectories, slots * groupSize),
            ("responses that wait", found.peak.responsesWaiting, slots * groupSize),
            ("responses with judges", found.peak.responsesInFlight, slots * groupSize), ("differing duplicates", found.peak.mismatches, 0),
            // Each worker delivers one thing at a time; the controller has at most a few calls to each.
            ("calls that the controller runs", found.peak.callsIn, 4 * found.peak.ranks + 64),
            ("calls that the controller waits for", found.peak.callsOut, 8 * found.peak.ranks + 64),
        ]
        for (name, value, bound) in bounds where value > bound { faults.append("\(name): \(value), more than \(bound)") }
        if storm, groups >= 1000 {
            let growth = Double(found.residentAtEnd) / Double(max(found.residentAtFifth, 1)) - 1
            if abs(growth) > 0.05 { faults.append("resident memory changed by \(percent(growth)) after the first fifth") }
        }
        return faults
    }

    private func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }

    private func table(_ report: SimulatedRun.Report) -> String {
        func number(_ value: Double) -> String { value < 10 ? "\((value * 100).rounded() / 100)" : "\(Int(value.rounded()))" }
        let growth = Double(report.residentAtEnd) / Double(max(report.residentAtFifth, 1)) - 1
        var lines = [
            "workers          \(workers / 2) rollouts, \(workers - workers / 2) judges, ready after \(number(report.startSeconds)) s",
            "groups           \(report.groups) of \(groupSize) in \(number(report.seconds)) s: \(number(report.groupsPerSecond)) groups/s",
            "frames           \(report.frames): \(number(report.framesPerSecond))/s",
            "memory           \(report.residentAtFifth >> 20) MiB after a fifth, \(report.residentAtEnd >> 20) MiB at the end (\(percent(growth)))",
            "at most          \(report.peak.slotsTaken) groups in work, \(report.peak.trajectories) trajectories kept, "
                + "\(report.peak.responsesWaiting) responses waiting, \(report.peak.callsIn) calls in, \(report.peak.callsOut) calls out",
        ]
        if storm {
            lines += [
                "storm            \(report.cuts) cuts, \(report.kills) kills; \(report.late) frames late, \(report.lost) lost, "
                    + "\(report.damaged) damaged",
                "remedies         \(report.peak.reissued) handed out again, \(report.peak.duplicates) duplicates, "
                    + "\(report.peak.mismatches) of them different",
            ]
        }
        return lines.joined(separator: "\n")
    }
}
