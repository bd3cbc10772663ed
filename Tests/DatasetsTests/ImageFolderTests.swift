import Datasets
import Foundation
import Testing
import Trajectories

@Suite("Image folder")
final class ImageFolderTests {
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent("percept-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: directory)
    }

    /// A picture as three header bytes and its pixels: all that these tests need of a format.
    private static let encode: ImageEncoder = { [UInt8($0.width), UInt8($0.height), 0] + $0.pixels }
    private static let decode: ImageDecoder = { bytes in
        guard bytes.count > 3, bytes.count == 3 + Int(bytes[0]) * Int(bytes[1]) * 3 else { throw DatasetError(.malformed, "no picture") }
        return RGBImage(width: Int(bytes[0]), height: Int(bytes[1]), pixels: Array(bytes.dropFirst(3)))
    }

    private func write(_ lines: [String], images: [String] = ["a.raw", "b.raw"]) throws {
        for image in images { try Data([1, 1, 0, 1, 2, 3]).write(to: directory.appendingPathComponent(image)) }
        try Data(lines.joined(separator: "\n").utf8).write(to: directory.appendingPathComponent("metadata.jsonl"))
    }

    private func load(_ columns: ColumnMapping = ColumnMapping()) throws -> ImageFolder {
        try ImageFolder(directory: directory.path, columns: columns, decode: Self.decode)
    }

    @Test("the digits task written as a folder reads back as the same problems")
    func roundTrip() throws {
        let task = try DigitsTask(split: .training, problems: 20, seed: 3)
        try ImageFolderWriter.write(task, to: directory.path, fileExtension: "raw", encode: Self.encode)
        let folder = try load()
        #expect(folder.count == 20 && folder.report.malformed.isEmpty && folder.report.duplicates.isEmpty)
        for index in 0..<20 { #expect(try folder.problem(at: index) == task.problem(at: index)) }
        let first = try String(contentsOf: directory.appendingPathComponent("metadata.jsonl"), encoding: .utf8).split(separator: "\n")[0]
        #expect(first.contains("\"file_name\":\"images/000000-0.raw\"") && first.contains("\"visual_key_info\":[\"The top-left digit is "))
        #expect(throws: DatasetError.self) {
            try ImageFolderWriter.write(task, to: directory.path, fileExtension: "raw", encode: Self.encode)
        }
    }

    @Test("several images, numeric answers, missing annotations and mapped columns")
    func columns() throws {
        try write([
            #"{"pictures": ["b.raw", "a.raw"], "q": "How many?", "solution": 12, "extra": {"x": 1}}"#,
            #"{"pictures": "a.raw", "q": "How much?", "solution": 0.5, "facts": ["A is red."], "name": "p7"}"#,
        ])
        var columns = ColumnMapping()
        columns.images = "pictures"
        columns.problem = "q"
        columns.answer = "solution"
        columns.annotations = "facts"
        columns.id = "name"
        let folder = try load(columns)
        let problems = try (0..<2).map { try folder.problem(at: $0) }
        #expect(problems[0].images.count == 2 && problems[0].answer == "12" && problems[0].annotations.isEmpty)
        #expect(problems[1].answer == "0.5" && problems[1].annotations == ["A is red."])
        #expect(problems.map(\.id) == [ProblemID("line-00001"), ProblemID("p7")])
    }

    @Test("malformed and duplicate lines are left out and listed with their numbers")
    func badLines() throws {
        try write([
            #"{"file_name": "a.raw", "problem": "P", "answer": "1"}"#, "{", "", #"["a.raw"]"#,
            #"{"file_name": "a.raw", "problem": "P", "answer": "2"}"#, #"{"file_name": "a.raw", "answer": "1"}"#,
            #"{"file_name": "a.raw", "problem": "Q", "answer": true}"#, #"{"file_name": "none.raw", "problem": "P", "answer": "1"}"#,
            #"{"file_name": "a.raw", "problem": "R", "answer": "1", "visual_key_info": "A"}"#,
            #"{"file_name": [], "problem": "S", "answer": "1"}"#, #"{"file_name": "b.raw", "problem": "P", "answer": "1", "id": "x"}"#,
            #"{"file_name": "b.raw", "problem": "T", "answer": "1", "id": "x"}"#,
        ])
        let report = try load().report
        #expect(report.accepted == 2)
        #expect(report.malformed.map(\.line) == [2, 4, 6, 7, 8, 9, 10])
        #expect(report.duplicates.map(\.line) == [5, 12])
        #expect("\(report)".contains("line 6: malformed: the key problem is missing"))
        #expect("\(report)".contains("line 5: duplicate: same images and problem as line 1"))
    }

    @Test(
        "no file name leads out of the folder",
        arguments: ["/etc/hostname", "../outside.raw", "sub/../../outside.raw", "", "link.raw", "linked/outside.raw", ".", "a.raw\\u0000"])
    func pathsStayInside(name: String) throws {
        let outside = directory.deletingLastPathComponent().appendingPathComponent("\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: outside, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: outside) }
        try Data([1, 1, 0, 1, 2, 3]).write(to: outside.appendingPathComponent("outside.raw"))
        try FileManager.default.createSymbolicLink(at: directory.appendingPathComponent("linked"), withDestinationURL: outside)
        try FileManager.default.createSymbolicLink(
            at: directory.appendingPathComponent("link.raw"), withDestinationURL: outside.appendingPathComponent("outside.raw"))
        try write([
            #"{"file_name": "a.raw", "problem": "P", "answer": "1"}"#,
            #"{"file_name": "\#(name)", "problem": "Q", "answer": "1"}"#,
        ])
        let folder = try load()
        #expect(folder.count == 1)
        #expect(folder.report.malformed.map(\.line) == [2])
    }

    @Test("links inside the folder are followed, and a link that turns outward later is refused when read")
    func linksAreCheckedAgain() throws {
        try write([#"{"file_name": "link.raw", "problem": "P", "answer": "1"}"#])
        let link = directory.appendingPathComponent("link.raw")
        try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "a.raw")
        let folder = try load()
        #expect(try folder.problem(at: 0).images[0].pixels == [1, 2, 3])
        try FileManager.default.removeItem(at: link)
        try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "/etc/hostname")
        #expect(throws: DatasetError.self) { try folder.problem(at: 0) }
    }

    @Test("a broken image is an error that names the line and the file")
    func brokenImage() throws {
        try write([#"{"file_name": "a.raw", "problem": "P", "answer": "1"}"#])
        try Data([9, 9]).write(to: directory.appendingPathComponent("a.raw"))
        do {
            _ = try load().problem(at: 0)
            Issue.record("a broken image was accepted")
        } catch {
            #expect("\(error)".contains("line 1") && "\(error)".contains("a.raw"))
        }
    }

    @Test("a missing folder, missing metadata and a folder without a usable line are errors")
    func emptiness() throws {
        #expect(throws: DatasetError.self) { try load() }
        try write(["{"])
        do {
            _ = try load()
            Issue.record("an empty data set was accepted")
        } catch let error as DatasetError {
            #expect(error.code == .empty && error.description.contains("line 1"))
        }
        #expect(throws: DatasetError.self) { try ImageFolder(directory: directory.path + "/none", decode: Self.decode) }
    }
}
