package import Configuration
import Tasks
import Files
import Foundation
import Multimodal
import PolicyModel

/// Whether what a configuration names is there and can be used: models and data are looked at, all faults are found at once, nothing is run.
package struct ConfigurationReview: Sendable {
    /// What would end the run before its first step, each with its key. In the order of the keys.
    package private(set) var faults: [String] = []
    /// What is no fault here, but should be known: data that are not on this machine, lines and problems that are left out, keys that are not set.
    package private(set) var notes: [String] = []

    private let threads = ProcessInfo.processInfo.activeProcessorCount

    /// Reviews a run.
    ///
    /// - Parameter say: told how far long work is, a line at a time.
    package init(_ configuration: RunConfiguration, say: @escaping @Sendable (String) -> Void = { _ in }) async {
        let processor = model("model.policy", configuration.model.policy, usesChatTemplate: true)
        if let reference = configuration.model.reference { _ = model("model.reference", reference, usesChatTemplate: false) }
        for pool in configuration.judge.chain {
            guard let judge = pool.model else { continue }
            let key = configuration.judge.pools.isEmpty ? "judge.model" : "judge.pools (\(pool.name)).model"
            _ = model(key, judge, usesChatTemplate: false)
        }
        let sources = [
            ("data.train", configuration.data.train), ("data.validation", configuration.data.validation),
            ("data.test", configuration.data.test),
        ]
        for (key, source) in sources {
            guard let source else { continue }
            await data(key, source, processor, configuration.data.maxBadShare, say)
        }
        notes += Judges.endpointFaults(configuration.judge) + OwnRewards.faults(configuration.reward)
    }

    /// Reviews supervised training.
    package init(_ configuration: FineTuningConfiguration) {
        let processor = configuration.model.path.flatMap { model("model.path", $0, usesChatTemplate: true) }
        guard case .jsonLines(let data) = configuration.data else { return }
        guard FileManager.default.fileExists(atPath: data.path) else {
            notes.append("data.path: \(data.path) is not on this machine, so it was not looked at")
            return
        }
        guard let processor else { return }
        var leftOut: String?
        attempt("data.path") {
            leftOut = try JSONLinesTask(path: data.path, processor: processor, maximumBadShare: data.maxBadShare).leftOut
        }
        if let leftOut { notes.append("data.path: \(leftOut)") }
    }

    /// Runs what may fail; a failure is a fault of the key.
    private mutating func attempt(_ key: String, _ body: () throws -> Void) {
        do { try body() } catch { faults.append("\(key): \(FileFailure.message(of: error))") }
    }

    private mutating func model(_ key: String, _ path: String, usesChatTemplate: Bool) -> MultimodalProcessor? {
        let folder = URL(filePath: path)
        var processor: MultimodalProcessor?
        let before = faults.count
        attempt(key) { try PolicyFolder.check(folder) }
        // What is not there has one fault.
        guard faults.count == before || FileManager.default.fileExists(atPath: path) else { return nil }
        attempt(key) { processor = try MultimodalProcessor(contentsOf: folder, usesChatTemplate: usesChatTemplate) }
        return processor
    }

    private mutating func data(
        _ key: String, _ source: ProblemSourceConfiguration, _ processor: MultimodalProcessor?, _ limit: Double,
        _ say: @escaping @Sendable (String) -> Void
    ) async {
        if let folder = source.task.folder, !FileManager.default.fileExists(atPath: folder) {
            notes.append("\(key).path: \(folder) is not on this machine, so it was not looked at")
            return
        }
        do {
            guard let folder = try ProblemSources.open(source) as? ImageFolder else { return }
            if folder.report.hasLosses { notes.append("\(key): \(folder.report)") }
            let faults = try await PictureCheck(folder: folder, processor: processor).all(threads: threads) {
                [count = folder.pictures.count] in
                if $0 % 1_000 == 0 || $0 == count { say("\(key): \($0) of \(count) pictures looked at") }
            }
            let usable = folder.usable(without: faults)
            try usable.check(maximumBadShare: limit)
            if let leftOut = usable.leftOut { notes.append("\(key): \(leftOut)") }
        } catch {
            faults.append("\(key): \(FileFailure.message(of: error))")
        }
    }
}
