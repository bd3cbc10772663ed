import ArgumentParser
import Tasks
import Multimodal
import Telemetry
import Trajectories

/// `percept data`: data sets as files.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Write data sets as image folders: the general form of user data.",
        subcommands: [DigitsCommand.self, ShapesCommand.self, Geometry3KCommand.self, MathVisionCommand.self])

    /// `percept data digits`: the embedded task as an image folder, the general form of user data.
    struct DigitsCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "digits", abstract: "Write the embedded digits task as an image folder with metadata.jsonl.")

        @OptionGroup var folder: TaskFolder

        func validate() throws { _ = try folder.part(DigitsSplit.self) }

        func run() throws {
            let task = try DigitsTask(split: folder.part(), problems: folder.problems, seed: folder.seed)
            try folder.write(task, of: "digits")
        }
    }

    /// `percept data shapes`: the second embedded task as an image folder.
    struct ShapesCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "shapes", abstract: "Write the embedded shapes task as an image folder with metadata.jsonl.")

        @OptionGroup var folder: TaskFolder

        func validate() throws { _ = try folder.part(ShapesSplit.self) }

        func run() throws {
            let task = try ShapesTask(split: folder.part(), problems: folder.problems, seed: folder.seed)
            try folder.write(task, of: "shapes")
        }
    }

    /// Which part of an embedded task is written, and where to.
    struct TaskFolder: ParsableArguments {
        @Option(help: ArgumentHelp("The folder to write, without a metadata.jsonl yet.", valueName: "dir"), completion: .directory)
        var out: String
        @Option(help: "Which part of the task: \(DigitsSplit.allCases.map(\.rawValue).joined(separator: ", ")).")
        var split = DigitsSplit.training.rawValue
        @Option(help: ArgumentHelp("How many problems.", valueName: "n"))
        var problems = 1_000
        @Option(help: ArgumentHelp("Another seed, other problems.", valueName: "s"))
        var seed: UInt64 = 1

        func validate() throws {
            guard (1...1_000_000).contains(problems) else { throw ValidationError("--problems must be 1 ... 1000000, not \(problems).") }
        }

        /// The task's part that `--split` names.
        func part<Part: RawRepresentable & CaseIterable>(_: Part.Type = Part.self) throws -> Part where Part.RawValue == String {
            guard let part = Part(rawValue: split) else {
                let names = Part.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--split must be one of \(names), not '\(split)'.")
            }
            return part
        }

        /// Writes the problems and says so.
        func write(_ task: some ProblemSource, of name: String) throws {
            try ImageFolderWriter.write(task, to: out) { try $0.pngEncoded() }
            StandardOutput.print("\(out): \(problems) problems of the \(split) \(name), metadata.jsonl and images/")
        }
    }

    /// `percept data geometry3k`: Geometry3K's archives as an image folder.
    struct Geometry3KCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "geometry3k", abstract: "Write Geometry3K, as its authors publish it, as an image folder with metadata.jsonl.",
            discussion: """
                Reads <problem>/data.json, logic_form.json and img_diagram.png, or the folders train, val and test of them. The literals of the \
                diagram become the visual annotations in plain English, the right choice becomes the answer.
                """)

        @OptionGroup var folders: ConversionFolders

        func run() throws { try folders.write(try Geometry3K.read(directory: folders.source) { try RGBImage(decoding: $0) }) }
    }

    /// `percept data mathvision`: MATH-Vision's repository as an image folder.
    struct MathVisionCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "mathvision", abstract: "Write MATH-Vision, as its authors publish it, as an image folder with metadata.jsonl.",
            discussion: """
                Reads a JSONL file and the images that it names. Options are written behind the question, and the answer is a letter. There are \
                no visual annotations: percept annotate makes them.
                """)

        @OptionGroup var folders: ConversionFolders
        @Option(
            help: ArgumentHelp("The JSONL file, relative to --source; testmini.jsonl or test.jsonl if absent.", valueName: "file"),
            completion: .file())
        var file: String?

        func run() throws { try folders.write(try MathVision.read(directory: folders.source, file: file) { try RGBImage(decoding: $0) }) }
    }

    /// Where a data set comes from and goes to.
    struct ConversionFolders: ParsableArguments {
        @Option(help: ArgumentHelp("The data set's folder.", valueName: "dir"), completion: .file())
        var source: String
        @Option(help: ArgumentHelp("The folder to write, without a metadata.jsonl yet.", valueName: "dir"), completion: .directory)
        var output: String

        /// Writes the problems and says what was left out.
        func write(_ problems: ForeignProblems) throws {
            try ImageFolderWriter.write(problems, to: output) { try $0.pngEncoded() }
            StandardOutput.print("\(output): \(problems.report)")
        }
    }
}
