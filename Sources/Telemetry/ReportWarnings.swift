/// The warnings of a run, atop its report: those that lasted to the end with what was wrong, and those that had ended before.
struct ReportWarnings {
    /// A warning from the step at which it began to the last step that it lasted.
    private struct Period {
        let name: RunWarning.Name
        let since: Int
        var last: Int
    }

    private let periods: [Period]
    private let lasting: [RunWarning]
    private let lastStep: Int

    /// - Parameters:
    ///   - records: the run's steps, in order.
    ///   - end: how it ended, if it has.
    init(records: [MetricRecord], end: RunEnd?) {
        var periods: [Period] = []
        for record in records {
            for name in RunWarning.Name.allCases {
                guard let since = record.number(RunWarning.metric(name)).flatMap({ Int(exactly: $0) }) else { continue }
                if let place = periods.firstIndex(where: { $0.name == name && $0.since == since }) {
                    periods[place].last = record.step
                } else {
                    periods.append(Period(name: name, since: since, last: record.step))
                }
            }
        }
        self.periods = periods
        lasting = end?.warnings ?? []
        lastStep = records.last?.step ?? 0
    }

    /// The box; nothing without warnings.
    func html() -> String {
        let known = Set(lasting.map(\.name))
        var rows = lasting.map { row($0.name, "since step \($0.since)", $0.text) }
        rows += periods.filter { $0.last == lastStep && !known.contains($0.name) }.map { row($0.name, "since step \($0.since)", nil) }
        rows += periods.filter { $0.last < lastStep }.map { row($0.name, "steps \($0.since) to \($0.last)", nil) }
        guard !rows.isEmpty else { return "" }
        return "<section class=\"card warnings\"><h2>Warnings</h2><dl>\(rows.joined())</dl></section>\n"
    }

    private func row(_ name: RunWarning.Name, _ when: String, _ text: String?) -> String {
        let what = text.map { ReportText.escape($0) + ". " } ?? ""
        return "<dt><code>\(name.rawValue)</code> <small>\(when)</small></dt><dd>\(what)\(ReportText.escape(name.remedy)).</dd>"
    }
}
