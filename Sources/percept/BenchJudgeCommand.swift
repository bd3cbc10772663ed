import ArgumentParser
import Foundation
import Tasks
import Telemetry
import TrainingCluster

/// `percept bench judge`: how many verdicts a judging model gives, and what computing its protocol's head once is worth.
struct BenchJudgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "judge", abstract: "Measure verdicts a second of a judging model.",
        discussion: """
            One compute thread; each figure is a median. Reference responses of an embedded task are judged on the annotations of their \
            problems, many together as training does. The share of the peak counts 2 N floating-point operations a row, N being the \
            parameters in matrix products but the head.
            """)

    @Option(help: "The judge's model: a folder or a .gguf file.", completion: .file()) var model =
        "configs/models/\(TaskKind.embedded[0].word)-judge"
    @Option(help: "The task that responses are of: \(TaskKind.embedded.map { $0.word }.joined(separator: ", ")).")
    var task = TaskKind.embedded[0].word
    @Option(help: "Responses judged together.") var responses = 64
    @Option(help: "Annotations of each, at most 20.") var annotations = 4
    @Option(help: "How often each measurement is repeated.") var repetitions = 5
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        _ = try EmbeddedTaskOption.task(task)
        for (name, count) in [("--responses", responses), ("--repetitions", repetitions)] where !(1...100_000).contains(count) {
            throw ValidationError("\(name) must be 1 ... 100000, not \(count).")
        }
        guard (1...20).contains(annotations) else { throw ValidationError("--annotations must be from 1 to 20, not \(annotations)") }
    }

    func run() async throws {
        let peak = PeakMeasurement.measure()
        let found = try await JudgeMeasurement.measure(
            model: model, task: try EmbeddedTaskOption.task(task), responses: responses, annotations: annotations, repetitions: repetitions,
            peak: peak.gflops)
        StandardOutput.print(try json ? JSONText.encode(found, isIndented: true) : found.table)
    }
}
