import Checkpointing
import Foundation
import Glibc
import JSON
import Telemetry

/// The records of an earlier attempt, put in order by step before a resumed run reads them.
///
/// ```
///   metrics.jsonl, samples.jsonl ─► repeated lines and disorder are mended ─► up to which step is everything there?
///                                                                             └► the newest checkpoint that is no further
/// ```
///
/// What is lost behind a checkpoint is computed again, with the same bits. So a run goes on from the newest checkpoint to which the records are
/// whole; only where there is none does it go on without them, and says which are lost.
struct RecordLedger {
    private let folder: String
    private let lease: RunLease
    /// Steps 1 to this one stand in metrics.jsonl without a gap.
    let wholeSteps: Int
    /// What was mended, for people.
    private(set) var repairs: [String] = []
    /// Where the samples of each step end; nil until somebody had to look at all of them.
    private var sampleEnds: [Int: Int]?

    private var metricsPath: String { folder + "/metrics.jsonl" }
    private var samplesPath: String { folder + "/samples.jsonl" }

    /// Looks at the metrics, and puts them in order.
    ///
    /// - Parameter lease: of the run folder; nothing is written without it.
    /// - Throws: ``ClusterError`` if two lines of one step contradict each other; `TelemetryError`, `CheckpointError`.
    init(folder: String, lease: RunLease) throws {
        self.folder = folder
        self.lease = lease
        guard FileManager.default.fileExists(atPath: folder + "/metrics.jsonl") else {
            wholeSteps = 0
            return
        }
        // What a kill has torn is no line.
        _ = try JSONLinesLog(path: folder + "/metrics.jsonl")
        let lines = try JSONLinesLog.metrics(in: folder + "/metrics.jsonl")
        var first: [Int: Int] = [:]
        for (index, entry) in lines.enumerated() {
            guard let earlier = first[entry.record.step] else {
                first[entry.record.step] = index
                continue
            }
            let names: [MetricName] = [.digestBatch, .digestPolicy]
            guard names.allSatisfy({ lines[earlier].record.text($0) == entry.record.text($0) }) else {
                throw ClusterError(
                    "\(folder)/metrics.jsonl, lines \(lines[earlier].line.number) and \(entry.line.number): step \(entry.record.step) stands there "
                        + "twice, with different digests; remove the line that is not of this run")
            }
        }
        let kept = first.values.sorted { lines[$0].record.step < lines[$1].record.step }
        if kept != Array(lines.indices) {
            repairs.append("metrics.jsonl: \(lines.count) lines, of which \(kept.count) are kept, in the order of their steps")
            try Self.replace(folder + "/metrics.jsonl", with: kept.map { lines[$0].line }, lease)
        }
        var whole = 0
        while first[whole + 1] != nil { whole += 1 }
        wholeSteps = whole
    }

    /// Whether all records up to a checkpoint's step are there.
    mutating func holds(_ state: RunState) throws -> Bool {
        guard wholeSteps >= state.step else { return false }
        if sampleEnds == nil { sampleEnds = try orderedSampleEnds() }
        if sampleEnds == nil {
            let (ends, repair) = try mendSamples()
            sampleEnds = ends
            repairs.append(repair)
        }
        let ends = sampleEnds ?? [:]
        return ends.filter { $0.key <= state.step }.values.max() ?? 0 == state.samplesByteCount
    }

    /// Where the samples of each step end; nil if they are out of order or stand twice. One pass that holds no line: the file may be gigabytes.
    private func orderedSampleEnds() throws -> [Int: Int]? {
        guard FileManager.default.fileExists(atPath: samplesPath) else { return [:] }
        // What a kill has torn is no line.
        _ = try JSONLinesLog(path: samplesPath)
        var ends: [Int: Int] = [:]
        var last: Key?
        struct Disorder: Error {}
        do {
            try forEachSample { line, key in
                if let last, key <= last { throw Disorder() }
                last = key
                ends[key.step] = line.byteOffset + line.text.utf8.count + 1
            }
        } catch is Disorder { return nil }
        return ends
    }

    /// Up to the first line that is no sample: what stands behind it is lost.
    private func forEachSample(_ body: (JSONLinesLog.Line, Key) throws -> Void) throws {
        var isDamaged = false
        try JSONLinesLog.forEachLine(in: samplesPath) { line in
            guard !isDamaged, let key = Key(line.text) else { return isDamaged = true }
            try body(line, key)
        }
    }

    /// Puts them in order, each once.
    private func mendSamples() throws -> (ends: [Int: Int], repair: String) {
        var first: [Key: JSONLinesLog.Line] = [:]
        var order: [Key] = []
        try forEachSample { line, key in
            order.append(key)
            guard let earlier = first[key] else {
                first[key] = line
                return
            }
            guard earlier.text == line.text else {
                throw ClusterError(
                    "\(samplesPath), lines \(earlier.number) and \(line.number): response \(key.member) of group \(key.group) in step \(key.step) "
                        + "stands there twice, with different contents; remove the line that is not of this run")
            }
        }
        let kept = first.keys.sorted()
        let repair = "samples.jsonl: \(order.count) lines, of which \(kept.count) are kept, in the order of their steps"
        try Self.replace(samplesPath, with: kept.compactMap { first[$0] }, lease)
        var ends: [Int: Int] = [:]
        var end = 0
        for key in kept {
            end += (first[key]?.text.utf8.count ?? 0) + 1
            ends[key.step] = end
        }
        return (ends, repair)
    }

    /// Which response a line of samples.jsonl is about.
    struct Key: Hashable, Comparable {
        let step: Int
        let group: Int
        let member: Int

        /// nil of a line that is no sample.
        init?(_ line: String) {
            var values: [String: Int] = [:]
            do {
                var reader = JSONReader(Array(line.utf8), name: "a sample")
                try reader.readObject { key, reader in
                    if ["step", "group", "member"].contains(key) { values[key] = try reader.readIndex() } else { try reader.skipValue() }
                }
                try reader.readEnd()
            } catch { return nil }
            guard let step = values["step"], let group = values["group"], let member = values["member"] else { return nil }
            (self.step, self.group, self.member) = (step, group, member)
        }

        static func < (a: Self, b: Self) -> Bool { (a.step, a.group, a.member) < (b.step, b.group, b.member) }
    }

    private static func replace(_ path: String, with lines: [JSONLinesLog.Line], _ lease: RunLease) throws {
        let partial = path + ".partial"
        try? FileManager.default.removeItem(atPath: partial)
        let copy = try JSONLinesLog(path: partial)
        for line in lines { try copy.append(line.text) }
        try copy.synchronize()
        try lease.check()
        guard rename(partial, path) == 0 else {
            throw TelemetryError.file(path: path, operation: "replace", reason: String(cString: strerror(errno)))
        }
    }
}
