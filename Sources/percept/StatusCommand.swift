import ArgumentParser
import Foundation
import Telemetry

/// `percept status`: what a run is doing, and who holds it up.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what each rank of a run does or waits for.",
        discussion: "Reads RUN/status.json, which a live run replaces every second; asks nobody anything.")

    @Argument(help: ArgumentHelp("The run folder.", valueName: "run"), completion: .directory)
    var folder: String
    @Flag(help: "Print the status as JSON.") var json = false
    @Option(help: ArgumentHelp("Show it again every so many seconds until the run ends.", valueName: "seconds"))
    var every: Double?

    func validate() throws {
        if let every, !(every > 0 && every <= 86_400) { throw ValidationError("--every must be above 0 and at most 86,400 seconds.") }
    }

    func run() async throws {
        while true {
            let end = try RunEnd.load(fromFolder: folder)
            try show(end)
            guard let every, end == nil else { return }
            try await Task.sleep(for: .seconds(every))
        }
    }

    private func show(_ end: RunEnd?) throws {
        guard let status = try RunStatus.load(fromFolder: folder) else {
            if let end { return print(Self.line(of: end)) }
            throw CommandFailure(
                "\(folder) has no \(RunStatus.fileName): it is no run folder, or its run has not met all its ranks yet")
        }
        if json { return print(try JSONText.encode(status, isIndented: true)) }
        let age = max(0, Date().timeIntervalSince1970 - status.written)
        for line in StatusTable.lines(status, age: age, end: end) { print(line) }
        if let end { print(Self.line(of: end)) }
    }

    private static func line(of end: RunEnd) -> String {
        "the run \(end.status == .finished ? "has" : "was") \(end.status.rawValue) after step \(end.step)"
            + (end.message.map { ": \($0)" } ?? "")
    }
}

/// A status as text.
enum StatusTable {
    /// - Parameters:
    ///   - age: Seconds since the status was written.
    ///   - end: How the run ended, if it has.
    static func lines(_ status: RunStatus, age: Double, end: RunEnd?) -> [String] {
        let seconds = RunDiagnosis.seconds
        var lines = [
            "step \(end?.step ?? min(status.step, status.steps)) of \(status.steps), policy version \(status.publishedVersion), written \(seconds(age)) ago"
        ]
        if let wait = status.wait {
            lines.append(
                "waits for \(wait.what), for \(seconds(wait.seconds)); last progress \(seconds(wait.idleSeconds)) ago (limit \(seconds(wait.limitSeconds)))"
            )
        }
        let queues = status.queues
        lines.append(
            "groups: \(queues.groupsWaiting) waiting, \(queues.groupsInFlight) being sampled, \(queues.groupsUnjudged) being judged, "
                + "\(queues.groupSlotsTaken) of \(queues.groupSlots) slots taken; "
                + "responses: \(queues.responsesWaiting) waiting, \(queues.responsesInFlight) with judges")
        let rows =
            [["rank", "role", "host", "pid", "state", "for", "does", "progress", "versions"]]
            + status.ranks.map { rank in
                [
                    "\(rank.number)", rank.role, rank.host, rank.processID.map(String.init) ?? "-", rank.state, seconds(rank.stateSeconds),
                    rank.activity, rank.progressSeconds.map { "\(seconds($0)) ago" } ?? "-",
                    rank.versions.map(String.init).joined(separator: " "),
                ]
            }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
            lines.append(cells.joined(separator: "  ").trimmingCharacters(in: .whitespaces))
        }
        for (role, count) in status.spawning.sorted(by: { $0.key < $1.key }) { lines.append("\(count) \(role) ranks are being started") }
        for call in status.calls where call.seconds >= 1 {
            lines.append("unanswered for \(seconds(call.seconds)) of \(seconds(call.limitSeconds)): \(call.name) of \(call.peer)")
        }
        for warning in (end == nil ? status.warnings : end?.warnings) ?? [] { lines.append("warning: \(warning.line)") }
        if end == nil, let culprit = RunDiagnosis.culprit(status, age: age) { lines.append("held up: \(culprit)") }
        return lines
    }
}
