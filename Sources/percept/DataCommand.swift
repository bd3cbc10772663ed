import ArgumentParser
import Datasets
import Multimodal

/// `percept data`: data sets as files.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Write data sets.", subcommands: [DigitsCommand.self])

    /// `percept data digits`: the embedded task as an image folder, the general form of user data.
    struct DigitsCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "digits", abstract: "Write the embedded digits task as an image folder with metadata.jsonl.")

        @Option(help: ArgumentHelp("The folder to write, without a metadata.jsonl yet.", valueName: "dir"))
        var out: String
        @Option(help: "Which digits: \(DigitsSplit.allCases.map(\.rawValue).joined(separator: ", ")).")
        var split = DigitsSplit.training.rawValue
        @Option(help: ArgumentHelp("How many problems.", valueName: "n"))
        var problems = 1_000
        @Option(help: ArgumentHelp("Another seed, other problems.", valueName: "s"))
        var seed: UInt64 = 1

        func validate() throws {
            guard DigitsSplit(rawValue: split) != nil else {
                let names = DigitsSplit.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--split must be one of \(names), not '\(split)'.")
            }
            guard (1...1_000_000).contains(problems) else { throw ValidationError("--problems must be 1 ... 1000000, not \(problems).") }
        }

        func run() throws {
            let task = try DigitsTask(split: DigitsSplit(rawValue: split) ?? .training, problems: problems, seed: seed)
            try ImageFolderWriter.write(task, to: out) { try $0.pngEncoded() }
            print("\(out): \(problems) problems of the \(split) digits, metadata.jsonl and images/")
        }
    }
}
