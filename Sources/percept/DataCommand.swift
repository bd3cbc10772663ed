import ArgumentParser
import Tasks
import Multimodal
import Telemetry
import Trajectories

/// `percept data`: data sets as files.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Write data sets as image folders: the general form of user data.",
        subcommands: TaskKind.embedded.map { command(of: $0) } + [Geometry3KCommand.self, MathVisionCommand.self])

    /// `percept data TASK`: an embedded task as an image folder, the general form of user data.
    struct EmbeddedTaskCommand<Task: EmbeddedTask>: ParsableCommand {
        static var configuration: CommandConfiguration {
            CommandConfiguration(
                commandName: Task.word, abstract: "Write the embedded \(Task.word) task as an image folder with metadata.jsonl.")
        }

        @OptionGroup var folder: TaskFolder

        func run() throws {
            try folder.write(try Task.part(folder.split, problems: folder.problems, seed: folder.seed), of: Task.word)
        }
    }

    private static func command<Task: EmbeddedTask>(of _: Task.Type) -> any ParsableCommand.Type { EmbeddedTaskCommand<Task>.self }

    /// Which part of an embedded task is written, and where to.
    struct TaskFolder: ParsableArguments {
        @Option(help: ArgumentHelp("The folder to write, without a metadata.jsonl yet.", valueName: "dir"), completion: .directory)
        var out: String
        @Option(help: "Which part of the task.")
        var split = TaskSplit.training
        @Option(help: ArgumentHelp("How many problems.", valueName: "n"))
        var problems = 1_000
        @Option(help: ArgumentHelp("Another seed, other problems.", valueName: "s"))
        var seed: UInt64 = 1

        func validate() throws {
            guard (1...1_000_000).contains(problems) else { throw ValidationError("--problems must be 1 ... 1000000, not \(problems).") }
        }

        /// Writes the problems and says so.
        func write(_ task: some ProblemSource, of name: String) throws {
            try ImageFolderWriter.write(task, to: out) { try $0.pngEncoded() }
            StandardOutput.print("\(out): \(problems) problems of the \(split.rawValue) \(name), metadata.jsonl and images/")
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

extension TaskSplit: ExpressibleByArgument {}
