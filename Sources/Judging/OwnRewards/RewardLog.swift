import Foundation
import Synchronization
package import Telemetry
package import Trajectories

/// Every value that a reward of a user's own has given, so that nothing is asked for twice and a run that is continued sees what the first attempt
/// saw: `rewards.jsonl`.
///
/// A value is found by ``RewardKey``. The first record of a key counts for good. A value that stayed unknown is recorded once its step is done: when
/// the step is computed again it is unknown again, while a step that was cut off asks anew.
///
/// Appended lines survive the process at once, and the machine after ``synchronize()``. A torn last line is removed when the log is opened; a damaged
/// line inside is skipped and named in ``damagedLines``: its value is asked for again.
///
/// - Invariant: One writer a file, kept by a lock.
/// - Isolation: any thread; an append blocks for one `write`.
package final class RewardLog: Sendable {
    /// The file's name in a run folder.
    package static let fileName = "rewards.jsonl"
    /// Values that the index holds at most. Further ones are written but not found again.
    package static let indexLimit = 1 << 23

    /// One line of the file.
    private struct Line: Codable {
        let key: String
        let part: String
        let seed: UInt64
        let trajectory: TrajectoryPlace
        let value: Float?
        let unknown: String?
    }

    private struct State {
        var values: [RewardKey: OwnRewardValue] = [:]
        var damagedLines: [Int] = []

        mutating func insert(_ key: RewardKey, _ value: OwnRewardValue) {
            guard values.count < RewardLog.indexLimit, values[key] == nil else { return }
            values[key] = value
        }
    }

    private let file: JSONLinesLog?
    private let lock: LogLock?
    private let state: Mutex<State>

    /// A log in memory.
    package init() {
        file = nil
        lock = nil
        state = Mutex(State())
    }

    /// Opens a file and reads it; creates it if need be.
    ///
    /// - Throws: `TelemetryError` for a file that can't be used, ``BusyLog`` for one that somebody else appends to.
    package init(path: String) throws {
        lock = try LogLock(path: path)
        file = try JSONLinesLog(path: path)
        var found = State()
        try JSONLinesLog.forEachLine(in: path, repairsEncoding: true) { line in
            guard let (key, value) = Self.read(line.text) else {
                found.damagedLines.append(line.number)
                return
            }
            found.insert(key, value)
        }
        state = Mutex(found)
    }

    /// Reads a line; nil if it isn't one that a log writes.
    private static func read(_ text: String) -> (RewardKey, OwnRewardValue)? {
        guard let line = try? JSONDecoder().decode(Line.self, from: Data(text.utf8)), let key = RewardKey(line.key, seed: line.seed)
        else { return nil }
        switch (line.value, line.unknown) {
        case (let number?, nil):
            let value = OwnRewardValue(Double(number))
            guard case .known = value else { return nil }
            return (key, value)
        case (nil, let reason?): return (key, .unknown(reason))
        default: return nil
        }
    }

    /// Numbers of the lines, from 1, that could not be read when the file was opened.
    package var damagedLines: [Int] { state.withLock { $0.damagedLines } }
    /// Bytes of a torn last line that opening removed.
    package var repairedByteCount: Int { file?.repairedByteCount ?? 0 }

    /// What opening the file mended, for people.
    package var summary: String {
        let torn = repairedByteCount > 0 ? ["a torn last line of \(repairedByteCount) bytes was removed"] : []
        let damaged =
            damagedLines.isEmpty ? [] : ["\(damagedLines.count) damaged lines are passed over (the first is line \(damagedLines[0]))"]
        return (torn + damaged).joined(separator: "; ")
    }

    /// What the log has under a key; nil where a reward must be asked.
    package func known(_ key: RewardKey) -> OwnRewardValue? { state.withLock { $0.values[key] } }

    /// Records what a reward has said, and gives what counts: the earlier record of the key, else the answer. An unknown value is not recorded.
    ///
    /// - Throws: `TelemetryError` if the file can't be written.
    package func settle(
        _ value: OwnRewardValue, _ key: RewardKey, part: String, trajectory: TrajectoryID
    ) throws(TelemetryError) -> OwnRewardValue {
        guard case .known = value else { return known(key) ?? value }
        return try record(value, key, part, trajectory)
    }

    /// Records that a value stayed unknown.
    ///
    /// - Throws: `TelemetryError` if the file can't be written.
    package func recordUnknown(
        _ reason: String, _ key: RewardKey, part: String, trajectory: TrajectoryID
    ) throws(TelemetryError) {
        _ = try record(.unknown(reason), key, part, trajectory)
    }

    private func record(
        _ value: OwnRewardValue, _ key: RewardKey, _ part: String, _ trajectory: TrajectoryID
    ) throws(TelemetryError) -> OwnRewardValue {
        try state.withLock { state throws(TelemetryError) in
            if let earlier = state.values[key] { return earlier }
            try file?.append(try Self.text(value, key, part, trajectory))
            state.insert(key, value)
            return value
        }
    }

    private static func text(
        _ value: OwnRewardValue, _ key: RewardKey, _ part: String, _ trajectory: TrajectoryID
    ) throws(TelemetryError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let reason: String? = if case .unknown(let reason) = value { reason } else { nil }
        let line = Line(
            key: "\(key)", part: part, seed: key.seed, trajectory: TrajectoryPlace(trajectory), value: value.value.number, unknown: reason)
        do {
            return String(decoding: try encoder.encode(line), as: UTF8.self)
        } catch {
            throw .record(reason: "a value of \(part): \(error)")
        }
    }

    /// Returns when everything recorded is on the disk.
    package func synchronize() throws(TelemetryError) { try file?.synchronize() }
}
