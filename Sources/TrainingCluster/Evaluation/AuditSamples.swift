import Tasks
import Judging
import Telemetry

/// Responses out of a run's `samples.jsonl`.
enum AuditSamples {
    /// At most `limit` responses with annotations, in the file's order, each as likely (Vitter's algorithm R): a large file is read once.
    ///
    /// - Throws: `TelemetryError`, naming the line; ``ClusterError`` for a file without any.
    static func read(_ path: String, limit: Int, seed: UInt64) throws -> [AuditResponse] {
        var kept: [(line: Int, response: AuditResponse)] = []
        var random = KeyedRandom(seed: seed, words: [0x5341_4D50])
        var count = 0
        try JSONLinesLog.forEachLine(in: path) { line in
            let sample: SampleRecord
            do {
                sample = try SampleRecord(line: line.text)
            } catch {
                throw TelemetryError.line(path: path, number: line.number, reason: "\(error)")
            }
            guard !sample.annotations.isEmpty else { return }
            count += 1
            let entry = (line: line.number, response: AuditResponse(annotations: sample.annotations, response: sample.response))
            if kept.count < limit {
                kept.append(entry)
            } else {
                let place = random.below(count)
                if place < limit { kept[place] = entry }
            }
        }
        guard !kept.isEmpty else { throw ClusterError("\(path) has no response to a problem with annotations") }
        return kept.sorted { $0.line < $1.line }.map(\.response)
    }
}
