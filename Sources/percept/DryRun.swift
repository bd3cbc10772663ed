import Configuration
import ConfigurationReading
import Footprints
import Foundation
import PolicyModel
import Telemetry
import TrainingCluster

/// `percept train --dry-run`: what each rank will hold, and whether it fits.
struct DryRun: Encodable {
    let parameters: Int
    /// One entry a judge in process.
    let judgeParameters: [Int]
    let prompt: PromptSize
    let ranks: [RankFootprint]
    /// Bytes of all ranks on one machine, each in a process of its own.
    let total: Int
    /// Bytes that this machine can give; absent where it does not say.
    let available: Int?

    enum CodingKeys: String, CodingKey {
        case parameters
        case judgeParameters = "judge_parameters"
        case prompt, ranks, total, available
    }

    /// Prints what `configuration` needs, then checks it.
    ///
    /// - Throws: `FootprintError` if it does not fit.
    static func run(_ configuration: RunConfiguration, memoryPerRank: Int?, asJSON: Bool) throws {
        let size = try RunSize(configuration)
        let memory = HostMemory.current()
        let ranks = size.footprint.ranks
        let report = DryRun(
            parameters: size.policy.parameterCount, judgeParameters: size.judges.map(\.model.parameterCount), prompt: size.prompt,
            ranks: ranks,
            total: MemoryBudget.total(size.footprint.byRank, sharesProcess: false), available: memory?.available)
        StandardOutput.print(asJSON ? try JSONText.encode(report, isIndented: true) : report.text(configuration, size, memory))
        var isComplete = true
        for (key, folder) in models(configuration) {
            let hasWeights = try checkFiles(key, folder, asJSON: asJSON)
            isComplete = isComplete && hasWeights
        }
        // A run would end by it; where a model isn't there yet, it may be that.
        if isComplete, let fault = size.promptFault { throw fault }
        if isComplete { try Judges.checkModels(configuration.judge) }
        if !asJSON { for fault in Judges.endpointFaults(configuration.judge) { StandardOutput.print("note: \(fault)") } }
        if let memoryPerRank {
            try MemoryBudget.perRank(memoryPerRank).check(size.footprint.byRank)
        } else if let memory {
            try MemoryBudget.host(memory, ranks: 0..<configuration.placement.rankCount, sharesProcess: false).check(size.footprint.byRank)
        }
    }

    private static func models(_ configuration: RunConfiguration) -> [(key: String, folder: String)] {
        [
            ("model.policy", configuration.model.policy),
            ("model.reference", configuration.model.reference),
        ].compactMap { key, folder in folder.map { (key, $0) } } + Judges.models(configuration.judge).map { ("judge.model", $0) }
    }

    /// Weight files that are there must be the model's; that they are not there yet is no fault of a dry run.
    ///
    /// - Returns: whether they are there.
    private static func checkFiles(_ key: String, _ folder: String, asJSON: Bool) throws -> Bool {
        let location = URL(filePath: folder)
        let unknown = try ModelConfiguration(location: location).unknownKeys
        if !asJSON, !unknown.isEmpty {
            StandardOutput.print(
                "note: \(key): neither Percept nor transformers reads \(unknown.joined(separator: ", ")) of \(folder)/config.json")
        }
        guard ModelLocation.holdsWeights(location) else {
            if !asJSON { StandardOutput.print("\(key): \(folder) has no weights yet; its size is from config.json") }
            return false
        }
        try PolicyFolder.check(location)
        return true
    }

    private func text(_ configuration: RunConfiguration, _ size: RunSize, _ memory: HostMemory?) -> String {
        var lines = ["policy    \(parameters) parameters, published in \(configuration.rollout.weights.rawValue)"]
        for judge in size.judges { lines.append("judge     \(judge.model.parameterCount) parameters in \(judge.storage.rawValue)") }
        let source = size.promptFault.map { "the limits of rollout: \($0)" } ?? "the longest of the first training prompts"
        lines.append("prompt    \(prompt.tokens) tokens, \(prompt.patches) patches (\(source))")
        lines.append("")
        lines.append(FootprintTable.text(ranks))
        lines.append("")
        let here = memory.map { "; this machine has \(ByteText.of($0.available)) (\($0.source))" } ?? ""
        lines.append("all \(configuration.placement.rankCount) ranks together up to \(ByteText.of(total))\(here)")
        return lines.joined(separator: "\n")
    }
}
