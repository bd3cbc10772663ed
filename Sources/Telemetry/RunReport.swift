import Foundation

/// A run as one HTML file that needs nothing else: styles, charts, images and script inside, no request to anywhere.
///
/// Questions, annotations and above all responses are untrusted: everything from files is escaped, and the page's content security
/// policy lets no script run but its own.
package enum RunReport {
    /// The report of a run folder.
    ///
    /// Read are `metrics.jsonl` (required) and, where they exist, `samples.jsonl`, `run.json`, `run.end.json` and `comparison.json`.
    ///
    /// - Parameters:
    ///   - runFolder: The run folder's path.
    ///   - image: A PNG file's bytes for a sample's problem; nil shows none. Asked once for each group shown, at most 12 times.
    /// - Returns: The HTML text.
    /// - Throws: ``TelemetryError`` naming file and line, and what `image` throws.
    package static func html(runFolder: String, image: (SampleRecord) throws -> [UInt8]? = { _ in nil }) throws -> String {
        func path(_ name: String) -> String? {
            let path = runFolder + "/" + name
            return FileManager.default.fileExists(atPath: path) ? path : nil
        }
        let records = try JSONLinesLog.metrics(in: runFolder + "/metrics.jsonl").map(\.record)
        guard let last = records.last else {
            throw TelemetryError.file(path: runFolder + "/metrics.jsonl", operation: "report", reason: "no step is recorded yet")
        }
        let manifest = path(RunManifest.fileName) == nil ? nil : try RunManifest.load(fromFolder: runFolder)
        let curves = ReportCurves(records: records)
        let end = try RunEnd.load(fromFolder: runFolder)
        var body = header(name: URL(fileURLWithPath: runFolder).lastPathComponent, last: last.step, manifest, end)
        body += ReportWarnings(records: records, end: end).html()
        body += tiles(records)
        if let path = path("comparison.json") { body += try ReportComparison(path: path).html() }
        body += curves.html()
        if let path = path("samples.jsonl") { body += try ReportSamples(path: path).html(image: image) }
        body += "<section><h2>Details</h2>" + curves.table() + details(manifest) + "</section>"
        return ReportPage.html(
            title: URL(fileURLWithPath: runFolder).lastPathComponent, body: body, script: ReportScript.text, scriptHash: ReportScript.hash,
            after: "<div id=\"tip\" hidden></div>")
    }

    private static func header(name: String, last: Int, _ manifest: RunManifest?, _ end: RunEnd?) -> String {
        let status = end.map(\.status.rawValue) ?? "no end marker"
        var facts = ["\(last) \(last == 1 ? "step" : "steps")"]
        if let manifest {
            var roles: [String] = []
            for entry in manifest.ranks where !roles.contains(entry.role) { roles.append(entry.role) }
            let counts = roles.map { role in "\(manifest.ranks.count { $0.role == role }) \(role)" }
            facts += ["started \(manifest.started.replacing("T", with: " ").replacing("Z", with: " UTC"))", counts.joined(separator: ", ")]
            facts.append("Percept \(manifest.version)")
        }
        var out = "<header class=\"top\"><p class=\"eyebrow\">Percept run</p><h1>\(ReportText.escape(name)) "
        out += "<span class=\"status \(end?.status.rawValue ?? "open")\">\(status)</span></h1>"
        out += "<p class=\"facts\">\(facts.map { "<span>\(ReportText.escape($0))</span>" }.joined())</p>"
        if let message = end?.message { out += "<p class=\"lead\">\(ReportText.escape(message))</p>" }
        return out + "</header>\n"
    }

    /// Headline figures: the mean of the first and the last tenth of the steps.
    private static func tiles(_ records: [MetricRecord]) -> String {
        let parts = (records.first?.names ?? []).filter { $0.rewardPart != nil }.prefix(3)
        let measures: [(String, MetricName)] =
            [("Reward", .rewardOverall)] + parts.map { (ReportText.title($0.rewardPart ?? ""), $0) } + [
                ("Response length", .responseLength.appending("mean")), ("Judge coverage", .judgeCoverage), ("Tokens/s", .throughput),
            ]
        var out = ""
        for (label, name) in measures {
            let values = records.compactMap { $0.number(name) }
            guard !values.isEmpty else { continue }
            let tenth = max(1, values.count / 10)
            let first = values.prefix(tenth).reduce(0, +) / Double(tenth)
            let last = values.suffix(tenth).reduce(0, +) / Double(tenth)
            out +=
                "<div class=\"tile\"><dt>\(label)</dt><dd>\(ReportText.number(last))<small>from \(ReportText.number(first))</small></dd></div>"
        }
        return out.isEmpty
            ? "" : "<dl class=\"tiles\">\(out)</dl><p class=\"note\">Means of the last and the first tenth of the steps.</p>\n"
    }

    private static func details(_ manifest: RunManifest?) -> String {
        guard let manifest else { return "" }
        var rows: [(String, String)] = [
            ("command", manifest.command.joined(separator: " ")), ("config digest", manifest.configDigest),
            ("build", manifest.buildFingerprint), ("hosts", manifest.hosts.joined(separator: ", ")),
            ("OpenBLAS", "\(manifest.openBLAS.coreName), \(manifest.openBLAS.threads) threads; \(manifest.openBLAS.config)"),
        ]
        rows += manifest.models.sorted { $0.key < $1.key }.map { ("model, \($0.key)", $0.value) }
        if let run = manifest.run { rows.append(("run", run)) }
        if let identity = manifest.identity { rows.append(("identity", identity.digest)) }
        if let numeric = manifest.numericFingerprint { rows.append(("numeric fingerprint", numeric)) }
        for (program, earlier) in zip((manifest.programs ?? []).dropFirst(), manifest.programs ?? []) {
            rows.append(("after step \(program.afterStep)", program.difference(from: earlier) ?? "the same program"))
        }
        if let origin = manifest.resumedFrom { rows.append(("resumed from", origin)) }
        let cells = rows.map {
            "<tr><th scope=\"row\">\(ReportText.escape($0.0))</th><td class=\"digest\">\(ReportText.escape($0.1))</td></tr>"
        }
        return
            "<details class=\"card\"><summary>Manifest</summary><div class=\"scroll\"><table class=\"figures\"><tbody>\(cells.joined())</tbody></table></div></details>\n"
    }
}
