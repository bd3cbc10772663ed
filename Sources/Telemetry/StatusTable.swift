import Foundation

/// A status as text.
package enum StatusTable {
    /// - Parameters:
    ///   - status: What was written last.
    ///   - age: Seconds since the status was written.
    ///   - end: How the run ended, if it has.
    package static func lines(_ status: RunStatus, age: Double, end: RunEnd?) -> [String] {
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
