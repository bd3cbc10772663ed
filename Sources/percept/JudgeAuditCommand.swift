import ArgumentParser
import Configuration
import ConfigurationReading
import Files
import Foundation
import Judging
import Telemetry
import TrainingCluster

/// `percept judge-audit`: how often the configuration's judge is right where the right verdict is known.
struct JudgeAuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "judge-audit",
        abstract:
            "Put items with known verdicts to the judge: foreign, planted and contradicted annotations; where the task has an oracle all families."
    )

    @Argument(help: "The YAML file of the run: its data.validation, prompts and judge.", completion: .file()) var config: String
    @Option(help: "The starting policy's model folder. Default: model.policy of the configuration.", completion: .file()) var start: String?
    @Option(
        help: "The model folder of the policy at the end of training. Default: model in the configuration's output.", completion: .file())
    var end: String?
    @Option(help: "A run's samples.jsonl: its responses are used in place of answers by --start and --end.", completion: .file())
    var samples: String?
    @Option(
        help:
            "A verdict log: what it holds is not judged again, and new verdicts are appended. Default: verdicts.jsonl of the run folder, if there is one.",
        completion: .file())
    var verdicts: String?
    @Option(help: "The judge's model folder. Default: judge.model of the configuration.", completion: .file()) var judge: String?
    @Option(help: "How many items, an even number.") var items = 2000
    @Option(help: "Judge so many pairs of a response with and without an attack, in place of items.") var hostile: Int?
    @Option(help: "Another seed, other items.") var seed: UInt64 = 1
    @Option(help: "Where the report goes, as JSON.", completion: .file()) var output: String?
    @Option(help: "Exit with code 1 unless sensitivity and specificity are each at least this, from 0 to 1.") var require: Double?
    @Option(name: .customLong("set"), help: "Overrides one key: a.b=c. May be repeated.") var overrides: [String] = []
    @Option(help: "Compute threads.") var threads = 2
    @Flag(help: "Print the report as JSON in place of the table.") var json = false

    func validate() throws {
        guard (1...1_024).contains(threads) else { throw ValidationError("--threads must be 1 ... 1024, not \(threads).") }
        guard (2...1_000_000).contains(items), items.isMultiple(of: 2) else {
            throw ValidationError("--items must be an even number, 2 ... 1000000, not \(items).")
        }
        if samples != nil, start != nil || end != nil {
            throw ValidationError("--samples has no use for --start and --end: its responses stand in the file")
        }
        if let hostile, !(1...1_000_000).contains(hostile) { throw ValidationError("--hostile must be 1 ... 1000000, not \(hostile).") }
        if let require, !(0...1).contains(require) { throw ValidationError("--require must be from 0 to 1, not \(require)") }
    }

    func run() async throws {
        var changes = try overrides.map { try ConfigurationOverride(parsing: $0) }
        if let judge {
            for (key, value) in [("judge.pools", "[]"), ("judge.endpoint", "null"), ("judge.type", "model")] {
                changes.append(ConfigurationOverride(path: key, value: value, option: "--judge"))
            }
            changes.append(ConfigurationOverride(path: "judge.model", value: judge, option: "--judge"))
        }
        let run = try RunConfiguration.load(files: [config], overrides: changes).value
        let origin =
            samples.map { JudgeAudit.Origin.samples($0) } ?? .models(start: start ?? run.model.policy, end: end ?? run.output + "/model")
        let say: @Sendable (String) -> Void = { Console.standardError.say($0) }
        let audit = JudgeAudit(
            configuration: run, origin: origin, seed: seed, threads: threads,
            verdicts: try CommandVerdicts.open(verdicts, runFolder: run.output, say: say))
        if let hostile { return try await runHostile(audit, pairs: hostile, say) }
        let report = try await audit.report(items: items, progressed: say)
        let data = try report.json()
        if let output { try FileFailure.naming("write", output) { try data.write(to: URL(filePath: output), options: .atomic) } }
        if json {
            StandardOutput.print(json: String(decoding: data, as: UTF8.self), terminator: "")
        } else {
            StandardOutput.print(report.table, terminator: "")
        }
        if let require, !report.reaches(require) { throw ExitCode(1) }
    }

    /// Exit code 1 where attacks do more than ``HostileReport/Limits`` allow.
    private func runHostile(_ audit: JudgeAudit, pairs: Int, _ say: @escaping @Sendable (String) -> Void) async throws {
        let report = try await audit.hostileReport(pairs: pairs, progressed: say)
        let data = try report.json()
        if let output { try FileFailure.naming("write", output) { try data.write(to: URL(filePath: output), options: .atomic) } }
        if json {
            StandardOutput.print(json: String(decoding: data, as: UTF8.self), terminator: "")
        } else {
            StandardOutput.print(report.table, terminator: "")
        }
        let faults = report.faults()
        guard faults.isEmpty else {
            for fault in faults { say("the judge fails: \(fault)") }
            throw ExitCode(1)
        }
    }
}
