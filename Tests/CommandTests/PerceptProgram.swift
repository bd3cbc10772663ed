import Foundation

/// What a run of the program left.
struct Outcome {
    let code: Int32
    let output: String
    let errors: String
    let wasKilled: Bool

    func json<Value: Decodable>(_ type: Value.Type) throws -> Value { try Snake.decode(type, Data(output.utf8)) }
}

/// JSON whose keys are in snake_case.
enum Snake {
    static func decode<Value: Decodable>(_ type: Value.Type, _ data: Data) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: data)
    }
}

/// The built `percept`, run as people run it: as a process of its own.
enum PerceptProgram {
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// Beside the test bundle, where one build puts both.
    static func executable() throws -> URL {
        let bundle = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let file = bundle.deletingLastPathComponent().appending(path: "percept")
        guard FileManager.default.isExecutableFile(atPath: file.path) else {
            throw Missing(description: "\(file.path) is missing; build everything: swift build -c release --build-tests")
        }
        return file
    }

    /// Runs the program to its end, or kills it after two minutes.
    ///
    /// - Parameters:
    ///   - environment: What it finds beside this process's own variables.
    ///   - wrapper: A command that is started in its place, with the program's path and arguments behind its own.
    static func run(
        _ arguments: [String], in folder: URL? = nil, environment: [String: String] = [:], through wrapper: [String] = []
    ) throws -> Outcome {
        let scratch = try Scratch()
        let process = Process()
        let command = wrapper + [try executable().path] + arguments
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        // Files, because a pipe that nobody empties would stop the program.
        let outputs = try ["out", "err"].map { name in
            let file = scratch.folder.appending(path: name)
            try Data().write(to: file)
            return (file, try FileHandle(forWritingTo: file))
        }
        process.standardOutput = outputs[0].1
        process.standardError = outputs[1].1
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        let isLate = ended.wait(timeout: .now() + 120) == .timedOut
        if isLate {
            kill(process.processIdentifier, SIGKILL)
            ended.wait()
        }
        let texts = try outputs.map { String(decoding: try Data(contentsOf: $0.0), as: UTF8.self) }
        return Outcome(
            code: process.terminationStatus, output: texts[0], errors: texts[1],
            wasKilled: isLate || process.terminationReason == .uncaughtSignal)
    }
}

/// A folder that goes when its test ends.
final class Scratch: Sendable {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "percept-command-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func write(_ text: String, to name: String) throws { try Data(text.utf8).write(to: folder.appending(path: name)) }
}

/// The tiny models whose values transformers computed: fixtures of PolicyModelTests.
enum Golden {
    static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "PolicyModelTests/Fixtures")
    static let vision = fixtures.appending(path: "qwen2_5_vl_tiny")
    static let image = vision.appending(path: "golden/image_a.png").path
    static let question = "In the figure, what is the length of AC?"
    static let answer = "The answer is \\boxed{12}."

    /// A copy of the vision model's folder that a test may damage.
    static func copy(into scratch: Scratch) throws -> URL {
        let target = scratch.folder.appending(path: "model")
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        for name in try FileManager.default.contentsOfDirectory(atPath: vision.path) where name != "golden" {
            try FileManager.default.copyItem(at: vision.appending(path: name), to: target.appending(path: name))
        }
        return target
    }
}
