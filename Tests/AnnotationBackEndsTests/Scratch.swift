import Tasks
import Foundation
import Trajectories

/// A folder that goes when its test ends.
final class Scratch: Sendable {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "percept-back-ends-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func text(_ name: String) throws -> String { try String(contentsOf: folder.appending(path: name), encoding: .utf8) }

    /// An image folder of problems with two images each; those of problem 5 are no images.
    func images(_ count: Int) throws -> ImageFolder {
        var lines = Data()
        for index in 0..<count {
            let bytes: [UInt8] = index == 5 ? [1, 2, 3] : [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, UInt8(index)]
            let files = ["\(index)-a.png", "\(index)-b.png"]
            for file in files { try Data(bytes).write(to: folder.appending(path: file)) }
            lines += try ImageFolderWriter.line(
                Problem(
                    id: ProblemID("p\(index)"), images: [], question: "Solve problem \(index): <image> and <image>", answer: "1",
                    annotations: []),
                files: files)
        }
        try lines.write(to: folder.appending(path: "metadata.jsonl"))
        return try ImageFolder(directory: folder.path) { _ in RGBImage(width: 1, height: 1, pixels: [0, 0, 0]) }
    }
}
