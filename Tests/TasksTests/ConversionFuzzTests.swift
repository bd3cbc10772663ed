import Tasks
import Foundation
import TestSupport
import Testing
import Trajectories

/// The files of Geometry3K and MATH-Vision with any number in any place, or damaged: each problem is used or left out with its reason.
@Suite("forged data sets of others")
struct ConversionFuzzTests {
    private static let decode: ImageDecoder = { _ in RGBImage(width: 1, height: 1, pixels: [1, 2, 3]) }

    private static func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "percept-conversion-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    /// A text with any number in any place, and damaged.
    private static func variants(of text: String) -> [String] {
        ExtremeNumbers.texts(of: text).map(\.text)
            + (0..<FuzzEffort.count(200)).map { seed in
                var damage = Damage(seed: UInt64(seed))
                return damage.done(toJSON: text)
            }
    }

    private static func expectWhole(_ problems: ForeignProblems, of count: Int) throws {
        #expect(problems.report.accepted == problems.count && problems.count + problems.report.losses.count == count)
        #expect(problems.count > 0 && problems.report.losses.count > 0 && problems.report.description.utf8.count < 100_000)
        for index in 0..<problems.count {
            let problem = try problems.problem(at: index)
            #expect(!problem.question.isEmpty && !problem.answer.isEmpty && !problem.images.isEmpty)
        }
    }

    @Test("Geometry3K: a damaged data.json or logic_form.json")
    func geometry3K() throws {
        let data =
            #"{"id": 11, "compact_text": "In \\odot X, AB = 30. Find m \\widehat AB.", "compact_choices": ["30", "40", "60", "80"], "answer": "D", "precise_value": [30.0, 40.0]}"#
        let form =
            #"{"diagram_logic_form": ["Equals(LengthOf(Line(A, B)), 2x+3)", "PointLiesOnCircle(A, Circle(X, radius_2))", "Perpendicular(Line(Y, M), Line(M, A))"], "line_instances": ["AB"], "circle_instances": ["X"]}"#
        let (datas, forms) = (Self.variants(of: data), Self.variants(of: form))
        try Self.withFolder { folder in
            let texts = datas.enumerated().map { ($1.replacing("11", with: "\($0)"), form) } + forms.map { (data, $0) }
            for (number, texts) in texts.enumerated() {
                let problem = folder.appending(path: "\(number)")
                try FileManager.default.createDirectory(at: problem, withIntermediateDirectories: true)
                for (name, text) in [("data.json", texts.0), ("logic_form.json", texts.1), ("img_diagram.png", "picture")] {
                    try Data(text.utf8).write(to: problem.appending(path: name))
                }
            }
            try Self.expectWhole(try Geometry3K.read(directory: folder.path, decode: Self.decode), of: texts.count)
        }
    }

    @Test("Geometry3K: literals of any depth and length are facts or counted")
    func literals() throws {
        let deep = String(repeating: "Equals(", count: 5_000)
        var literals = [deep, deep + "A" + String(repeating: ")", count: 5_000), String(repeating: "(", count: 1_999), "Equals(", ",)", ""]
        for seed in 0..<FuzzEffort.count(300) {
            var damage = Damage(seed: UInt64(seed))
            let bytes = damage.done(to: Array("Equals(MeasureOf(Angle(A, B, C)), \\frac{3}{4}x)".utf8), head: 48)
            literals.append(String(decoding: bytes, as: UTF8.self))
        }
        let form = String(decoding: try JSONEncoder().encode(["diagram_logic_form": literals]), as: UTF8.self)
        try Self.withFolder { folder in
            let problem = folder.appending(path: "1")
            try FileManager.default.createDirectory(at: problem, withIntermediateDirectories: true)
            let data = #"{"id": 1, "compact_text": "Find x.", "compact_choices": ["1", "2"], "answer": "B"}"#
            for (name, text) in [("data.json", data), ("logic_form.json", form), ("img_diagram.png", "picture")] {
                try Data(text.utf8).write(to: problem.appending(path: name))
            }
            let problems = try Geometry3K.read(directory: folder.path, decode: Self.decode)
            let facts = try problems.problem(at: 0).annotations
            let lost = problems.report.unrenderedFacts.values.reduce(0, +)
            #expect(facts.count > 0 && lost > 0 && facts.count + lost <= literals.count)
        }
    }

    @Test("MATH-Vision: damaged lines")
    func mathVision() throws {
        let lines = [
            #"{"id": "11", "question": "B <image2> A <image1> B <image2>", "options": ["<image2>", "x"], "answer": "x", "image": ["a.jpg", "b.jpg"], "level": 3}"#,
            #"{"id": 11, "question": "Which of <image1> <image999>?", "options": [], "answer": 12.5, "image": "a.jpg", "level": 3}"#,
        ].flatMap { line in
            Self.variants(of: line).enumerated().map { $1.replacing("\n", with: " ").replacing("11", with: "\($0)") }
        }
        try Self.withFolder { folder in
            for name in ["a.jpg", "b.jpg"] { try Data("picture".utf8).write(to: folder.appending(path: name)) }
            try Data(lines.joined(separator: "\n").utf8).write(to: folder.appending(path: "testmini.jsonl"))
            // An empty line is none.
            let count = lines.count { line in line.contains { !$0.isWhitespace } }
            try Self.expectWhole(try MathVision.read(directory: folder.path, decode: Self.decode), of: count)
        }
    }
}
