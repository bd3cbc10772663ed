import Annotation
import Tasks
import Foundation
import Synchronization
import Trajectories

/// An extractor that answers by script and counts.
final class ScriptedExtractor: FactExtractor {
    let identity: String
    let concurrency: Int
    private let script: @Sendable (ExtractionRequest, Int) throws -> String
    private let state = Mutex<[ExtractionRequest]>([])

    init(identity: String = "script:1", concurrency: Int = 2, _ script: @escaping @Sendable (ExtractionRequest, Int) throws -> String) {
        self.identity = identity
        self.concurrency = concurrency
        self.script = script
    }

    /// All requests so far.
    var requests: [ExtractionRequest] { state.withLock { $0 } }

    func reply(to request: ExtractionRequest) async throws -> ExtractionReply {
        let count = state.withLock { state in
            state.append(request)
            return state.count
        }
        return ExtractionReply(text: try script(request, count), promptTokens: 10, completionTokens: 2)
    }
}

/// A folder that goes when its test ends.
final class Scratch: Sendable {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "percept-annotation-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func write(_ text: String, to name: String) throws {
        let url = folder.appending(path: name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    func text(_ name: String) throws -> String { try String(contentsOf: folder.appending(path: name), encoding: .utf8) }
}

/// The first bytes of a PNG file: all that is looked at here.
let pngBytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3]

extension Scratch {
    /// An image folder with one problem a question, in "data".
    func imageFolder(_ problems: [(id: String, question: String, answer: String)]) throws -> ImageFolder {
        try FileManager.default.createDirectory(at: folder.appending(path: "data"), withIntermediateDirectories: true)
        var lines = Data()
        for (index, problem) in problems.enumerated() {
            try Data(pngBytes + [UInt8(index)]).write(to: folder.appending(path: "data/\(index).png"))
            lines += try ImageFolderWriter.line(
                Problem(id: ProblemID(problem.id), images: [], question: problem.question, answer: problem.answer, annotations: []),
                files: ["\(index).png"])
        }
        try lines.write(to: folder.appending(path: "data/metadata.jsonl"))
        return try ImageFolder(directory: path("data")) { _ in RGBImage(width: 1, height: 1, pixels: [0, 0, 0]) }
    }
}
