/// The charts of a run, from its metric records.
struct ReportCurves {
    private let records: [MetricRecord]
    private let names: Set<MetricName>

    init(records: [MetricRecord]) {
        self.records = records
        names = Set(records.flatMap(\.names))
    }

    /// All chart sections, those without a value left out.
    func html() -> String {
        section(
            "Reward", "Parts with their weights; the total is their sum, which trains. Over long runs the thick line is a running mean.",
            [
                chart("Reward, total", [("total", .rewardOverall)])
            ] + rewardParts + [
                chart(
                    "Groups without variance", [("groups", .zeroVarianceGroups)], zero: true, note: "All rewards equal: they train nothing."
                )
            ])
            + section(
                "Validation", "Greedy responses to problems never trained on.",
                [
                    chart("Accuracy", [("accuracy", .validationAccuracy)]), chart("Visual perception", [("visual", .validationVisual)]),
                    chart("Reward", [("reward", .validationReward)]),
                ])
            + section(
                "Policy", "",
                [
                    lengths, chart("Responses cut off", [("share", .responseClipRatio)], zero: true),
                    chart("Entropy", [("entropy", .entropy)], unit: " nats"),
                    chart("Gradient norm", [("norm", .gradientNorm)], zero: true), chart("Policy loss", [("loss", .policyLoss)]),
                    chart("KL, sampler to policy", [("KL", .policyKL)]),
                    chart("Clipped tokens", [("above", .clipFractionHigher), ("below", .clipFractionLower)], zero: true),
                    chart("Learning rate", [("rate", .learningRate)], zero: true),
                    chart(
                        "Rollout and learner, difference", [("largest", .rolloutProbsDifferenceMax)], zero: true,
                        note: "Of log-probabilities; 0 on-policy: the same bits."),
                    chart(
                        "Policy age", [("mean", .policyAge.appending("mean")), ("max", .policyAge.appending("max"))], unit: " steps",
                        zero: true),
                ])
            + section(
                "Judge", "",
                [
                    chart("Coverage", [("known verdicts", .judgeCoverage)]),
                    chart("Latency", [("p50", .judgeLatencyMedian), ("p95", .judgeLatency95)], unit: " s", zero: true),
                    chart("Judging beside sampling", [("share", .judgeOverlapShare)], zero: true), audit,
                    chart("Queue depth", [("requests", .judgeQueueDepth)], zero: true),
                    chart("Retries and failures", [("retries", .judgeRetries), ("failures", .judgeFailures)], zero: true),
                    chart("Cache hits", [("hits", .judgeCacheHits)], zero: true),
                ])
            + section(
                "Time", "",
                [
                    stepTime, chart("Throughput", [("tokens", .throughput)], unit: " tokens/s", zero: true),
                    chart("Idle share", [("rollout", .idleRollout), ("judge", .idleJudge), ("learner", .idleLearner)], zero: true),
                ])
    }

    /// Every metric with its first, last and extreme values.
    func table() -> String {
        var order: [MetricName] = []
        var seen: Set<MetricName> = []
        for record in records { for name in record.names where seen.insert(name).inserted { order.append(name) } }
        var rows = ""
        for name in order {
            let values = records.compactMap { $0.number(name) }
            rows += "<tr><th scope=\"row\">\(ReportText.escape(name.rawValue))</th>"
            if let first = values.first, let last = values.last, let low = values.min(), let high = values.max() {
                rows += [first, last, low, high].map { "<td>\(ReportText.number($0))</td>" }.joined()
            } else {
                let text = records.last.flatMap { $0.text(name) } ?? ""
                rows += "<td colspan=\"4\" class=\"digest\">\(ReportText.escape(String(text.prefix(64))))</td>"
            }
            rows += "</tr>"
        }
        return "<details class=\"card\"><summary>All metrics</summary><div class=\"scroll\"><table class=\"figures\"><thead><tr><th></th>"
            + "<th>first</th><th>last</th><th>least</th><th>greatest</th></tr></thead><tbody>\(rows)</tbody></table></div></details>\n"
    }

    // MARK: - Charts

    private func section(_ title: String, _ note: String, _ charts: [ReportChart?]) -> String {
        let figures = charts.compactMap { $0?.html() }.joined()
        guard !figures.isEmpty else { return "" }
        let lead = note.isEmpty ? "" : "<p class=\"lead\">\(ReportText.escape(note))</p>"
        return "<section><h2>\(ReportText.escape(title))</h2>\(lead)<div class=\"grid\">\(figures)</div></section>\n"
    }

    private func points(_ name: MetricName) -> [(step: Int, value: Double)] {
        names.contains(name) ? records.compactMap { record in record.number(name).map { (record.step, $0) } } : []
    }

    private func chart(
        _ title: String, _ series: [(String, MetricName)], unit: String = "", zero: Bool = false, note: String = ""
    ) -> ReportChart? {
        let curves = series.map { ReportChart.Series(name: $0.0, points: points($0.1)) }.filter { !$0.points.isEmpty }
        return curves.isEmpty ? nil : ReportChart(title: title, unit: unit, note: note, startsAtZero: zero, series: curves)
    }

    private var lengths: ReportChart? {
        let mean = points(.responseLength.appending("mean"))
        guard !mean.isEmpty else { return nil }
        var series = [ReportChart.Series(name: "mean", points: mean)]
        let (high, low) = (points(.responseLength.appending("max")), points(.responseLength.appending("min")))
        if high.map(\.step) == mean.map(\.step), low.map(\.step) == mean.map(\.step) {
            series.append(.init(name: "range", points: high, lower: low))
        }
        return ReportChart(title: "Response length", unit: " tokens", startsAtZero: true, series: series)
    }

    /// One a part, in the order of the records.
    private var rewardParts: [ReportChart?] {
        var order: [MetricName] = []
        for record in records { for name in record.names where name.rewardPart != nil && !order.contains(name) { order.append(name) } }
        return order.map { name in chart(ReportText.title(name.rewardPart ?? ""), [(name.rewardPart ?? "", name)]) }
    }

    private var audit: ReportChart? {
        let dropped = MetricName.judgeAudit.rawValue.count + 1
        // Rates only: counts of items stand one level below.
        let audited = names.filter {
            $0.rawValue.hasPrefix(MetricName.judgeAudit.rawValue + "/") && !$0.rawValue.dropFirst(dropped).contains("/")
        }.sorted().prefix(8)
        return chart("Audit", audited.map { (String($0.rawValue.dropFirst(dropped)).replacing("_", with: " "), $0) })
    }

    /// The parts of a step's time, and what is left of it if they run one after the other.
    private var stepTime: ReportChart? {
        let parts: [(String, MetricName)] = [
            ("sampling", .timeGeneration), ("reward", .timeReward), ("log-probs", .timeOldLogProb), ("update", .timeUpdate),
            ("weight sync", .timeSync), ("validation", .timeTesting), ("checkpoint", .timeCheckpoint),
        ]
        var series = parts.map { ReportChart.Series(name: $0.0, points: points($0.1)) }.filter { !$0.points.isEmpty }
        guard !series.isEmpty else { return nil }
        var used: [Int: Double] = [:]
        for part in series { for point in part.points { used[point.step, default: 0] += point.value } }
        let rest = points(.timeStep).map { (step: $0.step, value: max(0, $0.value - used[$0.step, default: 0])) }
        if rest.contains(where: { $0.value > 0 }) { series.append(.init(name: "other", points: rest)) }
        return ReportChart(title: "Step time", unit: " s", form: .stacked, series: series)
    }
}
