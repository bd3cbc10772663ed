import Tasks
import Distributed
import Endpoints
import Telemetry
import Trajectories

extension Controller {
    /// Says which warnings begin and end.
    func say(_ changes: [RunWarnings.Change?], step: Int) {
        for change in changes {
            switch change {
            case .said(let warning):
                log.warning(
                    "a warning begins",
                    ["warning": warning.name.rawValue, "step": step, "what": warning.text, "remedy": warning.name.remedy])
            case .ended(let warning):
                log.notice("a warning ends", ["warning": warning.name.rawValue, "step": step, "since": warning.since])
            case nil: break
            }
        }
    }

    /// What is wrong with the data, as this launch has found them.
    func sayWhatIsLeftOut() {
        let reports = [("data.train", inputs.train, trainProblems), ("data.validation", inputs.validation, validationProblems)]
            .flatMap { name, source, usable in
                [source?.losses, usable?.leftOut?.summary].compactMap(\.self).map { "\(name): \($0)" }
            }
        say([health.set(.dataLines, reports.isEmpty ? nil : reports.joined(separator: "; "), step: completed.step)], step: completed.step)
    }

    /// What the judges' endpoints have told about themselves.
    func observeEndpoints(_ total: EndpointCounters, step: Int) {
        let left = total.abandoned.sorted { $0.key < $1.key }.map { "\($0.key) is asked no more: \($0.value)" }
        let reply = total.startReply.map {
            "the judge's reply to the question of the start can't be read: \($0.isEmpty ? "it is empty" : $0)"
        }
        say(
            [
                health.set(.judgeReply, reply, step: step),
                health.set(.judgeLeft, left.isEmpty ? nil : left.joined(separator: "; "), step: step),
            ], step: step)
    }
}
