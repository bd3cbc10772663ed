import Tasks
import Foundation
import Multimodal
import Testing
import Trajectories

private let fixtures = Bundle.module.bundleURL.appending(path: "Fixtures")
private let decode: ImageDecoder = { try RGBImage(decoding: $0) }

/// A folder that goes away with its test.
private final class Scratch {
    let url = FileManager.default.temporaryDirectory.appending(path: "percept-\(UUID())")

    init(copying folder: String? = nil) throws {
        if let folder {
            try FileManager.default.copyItem(at: fixtures.appending(path: folder), to: url)
        } else {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        }
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ text: String, to name: String) throws { try Data(text.utf8).write(to: url.appending(path: name)) }

    func replace(_ old: String, with new: String, in name: String) throws {
        let text = try String(contentsOf: url.appending(path: name), encoding: .utf8)
        #expect(text.contains(old))
        try write(text.replacing(old, with: new), to: name)
    }
}

/// Writes problems as an image folder and reads them back.
private func expectRoundTrip(_ problems: ForeignProblems) throws {
    let scratch = try Scratch()
    try ImageFolderWriter.write(problems, to: scratch.url.path) { try $0.pngEncoded() }
    let folder = try ImageFolder(directory: scratch.url.path, decode: decode)
    #expect(folder.count == problems.count)
    #expect(!folder.report.hasLosses, "\(folder.report)")
    for index in 0..<folder.count { #expect(try folder.problem(at: index) == problems.problem(at: index)) }
}

@Suite("Geometry3K")
struct Geometry3KTests {
    @Test("the ten originals are read, each diagram literal a fact, but for one that is empty")
    func originals() throws {
        let problems = try Geometry3K.read(directory: fixtures.appending(path: "geometry3k").path, decode: decode)
        #expect(problems.count == 10)
        #expect(problems.report.losses.isEmpty)
        #expect(problems.report.unrenderedFacts == ["(empty)": 1])
        let all = try (0..<10).map { try problems.problem(at: $0) }
        #expect(all.map(\.id.rawValue) == (11...20).map { "geometry3k-\($0)" })
        #expect(all.map(\.answer) == ["80", "13", "9", "48", "5\\sqrt{3}", "10", "120", "22", "\\frac{2\\sqrt{2}}{5}", "16"])
        #expect(all.map(\.annotations.count) == [11, 10, 4, 63, 5, 3, 2, 4, 10, 4])
        #expect(all[0].question == "In \\odot X, AB = 30, CD = 30, and m \\widehat CZ = 40. Find m \\widehat AB.")
        #expect(all[0].annotations.contains("Line YM is perpendicular to line MA."))
        #expect(all[3].annotations.contains("The length of LG equals 66--y."))
        #expect(all.map { [$0.images[0].width, $0.images[0].height] }.prefix(3) == [[250, 251], [336, 257], [282, 150]])
    }

    @Test("facts and answers are those that were written from the same annotations before")
    func sameFacts() throws {
        struct Line: Decodable {
            let id: String
            let answer: String
            let facts: [String]

            private enum CodingKeys: String, CodingKey {
                case id
                case answer
                case facts = "visual_key_info"
            }
        }
        let text = try String(contentsOf: fixtures.appending(path: "geometry3k_metadata.jsonl"), encoding: .utf8)
        let lines = try text.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
        #expect(lines.count == 7)
        let problems = try Geometry3K.read(directory: fixtures.appending(path: "geometry3k").path, decode: decode)
        let all = try (0..<problems.count).map { try problems.problem(at: $0) }
        for line in lines {
            let problem = try #require(all.first { $0.id.rawValue == line.id })
            #expect(problem.annotations == line.facts)
            #expect(problem.answer == line.answer)
        }
    }

    @Test("written as an image folder, they read back as the same problems")
    func roundTrip() throws {
        try expectRoundTrip(try Geometry3K.read(directory: fixtures.appending(path: "geometry3k").path, decode: decode))
    }

    @Test("the archives' folders train, val and test are read one after the other")
    func splits() throws {
        let scratch = try Scratch()
        for (split, ids) in [("train", [12, 11]), ("val", [13]), ("test", [14])] {
            try FileManager.default.createDirectory(at: scratch.url.appending(path: split), withIntermediateDirectories: true)
            for id in ids {
                try FileManager.default.copyItem(
                    at: fixtures.appending(path: "geometry3k/\(id)"), to: scratch.url.appending(path: "\(split)/\(id)"))
            }
        }
        let problems = try Geometry3K.read(directory: scratch.url.path, decode: decode)
        #expect(try (0..<4).map { try problems.problem(at: $0).id.rawValue } == (11...14).map { "geometry3k-\($0)" })
    }

    @Test("what can't be used is left out and counted by its reason")
    func losses() throws {
        let scratch = try Scratch(copying: "geometry3k")
        try FileManager.default.removeItem(at: scratch.url.appending(path: "11/logic_form.json"))
        try scratch.write("{", to: "12/data.json")
        try scratch.replace("\"answer\": \"A\"", with: "\"answer\": \"E\"", in: "13/data.json")
        try scratch.replace("\"Find x.\"", with: "\" \"", in: "14/data.json")
        try scratch.write("no picture", to: "15/img_diagram.png")
        try scratch.replace("\"id\": 16", with: "\"id\": 17", in: "16/data.json")
        try FileManager.default.removeItem(at: scratch.url.appending(path: "18/img_diagram.png"))
        try FileManager.default.createSymbolicLink(
            at: scratch.url.appending(path: "18/img_diagram.png"),
            withDestinationURL: fixtures.appending(path: "geometry3k/18/img_diagram.png"))
        try Data(count: 2 << 20).write(to: scratch.url.appending(path: "19/data.json"))
        try scratch.replace("Equals(MeasureOf(Angle(X, C, A)), y+58)", with: "Hovers(A, Line(B, C))", in: "20/logic_form.json")
        let problems = try Geometry3K.read(directory: scratch.url.path, decode: decode)
        let report = problems.report
        #expect(report.accepted == 2)
        #expect(
            ConversionReport.Reason.allCases.map { report.count(of: $0) } == [3, 1, 1, 2, 1], "\(report)")
        #expect(report.unrenderedFacts == ["(empty)": 1, "Hovers": 1])
        for word in [
            "11", "logic_form.json", "'E' is no letter of 4 choices", "img_diagram.png", "link out of the data folder", "Hovers: 1",
        ] {
            #expect("\(report)".contains(word), "\(word) in \(report)")
        }
        #expect(try problems.problem(at: 1).annotations.count == 3)
    }

    @Test("a folder that holds no problem is refused")
    func empty() throws {
        let scratch = try Scratch()
        let error = #expect(throws: DatasetError.self) { try Geometry3K.read(directory: scratch.url.path, decode: decode) }
        #expect(error?.code == .empty)
        #expect(throws: DatasetError.self) { try Geometry3K.read(directory: scratch.url.path + "/nowhere", decode: decode) }
    }
}

