import ArgumentParser
import Foundation
import Telemetry

/// `percept bench tokenizer`: how fast a model's tokenizer loads and encodes.
struct BenchTokenizerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizer", abstract: "Measure how fast a model's tokenizer loads and encodes.",
        discussion: """
            One thread; each figure is a median. Prose is words, numbers and code in several scripts; of the ideographs hardly a word comes \
            twice, so that they are the slowest text there is.
            """)

    @Option(help: ArgumentHelp("The model: a folder with tokenizer.json, or a .gguf file.", valueName: "dir"), completion: .file())
    var model: String
    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let found = try TokenizerMeasurement.measure(model: URL(filePath: model))
        func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
        StandardOutput.print(
            try json
                ? JSONText.encode(found, isIndented: true)
                : """
                loading     \(rounded(found.loadSeconds)) s (\(found.vocabularySize) ids)
                prose       \(rounded(found.proseMegabytesPerSecond)) MB/s
                ideographs  \(rounded(found.ideographMegabytesPerSecond)) MB/s
                """)
    }
}
