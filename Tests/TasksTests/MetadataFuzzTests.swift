import Tasks
import Foundation
import TestSupport
import Testing
import Trajectories

/// `metadata.jsonl` as strangers write it.
@Suite("forged data")
struct MetadataFuzzTests {
    private func load(_ lines: [String]) throws -> ImageFolder {
        let directory = FileManager.default.temporaryDirectory.appending(path: "percept-data-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try Data([1, 1, 0, 1, 2, 3]).write(to: directory.appending(path: "a.raw"))
        try Data(lines.joined(separator: "\n").utf8).write(to: directory.appending(path: "metadata.jsonl"))
        return try ImageFolder(directory: directory.path, columns: ColumnMapping()) { _ in
            RGBImage(width: 1, height: 1, pixels: [1, 2, 3])
        }
    }

    private static let sound =
        #"{"id": "x", "file_name": "a.raw", "problem": "How many?", "answer": 12, "visual_key_info": ["There are two.", "They are red."]}"#

    @Test("a damaged line is a problem or is counted, and the sound ones stay")
    func damaged() throws {
        var lines: [String] = []
        for seed in 0..<FuzzEffort.count(300) {
            var damage = Damage(seed: UInt64(seed))
            lines.append(damage.done(toJSON: Self.sound).replacing("\n", with: " "))
            lines.append(Self.sound.replacing("How many?", with: "How many \(seed)?").replacing("\"x\"", with: "\"x\(seed)\""))
        }
        lines += ExtremeNumbers.texts(of: Self.sound).map(\.text)
        let folder = try load(lines)
        #expect(folder.count >= FuzzEffort.count(300) && folder.report.malformed.count > 0)
        #expect(folder.report.malformed.lines.count <= 100 && folder.report.summary.utf8.count < 100_000)
    }

    @Test("an annotation as long as a book, and a book of annotations, are refused with the line and the bound")
    func lengths() throws {
        func line(_ annotations: [String]) -> String {
            let list = annotations.map { "\"\($0)\"" }.joined(separator: ",")
            return Self.sound.replacing(#"["There are two.", "They are red."]"#, with: "[\(list)]")
        }
        let folder = try load([
            line([String(repeating: "x", count: 4_097)]), line((0..<1_025).map { "fact \($0)" }),
            line([String(repeating: "x", count: 4_096)]),
        ])
        #expect(folder.count == 1 && folder.report.malformed.count == 2)
        let reasons = folder.report.malformed.lines.map(\.reason)
        #expect(reasons[0].contains("more than 4096 bytes") && reasons[1].contains("1025 texts, more than 1024"), "\(reasons)")
    }
}
