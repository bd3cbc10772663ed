import Foundation

/// One usable line of `metadata.jsonl`.
struct ImageFolderRecord: Sendable {
    /// What makes two lines the same problem.
    struct Content: Hashable, Sendable {
        let files: [String]
        let problem: String
    }

    let id: String
    let line: Int
    let content: Content
    let answer: String
    let annotations: [String]

    /// Reads one line; keys beyond the mapped ones are ignored.
    ///
    /// - Throws: ``DatasetError`` with code `malformed`, naming the key.
    init(json: [UInt8], line: Int, columns: ColumnMapping) throws {
        let object: [String: JSONScalarOrList]
        do {
            object = try JSONDecoder().decode([String: JSONScalarOrList].self, from: Data(json))
        } catch {
            throw DatasetError(.malformed, "not a JSON object")
        }
        func required(_ key: String, _ kind: String) throws -> JSONScalarOrList {
            guard let value = object[key] else { throw DatasetError(.malformed, "the key \(key) is missing: \(kind) is expected") }
            return value
        }
        func wrong(_ key: String, _ kind: String) -> DatasetError { DatasetError(.malformed, "the key \(key) is not \(kind)") }

        let files: [String]
        let fileKind = "a file name or a list of file names"
        switch try required(columns.images, fileKind) {
        case .text(let file): files = [file]
        case .texts(let list) where !list.isEmpty: files = list
        default: throw wrong(columns.images, fileKind)
        }
        guard case .text(let problem) = try required(columns.problem, "a text"), !problem.isEmpty else {
            throw wrong(columns.problem, "a text of at least one letter")
        }
        switch try required(columns.answer, "a text or a number") {
        case .text(let text) where !text.isEmpty: answer = text
        case .number(let text): answer = text
        default: throw wrong(columns.answer, "a text or a number")
        }
        switch object[columns.annotations] {
        case nil, .null: annotations = []
        case .texts(let list) where !list.contains(""): annotations = list
        default: throw wrong(columns.annotations, "a list of texts")
        }
        switch object[columns.id] {
        case nil, .null: id = "line-" + String(repeating: "0", count: max(0, 5 - String(line).count)) + String(line)
        case .text(let text) where !text.isEmpty: id = text
        case .number(let text): id = text
        default: throw wrong(columns.id, "a text")
        }
        self.line = line
        content = Content(files: files, problem: problem)
    }
}

/// A JSON value as far as the metadata can use it.
private enum JSONScalarOrList: Decodable {
    case null
    case text(String)
    /// A whole number, or the shortest decimal form of another.
    case number(String)
    case texts([String])
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if (try? container.decode(Bool.self)) != nil {
            self = .other
        } else if let whole = try? container.decode(Int.self) {
            self = .number("\(whole)")
        } else if let real = try? container.decode(Double.self) {
            self = .number("\(real)")
        } else if let texts = try? container.decode([String].self) {
            self = .texts(texts)
        } else {
            self = .other
        }
    }
}
