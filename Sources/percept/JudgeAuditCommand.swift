import ArgumentParser
import Configuration
import Foundation
import TrainingCluster

/// `percept judge-audit`: how often the judging model agrees with the rules of the digits task.
struct JudgeAuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "judge-audit",
        abstract: "Put balanced held-out items to the judge: policy responses, foreign annotations, contradictions, hedges and attacks.")

    @Argument(help: "The YAML file of the run: its data.validation, prompts and judge.") var config: String
    @Option(help: "The starting policy's model folder. Default: model.policy of the configuration.") var start: String?
    @Option(help: "The model folder of the policy at the end of training. Default: model in the configuration's output.") var end: String?
    @Option(help: "The judge's model folder. Default: judge.model of the configuration.") var judge: String?
    @Option(help: "How many items, an even number.") var items = 2000
    @Option(help: "Another seed, other items.") var seed: UInt64 = 1
    @Option(help: "Where the report goes, as JSON.") var output: String?
    @Option(help: "Exit with code 1 unless sensitivity and specificity are each at least this, from 0 to 1.") var require: Double?
    @Option(name: .customLong("set"), help: "Overrides one key: a.b=c. May be repeated.") var overrides: [String] = []
    @Option(help: "Compute threads.") var threads = 2
    @Flag(help: "Print the report as JSON in place of the table.") var json = false

    func validate() throws {
        guard threads >= 1 else { throw ValidationError("--threads must be at least 1, not \(threads)") }
        guard items > 0, items.isMultiple(of: 2) else { throw ValidationError("--items must be a positive even number, not \(items)") }
        if let require, !(0...1).contains(require) { throw ValidationError("--require must be from 0 to 1, not \(require)") }
    }

    func run() async throws {
        var changes = try overrides.map { try ConfigurationOverride(parsing: $0) }
        if let judge {
            changes.append(ConfigurationOverride(path: "judge.type", value: "model", option: "--judge"))
            changes.append(ConfigurationOverride(path: "judge.model", value: judge, option: "--judge"))
        }
        let run = try RunConfiguration.load(files: [config], overrides: changes).value
        let audit = JudgeAudit(
            configuration: run, start: start ?? run.model.policy, end: end ?? run.output + "/model", seed: seed, threads: threads)
        let report = try await audit.report(items: items) { FileHandle.standardError.write(Data(($0 + "\n").utf8)) }
        let data = try report.json()
        if let output { try data.write(to: URL(filePath: output), options: .atomic) }
        FileHandle.standardOutput.write(json ? data : Data(report.table.utf8))
        if let require, !report.reaches(require) { throw ExitCode(1) }
    }
}
