import Foundation
import Synchronization
import TestSupport
import Testing

/// Every number that the command line takes, at and beyond its ends. Which there are the program itself says.
///
/// All paths are below a file, so that a command whose numbers pass fails at its input, before any work: what a number does behind the
/// input is not seen here.
@Suite("numbers on the command line")
struct NumericOptionTests {
    private struct Help: Decodable {
        let command: Command
    }

    private struct Command: Decodable {
        let commandName: String
        let subcommands: [Command]?
        let arguments: [Argument]?
    }

    private struct Argument: Decodable {
        struct Name: Decodable {
            let name: String
        }

        let kind: String
        let isOptional: Bool
        let names: [Name]?
        let allValues: [String]?
        let abstract: String?

        /// The argument with a value.
        func words(_ value: String) -> [String] {
            guard kind == "option", let name = names?.first?.name else { return kind == "positional" ? [value] : [] }
            return ["--\(name)=\(value)"]
        }
    }

    /// A command in which one argument's value is open.
    private struct Place: Sendable {
        let before: [String]
        let after: [String]
        /// What stands before the value, as in `--steps=`.
        let label: String
        /// The same for an option that several commands share.
        let identity: String

        func command(_ value: String) -> [String] { before + [label + value] + after }
        var name: String { (before + [label]).joined(separator: " ") }
    }

    /// Below a file there is nothing, and nothing can be made.
    private static let absent = "file/absent"

    private static func places(of command: Command, path: [String] = []) -> [Place] {
        let subcommands = (command.subcommands ?? []).filter { $0.commandName != "help" }
        guard subcommands.isEmpty else { return subcommands.flatMap { places(of: $0, path: path + [$0.commandName]) } }
        let arguments = (command.arguments ?? []).filter { $0.kind != "flag" }
        return arguments.indices.filter { arguments[$0].allValues == nil }.map { open in
            func needed(_ range: Range<Int>) -> [String] { arguments[range].filter { !$0.isOptional }.flatMap { $0.words(absent) } }
            return Place(
                before: path + needed(0..<open), after: needed(open + 1..<arguments.count),
                label: arguments[open].words("").joined(),
                identity: arguments[open].words("").joined() + (arguments[open].abstract ?? path.joined(separator: " ")))
        }
    }

    /// Runs commands beside each other.
    private static func outcomes(_ commands: [[String]], in folder: URL) throws -> [Outcome] {
        let found = Mutex<[Int: Result<Outcome, any Error>]>([:])
        DispatchQueue.concurrentPerform(iterations: commands.count) { index in
            let result = Result { try PerceptProgram.run(commands[index], in: folder) }
            found.withLock { $0[index] = result }
        }
        let results = found.withLock { $0 }
        return try commands.indices.compactMap { try results[$0]?.get() }
    }

    private static let wholeNumbers = ["0", "-1", "-9223372036854775808", "9223372036854775807"]
    private static let realNumbers = ["0", "-1", "1e308", "inf"]
    private static let more = ["1", "9223372036854775808", "18446744073709551615", "-1e308", "1e-320", "-inf", "0x10", "1e400", " 1", "½"]

    /// Whether a value was no number to the parser.
    private static func isNone(_ outcome: Outcome) -> Bool { outcome.errors.contains("is invalid for") }

    @Test("a number of any size in any place is taken or refused with a message, and nothing crashes or goes on without end")
    func sweep() throws {
        let scratch = try Scratch()
        try scratch.write("", to: "file")
        let help = try PerceptProgram.run(["--experimental-dump-help"])
        let all = Self.places(of: try JSONDecoder().decode(Help.self, from: Data(help.output.utf8)).command)
        // What several commands share is tried in the first of them; in a long run in all.
        var known: Set<String> = []
        let places = all.filter { known.insert($0.identity).inserted || FuzzEffort.isLong }
        // A place that takes a text is no place of a number.
        let texts = try Self.outcomes(places.map { $0.command("x") }, in: scratch.folder)
        let numbers = zip(places, texts).filter { Self.isNone($1) }.map(\.0)
        #expect(numbers.count > 35 && numbers.contains { $0.name == "status file/absent --every=" }, "\(numbers.map(\.name))")
        // The parser takes this for a real number, and not for a whole one.
        let reals = try Self.outcomes(numbers.map { $0.command("nan") }, in: scratch.folder)
        let commands = zip(numbers, reals).enumerated().flatMap { index, tried in
            let values = Self.isNone(tried.1) ? Self.wholeNumbers : Self.realNumbers
            let all = FuzzEffort.isLong ? Self.wholeNumbers + Self.realNumbers + Self.more + [""] : values + (index % 4 == 0 ? [""] : [])
            return all.map { tried.0.command($0) }
        }
        let found = try Self.outcomes(commands, in: scratch.folder)
        #expect(found.count == commands.count)
        let tried = commands + places.map { $0.command("x") } + numbers.map { $0.command("nan") }
        for (command, outcome) in zip(tried, found + texts + reals) {
            #expect(
                !outcome.wasKilled && (0...2).contains(outcome.code) && (outcome.code == 0 || !outcome.errors.isEmpty),
                "\(command): code \(outcome.code), \(outcome.errors.prefix(300))")
        }
        #expect(found.count { $0.errors.contains("must be") } > 40)
    }
}