@Suite("MATH-Vision")
struct MathVisionTests {
    private func problems() throws -> [Problem] {
        let problems = try MathVision.read(directory: fixtures.appending(path: "mathvision").path, decode: decode)
        #expect(problems.report.losses.isEmpty)
        return try (0..<problems.count).map { try problems.problem(at: $0) }
    }

    @Test("questions keep their marks, options get letters, answers stay as they are graded")
    func questions() throws {
        let all = try problems()
        #expect(all.map(\.id.rawValue) == ["4", "79", "357", "748", "923", "2673"].map { "mathvision-\($0)" })
        #expect(all.map(\.answer) == ["6", "A", "B", "B", "D", "A"])
        #expect(all.allSatisfy { $0.images.count == 1 && $0.annotations.isEmpty })
        #expect(all[0].question == "How many different digits can you find in this picture?\n<image>")
        // One picture for several marks: the text points at its parts.
        #expect(
            all[1].question
                == "Lisa needs exactly 3 pieces to complete her jigsaw.\nWhich of the 4 pieces is left over?\n(picture 1)\n(picture 2)"
                + "\n(A)\n(B)\n(C)\n(D)\n(E) C or D")
        #expect(all[2].question.contains("pass over itself like this: (picture 1)\nor like this: (picture 2)."))
        #expect(all[2].question.hasSuffix("\n(D) $\\frac{3}{4}$\n(E) $\\frac{3}{8}$"))
        // The same picture twice stands at its first mark.
        #expect(all[4].question.contains("the digital clock showed <image>."))
        #expect(all[4].question.contains("at her watch and saw (picture 1)."))
        #expect(all[5].question.hasSuffix("\n(A) (picture 1)\n(B) (picture 2)\n(C) (picture 3)\n(D) (picture 4)\n(E) (picture 5)"))
    }

    @Test("written as an image folder, they read back as the same problems")
    func roundTrip() throws {
        try expectRoundTrip(try MathVision.read(directory: fixtures.appending(path: "mathvision").path, decode: decode))
    }

    private func read(_ lines: [String]) throws -> ForeignProblems {
        let scratch = try Scratch(copying: "mathvision")
        try scratch.write(lines.joined(separator: "\n"), to: "testmini.jsonl")
        let problems = try MathVision.read(directory: scratch.url.path, decode: decode)
        // Problems are read while the folder is there.
        _ = try (0..<problems.count).map { try problems.problem(at: $0) }
        return problems
    }

    @Test("images of their own stand at their marks, in the order of the text")
    func severalImages() throws {
        let scratch = try Scratch(copying: "mathvision")
        try scratch.write(
            #"{"id": 1, "question": "B <image2> A <image1> B <image2>", "options": ["<image2>", "x"], "answer": "x", "image": ["images/4.jpg", "images/923.jpg"]}"#,
            to: "testmini.jsonl")
        let problem = try MathVision.read(directory: scratch.url.path, decode: decode).problem(at: 0)
        #expect(problem.question == "B <image> A <image> B (picture 2)\n(A) (picture 2)\n(B) x")
        #expect(problem.answer == "B")
        let (first, second) = (
            try RGBImage(contentsOf: fixtures.appending(path: "mathvision/images/4.jpg")),
            try RGBImage(contentsOf: fixtures.appending(path: "mathvision/images/923.jpg"))
        )
        #expect(problem.images == [second, first])
    }

    @Test("what can't be used is left out and counted by its reason")
    func losses() throws {
        let good = #"{"id": "1", "question": "Q <image1>", "options": [], "answer": "6", "image": "images/4.jpg"}"#
        let problems = try read([
            good, "", "{", #"{"question": "Q", "answer": "6", "image": "images/4.jpg"}"#,
            #"{"id": "2", "question": " ", "answer": "6", "image": "images/4.jpg"}"#,
            #"{"id": "3", "question": "Q", "answer": "", "image": "images/4.jpg"}"#,
            #"{"id": "4", "question": "Q", "options": ["a", "b"], "answer": "C", "image": "images/4.jpg"}"#,
            #"{"id": "5", "question": "Q", "options": ["a", "b"], "answer": "c", "image": "images/4.jpg"}"#,
            #"{"id": "6", "question": "Q", "answer": "6"}"#, #"{"id": "7", "question": "Q", "answer": "6", "image": "images/none.jpg"}"#,
            #"{"id": "8", "question": "Q", "answer": "6", "image": "../\#(fixtures.lastPathComponent)/mathvision/images/4.jpg"}"#,
            #"{"id": "9", "question": "Q", "answer": "6", "image": "testmini.jsonl"}"#,
            #"{"id": "10", "question": "Q <image3>", "answer": "6", "image": ["images/4.jpg", "images/923.jpg"]}"#, good,
            #"{"id": "11", "question": "\#(String(repeating: "x", count: 1 << 20))", "answer": "6", "image": "images/4.jpg"}"#,
        ])
        #expect(problems.count == 1)
        #expect(ConversionReport.Reason.allCases.map { problems.report.count(of: $0) } == [3, 1, 3, 5, 1], "\(problems.report)")
        #expect("\(problems.report)".contains("testmini.jsonl line 7: the answer C is none of 2 options"))
    }

    @Test("a folder without a file of problems, or without any, is refused")
    func empty() throws {
        let scratch = try Scratch()
        let error = #expect(throws: DatasetError.self) { try MathVision.read(directory: scratch.url.path, decode: decode) }
        #expect(error?.description.contains("--file") == true)
        try scratch.write("\n\n", to: "testmini.jsonl")
        let other = #expect(throws: DatasetError.self) { try MathVision.read(directory: scratch.url.path, decode: decode) }
        #expect(other?.code == .empty)
        #expect(throws: DatasetError.self) { try MathVision.read(directory: scratch.url.path, file: "../x.jsonl", decode: decode) }
    }
}
