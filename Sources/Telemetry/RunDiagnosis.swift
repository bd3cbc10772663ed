/// What keeps a run from going on, as far as its status tells.
package enum RunDiagnosis {
    /// Without progress for so long, a run that should move is looked at closely.
    package static let patience = 10.0
    /// Without progress for so long, a role that can take no work is named.
    private static let hesitation = 1.0

    /// Names the culprit, gravest first; nil while the run moves.
    ///
    /// - Parameters:
    ///   - status: The run's last status.
    ///   - age: Seconds since it was written.
    ///   - patience: Seconds without progress that are looked at closely.
    package static func culprit(_ status: RunStatus, age: Double, patience: Double = patience) -> String? {
        let controller = status.ranks.first { $0.number == 0 }
        func place(_ rank: RunStatus.Rank) -> String {
            let process = rank.processID.map { ", process \($0)" } ?? ""
            return "rank \(rank.number) (\(rank.role) on \(rank.host)\(process))"
        }
        if age > patience {
            return
                "the controller, \(controller.map(place) ?? "rank 0"), has written nothing for \(seconds(age)): it is gone, stopped or cut off"
        }
        if status.controllerSeconds > patience {
            return
                "the controller, \(controller.map(place) ?? "rank 0"), has not looked after its work for \(seconds(status.controllerSeconds))"
        }
        if let learner = status.ranks.first(where: { $0.role == "learner" && ($0.state == "lost" || $0.state == "suspect") }) {
            return "\(place(learner)) has been silent for \(seconds(learner.stateSeconds)); without it the run is interrupted"
        }
        guard let wait = status.wait else { return nil }
        for role in ["rollout", "judge"] {
            let members = status.ranks.filter { $0.role == role && $0.state != "left" }
            if wait.idleSeconds > hesitation, members.allSatisfy({ ["suspect", "stuck", "lost", "leaving"].contains($0.state) }) {
                let states = members.map { "rank \($0.number) on \($0.host): \($0.state) for \(seconds($0.stateSeconds))" }
                return "no \(role) rank can take work (\(states.joined(separator: ", ")))"
            }
        }
        guard wait.idleSeconds > patience else { return nil }
        let holders = status.ranks.filter { $0.held > 0 || ($0.role == "learner" && $0.activity != "idle") }
        if let slowest = holders.max(by: { ($0.progressSeconds ?? $0.stateSeconds) < ($1.progressSeconds ?? $1.stateSeconds) }) {
            return "\(place(slowest)) \(slowest.activity) without progress for \(seconds(slowest.progressSeconds ?? slowest.stateSeconds))"
        }
        if let call = status.calls.first {
            return "\(call.peer) has not answered \(call.name) for \(seconds(call.seconds)) (limit \(seconds(call.limitSeconds)))"
        }
        if let waiting = status.ranks.first(where: { $0.activity.hasPrefix("waits") && $0.state != "left" }) {
            return "\(place(waiting)) \(waiting.activity) and has not got on for \(seconds(wait.idleSeconds))"
        }
        return "nothing has made progress for \(seconds(wait.idleSeconds)) while waiting for \(wait.what)"
    }

    /// Seconds for people: `0.4 s`, `12 s`. A file may say any number.
    package static func seconds(_ value: Double) -> String {
        guard value >= 10 else { return "\((value * 10).rounded() / 10) s" }
        return value < 0x1p53 ? "\(Int(value.rounded())) s" : "\(value) s"
    }
}
