import ArgumentParser
import Evaluation
import Foundation
import Telemetry

/// `percept compare`: two evaluations of the same problems, paired.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Compare two evaluations of the same problems: McNemar's exact test and bootstrap intervals.")

    @Argument(help: "What `percept evaluate` wrote of the model before.", completion: .file())
    var before: String
    @Argument(help: "What `percept evaluate` wrote of the model after.", completion: .file())
    var after: String
    @Option(
        help: ArgumentHelp("Write the comparison as JSON too ('-': print it in place of the table).", valueName: "file"),
        completion: .file())
    var json: String?

    func run() throws {
        for file in [before, after] where !FileManager.default.fileExists(atPath: file) {
            throw CommandFailure("\(file): there is no such file; give what `percept evaluate` has written")
        }
        let comparison = try Comparison(before: EvaluationResult.load(from: before), after: EvaluationResult.load(from: after))
        if json == "-" { return StandardOutput.print(json: String(decoding: try comparison.json(), as: UTF8.self), terminator: "") }
        if let json { try comparison.write(to: json) }
        StandardOutput.print(comparison.table)
    }
}
