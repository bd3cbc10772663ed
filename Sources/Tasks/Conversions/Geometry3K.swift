import Files
import Foundation

/// Geometry3K in the layout of its archives: a folder for each problem with `data.json`, `logic_form.json` and `img_diagram.png`.
///
/// - SeeAlso: Lu et al., "Inter-GPS", ACL 2021, arXiv:2105.04165; github.com/lupantech/InterGPS.
package enum Geometry3K {
    /// The largest JSON file that is read, in bytes, and the most problems: the data set has 3,002.
    static let jsonLimit = 1 << 20
    static let problemLimit = 1 << 17

    /// Reads all problems below `directory`, which holds them or the folders `train`, `val` and `test` that hold them, in the order of their
    /// numbers.
    ///
    /// The question is the data set's text; the answer the option that its letter names; the annotations are the literals of the diagram in
    /// plain English, each once.
    ///
    /// - Parameters:
    ///   - directory: The folder's path.
    ///   - decode: Decodes an image file.
    /// - Throws: ``DatasetError`` if the folder can't be read or holds no usable problem.
    package static func read(directory: String, decode: @escaping ImageDecoder) throws -> ForeignProblems {
        let root = try FolderRoot(directory)
        var report = ConversionReport()
        var records: [ForeignProblems.Record] = []
        for folder in try folders(in: directory) {
            do throws(Unusable) {
                records.append(try record(folder, root, &report))
            } catch {
                report.leaveOut(folder, because: error.reason, error.detail)
            }
        }
        return try ForeignProblems(directory, root: root, records: records, report: report, decode: decode)
    }

    private struct Unusable: Error {
        let reason: ConversionReport.Reason
        let detail: String
    }

    /// `data.json`, as far as it is needed.
    private struct Data: Decodable {
        let id: Int?
        let compactText: String?
        let problemText: String?
        let compactChoices: [String]?
        let choices: [String]?
        let answer: String?
    }

    /// `logic_form.json`, as far as it is needed.
    private struct LogicForm: Decodable {
        let diagramLogicForm: [String]
    }

    /// The folders with a `data.json`, relative to `directory`: by split, then by number.
    private static func folders(in directory: String) throws -> [String] {
        var folders: [String] = []
        func isProblem(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(directory)/\(name)/data.json") }
        func names(_ path: String) throws -> [String] {
            do {
                return try FileManager.default.contentsOfDirectory(atPath: path).sorted {
                    (Int($0) ?? .max, $0) < (Int($1) ?? .max, $1)
                }
            } catch {
                throw DatasetError(.unreadable, "\(path) can't be listed: \(FileFailure.words(of: error))")
            }
        }
        folders += try names(directory).filter(isProblem)
        for split in ["train", "val", "test"] where FileManager.default.fileExists(atPath: "\(directory)/\(split)") {
            folders += try names("\(directory)/\(split)").map { "\(split)/\($0)" }.filter(isProblem)
        }
        guard !folders.isEmpty else {
            throw DatasetError(
                .empty, "\(directory) has no folder with a data.json: --source is the folder of the problems, or of train, val and test")
        }
        guard folders.count <= problemLimit else { throw DatasetError(.malformed, "\(directory) has more than \(problemLimit) problems") }
        return folders
    }

    private static func record(_ folder: String, _ root: FolderRoot, _ report: inout ConversionReport) throws(Unusable)
        -> ForeignProblems.Record
    {
        let data = try json(Data.self, "\(folder)/data.json", root)
        let form = try json(LogicForm.self, "\(folder)/logic_form.json", root)
        guard let question = data.compactText ?? data.problemText, question.contains(where: { !$0.isWhitespace }) else {
            throw Unusable(reason: .question, detail: "data.json has no compact_text")
        }
        let choices = data.compactChoices ?? data.choices ?? []
        guard let letter = data.answer, let index = OptionLetters.index(of: letter), choices.indices.contains(index),
            !choices[index].isEmpty
        else {
            throw Unusable(reason: .answer, detail: "data.json's answer '\(data.answer ?? "")' is no letter of \(choices.count) choices")
        }
        var facts: [String] = []
        for literal in form.diagramLogicForm {
            do throws(LogicSentence.Unknown) {
                let fact = try LogicSentence.sentence(literal)
                if !facts.contains(fact) { facts.append(fact) }
            } catch {
                report.leaveOutFact(error.name)
            }
        }
        let number = data.id.map { String($0) } ?? folder.replacing("/", with: "-")
        return ForeignProblems.Record(
            id: "geometry3k-\(number)", files: ["\(folder)/img_diagram.png"], question: question, answer: choices[index], annotations: facts
        )
    }

    private static func json<Value: Decodable>(_: Value.Type, _ name: String, _ root: FolderRoot) throws(Unusable) -> Value {
        do {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Value.self, from: Foundation.Data(root.read(name, limit: jsonLimit)))
        } catch let error as DatasetError {
            throw Unusable(reason: .unreadable, detail: error.description)
        } catch {
            throw Unusable(
                reason: .unreadable, detail: "\(root.fullPath(name)) is not the JSON that it should be: \(FileFailure.words(of: error))")
        }
    }
}

/// Options are named A, B, C, ….
enum OptionLetters {
    /// The place of the option that `letter` names; nil if it is no single capital letter.
    static func index(of letter: String) -> Int? {
        guard letter.utf8.count == 1, let byte = letter.utf8.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) else {
            return nil
        }
        return Int(byte - UInt8(ascii: "A"))
    }

    /// The letter of option `index`, which must be below 26.
    static func letter(_ index: Int) -> String { String(UnicodeScalar(UInt8(ascii: "A") + UInt8(index))) }
}
