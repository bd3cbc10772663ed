import Tasks
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
        #expect(folder.pictures.count == 20 && folder.usable(without: []).leftOut == nil)
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
            #"{"pictures": "a.raw", "q": "How much?", "solution": 0.50, "facts": ["A is red."], "name": "p7"}"#,
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
        #expect(problems[1].answer == "0.50" && problems[1].annotations == ["A is red."])
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
        // A picture that isn't there, and none at all, are no faults of the line.
        #expect(report.accepted == 4)
        #expect(report.malformed.lines.map(\.line) == [2, 4, 6, 7, 9])
        #expect(report.duplicates.lines.map(\.line) == [5, 12])
        #expect("\(report)".contains("line 6: malformed: the key problem is missing"))
        #expect("\(report)".contains("line 5: duplicate: same images and problem as line 1"))
        #expect("\(report)".contains("\(directory.path)/metadata.jsonl: 4 problems"))
        #expect(!report.summary.contains("\n") && report.summary.contains("line 2: malformed: column 2: a string was expected"))
    }

    @Test("of many bad lines some are named, and all are counted")
    func manyBadLines() throws {
        try write(Array(repeating: "{", count: 3_000) + [#"{"problem": "P", "answer": "1"}"#])
        let report = try load().report
        #expect(report.malformed.count == 3_000 && "\(report)".contains("and 2980 more malformed lines"))
        #expect(report.summary.contains("and 2995 more malformed lines") && report.summary.utf8.count < 2_000)
    }

    @Test(
        "answers that are numbers keep their digits",
        arguments: ["0.10", "1e5", "12345678901234567890", "-0", "3.14159265358979323846264338327950288", "1E+400"])
    func digits(_ number: String) throws {
        try write([#"{"problem": "P", "answer": \#(number), "id": \#(number)}"#])
        let problem = try load().problem(at: 0)
        #expect(problem.answer == number && problem.id.rawValue == number)
    }

    @Test(
        "what is wrong with a line is said with its place",
        arguments: [
            (#"{"problem": "P", "answer": "1", "answer": "2"}"#, #""answer" occurs twice in one object"#),
            (#"{"problem": "P", "answer": "1", "x": {"k": 1, "k": 1}}"#, #""k" occurs twice"#),
            (#"{"problem": " \t", "answer": "1"}"#, "the key problem is not a text that is not blank, but a blank text"),
            (#"{"problem": "P", "answer": " "}"#, "the key answer is not a number or a text that is not blank, but a blank text"),
            (#"{"problem": "P", "answer": null}"#, "the key answer is not a number or a text that is not blank, but null"),
            (#"{"problem": "P", "answer": "1", "visual_key_info": ["A", " "]}"#, "text 2 of the list visual_key_info is blank"),
            (#"{"problem": "P", "answer": "1", "visual_key_info": ["A", 1]}"#, "a list with other values than texts"),
            (#"{"problem": "P" "answer": "1"}"#, "column 17: a comma or the end of an object was expected"),
            (#"{"problem": "P", "answer": "1"} x"#, "column 33: the end of the text"),
            (
                #"{"file_name": 3, "problem": "P", "answer": "1"}"#,
                "the key file_name is not a file name or a list of file names, but a number"
            ),
        ])
    func reasons(line: String, reason: String) throws {
        try write([#"{"problem": "G", "answer": "1"}"#, line])
        let report = try load().report
        #expect(report.malformed.lines.map(\.line) == [2])
        #expect(report.malformed.lines.first?.reason.contains(reason) == true, "\(report)")
    }

    @Test("text alone is a problem, equal annotations count once, and a byte order mark is passed over")
    func textAndAnnotations() throws {
        try write([
            "\u{FEFF}" + #"{"problem": "P", "answer": "1", "visual_key_info": ["A", "B", "A"]}"#,
            #"{"file_name": [], "problem": "Q", "answer": "1"}"#, #"{"file_name": null, "problem": "R", "answer": "1"}"#,
        ])
        let folder = try load()
        #expect(folder.count == 3 && folder.pictures.isEmpty && !folder.report.hasLosses && folder.report.repeatedAnnotations == 1)
        #expect(try folder.problem(at: 0).annotations == ["A", "B"] && folder.problem(at: 0).images.isEmpty)
        try Data([0xFF, 0xFE, 0x7B, 0]).write(to: directory.appendingPathComponent("metadata.jsonl"))
        let error = #expect(throws: DatasetError.self) { try load() }
        #expect(error?.description.contains("\(directory.path)/metadata.jsonl is UTF-16 text") == true)
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
        #expect(folder.report.malformed.lines.map(\.line) == [2])
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
            #expect("\(error)".contains("\(directory.path)/metadata.jsonl, line 1: \(directory.path)/a.raw: "))
            #expect((error as? DatasetError)?.code == .picture)
        }
    }

    @Test("problems whose picture can't be used are left out and named, up to a share of all")
    func usable() throws {
        try write(
            [("a.raw", "P"), ("none.raw", "Q"), ("b.raw", "R"), ("b.raw", "S")].map {
                #"{"file_name": "\#($0)", "problem": "\#($1)", "answer": "1", "id": "\#($1)"}"#
            } + [#"{"problem": "T", "answer": "1"}"#])
        try Data([9, 9]).write(to: directory.appendingPathComponent("b.raw"))
        let folder = try load()
        #expect(folder.pictures == ["a.raw", "none.raw", "b.raw"])
        let faults = folder.pictures.indices.compactMap { folder.fault(ofPicture: $0) { _ = try Self.decode($0) } }
        #expect(faults.map(\.picture) == [1, 2])
        let usable = folder.usable(without: faults)
        #expect((0..<usable.count).map { usable.index(at: $0) } == [0, 4])
        #expect(try usable.problem(at: 1).question == "T")
        #expect(usable.leftOut?.problems.map(\.line) == [2, 3, 4] && usable.leftOut?.problems.map(\.id) == ["Q", "R", "S"])
        let text = usable.leftOut?.description ?? ""
        #expect(text.contains("3 of 5 problems") && text.contains("line 2: \(directory.path)/none.raw does not exist"))
        #expect(text.contains("line 3: \(directory.path)/b.raw: no picture"))
        #expect(usable.leftOut?.summary.contains("\n") == false)
        try usable.check(maximumBadShare: 0.6)
        let error = #expect(throws: DatasetError.self) { try usable.check(maximumBadShare: 0.59) }
        #expect(error?.description.contains("data.max_bad_share (0.59)") == true && error?.description.contains("b.raw") == true)
        #expect(throws: DatasetError.self) {
            try folder.usable(without: faults + [PictureFault(picture: 0, reason: "bad")]).check(maximumBadShare: 0.79)
        }
    }

    @Test("a picture's digest is that of its bytes, also where they keep size and date")
    func sight() throws {
        try write([#"{"file_name": "a.raw", "problem": "P", "answer": "1"}"#])
        let before = try load().sight(ofPicture: 0, inspect: nil)
        #expect(try load().sight(ofPicture: 0, inspect: nil) == before && before.digest?.count == 64)
        let file = directory.appendingPathComponent("a.raw")
        let date = try FileManager.default.attributesOfItem(atPath: file.path)[.modificationDate] as? Date
        try Data([1, 1, 0, 3, 2, 1]).write(to: file)
        try FileManager.default.setAttributes([.modificationDate: try #require(date)], ofItemAtPath: file.path)
        let after = try load().sight(ofPicture: 0, inspect: nil)
        #expect(after.digest != before.digest && after.fault == nil)
        try FileManager.default.removeItem(at: file)
        let gone = try load().sight(ofPicture: 0, inspect: nil)
        #expect(gone.digest == nil && gone.fault?.contains("a.raw does not exist") == true)
    }

    @Test("a header is read from a file's start, and from all of it only where it ends further on")
    func headers() throws {
        try write([#"{"file_name": "a.raw", "problem": "P", "answer": "1"}"#])
        try Data(count: 1 << 20).write(to: directory.appendingPathComponent("a.raw"))
        let folder = try load()
        var sizes: [Int] = []
        #expect(folder.fault(ofHeaderOfPicture: 0) { sizes.append($0.count) } == nil)
        let fault = folder.fault(ofHeaderOfPicture: 0) { bytes in
            sizes.append(bytes.count)
            throw DatasetError(.malformed, "no picture")
        }
        #expect(fault?.picture == 0 && sizes == [1 << 18, 1 << 18, 1 << 20])
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
