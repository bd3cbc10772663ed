import Foundation
import JSON

/// MATH-Vision in the layout of its repository: a JSONL file of problems, and the folder `images` beside it.
///
/// - SeeAlso: Wang et al., "Measuring Multimodal Mathematical Reasoning with the MATH-Vision Dataset", NeurIPS 2024, arXiv:2402.14804.
package enum MathVision {
    /// The files that are looked for if none is named, the first that exists.
    static let defaultFiles = ["testmini.jsonl", "test.jsonl", "data/testmini.jsonl", "data/test.jsonl"]

    /// Reads `file` in `directory`; nil for the first of ``defaultFiles`` that exists.
    ///
    /// The question is the data set's text with its marks `<image1>`, `<image2>`, … as prompts of Percept have them: the images stand where
    /// the marks are if there is one for each; one picture for several marks goes before the text, whose marks become "(picture 2)".
    /// Options follow as "(A) …", and the answer is a letter. There are no visual annotations.
    ///
    /// - Parameters:
    ///   - directory: The folder's path. Image files are named relative to it.
    ///   - file: The JSONL file, relative to it.
    ///   - decode: Decodes an image file.
    /// - Throws: ``DatasetError`` if the file can't be read or holds no usable problem.
    package static func read(directory: String, file: String? = nil, decode: @escaping ImageDecoder) throws -> ForeignProblems {
        let root = try FolderRoot(directory)
        guard let file = file ?? defaultFiles.first(where: { FileManager.default.fileExists(atPath: "\(directory)/\($0)") }) else {
            throw DatasetError(.unreadable, "\(directory) has none of \(defaultFiles.joined(separator: ", ")): name the file with --file")
        }
        var report = ConversionReport()
        var records: [ForeignProblems.Record] = []
        let text = try root.read(file, limit: ImageFolder.metadataLimit)
        if let fault = JSONLines.encodingFault(of: text) { throw DatasetError(.malformed, "\(root.fullPath(file)) \(fault)") }
        JSONLines.forEach(text) { number, line in
            do throws(Unusable) {
                records.append(try record(line))
            } catch {
                report.leaveOut("\(root.fullPath(file)) line \(number)", because: error.reason, error.detail)
            }
        }
        return try ForeignProblems("\(directory)/\(file)", root: root, records: records, report: report, decode: decode)
    }

    private struct Unusable: Error {
        let reason: ConversionReport.Reason
        let detail: String

        init(_ reason: ConversionReport.Reason, _ detail: String) {
            self.reason = reason
            self.detail = detail
        }
    }

    private static func record(_ bytes: ArraySlice<UInt8>) throws(Unusable) -> ForeignProblems.Record {
        guard bytes.count <= ImageFolder.lineLimit else { throw Unusable(.unreadable, "longer than \(ImageFolder.lineLimit) bytes") }
        let line: [String: MetadataField]
        do {
            line = try MetadataField.fields(of: Array(bytes), keys: ["id", "question", "options", "answer", "image"])
        } catch {
            throw Unusable(.unreadable, error.inLine)
        }
        guard let id = line["id"]?.texts?.first, !id.isEmpty else { throw Unusable(.unreadable, "no id") }
        guard case .text(let text) = line["question"], text.contains(where: { !$0.isWhitespace }) else {
            throw Unusable(.question, "the question is missing")
        }
        guard let files = line["image"]?.texts, !files.isEmpty, files.count <= ImageFolder.imageCountLimit else {
            throw Unusable(.image, "image must name 1 to \(ImageFolder.imageCountLimit) files")
        }
        let options: [String]
        switch line["options"] {
        case nil, .null: options = []
        case .texts(let list): options = list
        case let other: throw Unusable(.unreadable, "options is not a list of texts, but \(other?.kind ?? "nothing")")
        }
        guard options.count <= 26 else { throw Unusable(.unreadable, "\(options.count) options") }
        var marks = ImageMarks(text + options.joined(separator: "\n"), fileCount: files.count)
        guard let question = marks.written(text) else { throw Unusable(.image, "a mark <image…> has no image") }
        var choices = ""
        for (index, option) in options.enumerated() {
            guard let written = marks.written(option) else { throw Unusable(.image, "a mark <image…> of an option has no image") }
            // An option that is its letter stands in the picture.
            let isLetter = written.filter { !"(). ".contains($0) } == OptionLetters.letter(index)
            choices += "\n(\(OptionLetters.letter(index)))" + (isLetter ? "" : " \(written)")
        }
        return ForeignProblems.Record(
            id: "mathvision-\(id)", files: marks.order.isEmpty ? files : marks.order.map { files[$0] }, question: question + choices,
            answer: try answer(line["answer"]?.texts?.first ?? "", options), annotations: [])
    }

    /// A letter if there are options, which may be given by its text; else the text.
    private static func answer(_ text: String, _ options: [String]) throws(Unusable) -> String {
        let text = text.trimmingCharacters(in: .whitespaces)
        guard !text.isEmpty else { throw Unusable(.answer, "the answer is missing") }
        guard !options.isEmpty else { return text }
        if let index = OptionLetters.index(of: text) {
            guard options.indices.contains(index) else { throw Unusable(.answer, "the answer \(text) is none of \(options.count) options") }
            return text
        }
        guard let index = options.firstIndex(of: text) else { throw Unusable(.answer, "the answer \(text) is none of the options") }
        return OptionLetters.letter(index)
    }
}

/// The marks `<image1>`, `<image2>`, … of a text, and where its pictures go.
private struct ImageMarks {
    /// Whether each mark has a picture of its own, which takes its place.
    private let areOwn: Bool
    private let fileCount: Int
    /// The pictures in the order in which the written text shows them.
    private(set) var order: [Int] = []

    init(_ text: String, fileCount: Int) {
        let numbers = Set(text.matches(of: Self.mark).map(\.1))
        areOwn = numbers.count == fileCount
        self.fileCount = fileCount
    }

    private static var mark: Regex<(Substring, Substring)> { #/<image([0-9]{1,3})>/# }

    /// `text` with its marks as Percept's prompts have them; nil if a mark has no picture.
    mutating func written(_ text: String) -> String? {
        var result = ""
        var end = text.startIndex
        for match in text.matches(of: Self.mark) {
            guard let number = Int(match.1), number >= 1, fileCount == 1 || number <= fileCount else { return nil }
            result += text[end..<match.range.lowerBound]
            let place = fileCount == 1 ? 0 : number - 1
            if areOwn, !order.contains(place) {
                order.append(place)
                result += "<image>"
            } else {
                result += "(picture \(number))"
            }
            end = match.range.upperBound
        }
        return result + text[end...]
    }
}
