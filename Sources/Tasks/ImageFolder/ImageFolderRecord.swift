import JSON

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
    /// Each once, in the order of first mention.
    let annotations: [String]
    /// How many annotations repeat an earlier one.
    let repeatedAnnotationCount: Int

    /// Reads one line; keys beyond the mapped ones are ignored, but no key may come twice.
    ///
    /// - Throws: ``DatasetError`` with code `malformed`, naming the key, or the column of what is no JSON.
    init(json: [UInt8], line: Int, columns: ColumnMapping) throws(DatasetError) {
        let fields: [String: MetadataField]
        do {
            fields = try MetadataField.fields(
                of: json, keys: [columns.images, columns.problem, columns.answer, columns.annotations, columns.id])
        } catch {
            throw DatasetError(.malformed, error.inLine)
        }
        func required(_ key: String, _ kind: String) throws(DatasetError) -> MetadataField {
            guard let value = fields[key] else { throw DatasetError(.malformed, "the key \(key) is missing: \(kind) is expected") }
            return value
        }
        func wrong(_ key: String, _ kind: String) -> DatasetError {
            DatasetError(.malformed, "the key \(key) is not \(kind), but \(fields[key]?.kind ?? "nothing")")
        }

        let files: [String]
        switch fields[columns.images] {
        case nil, .null: files = []
        case .text(let file): files = [file]
        case .texts(let list): files = list
        default: throw wrong(columns.images, "a file name or a list of file names")
        }
        let textKind = "a text that is not blank"
        guard case .text(let problem) = try required(columns.problem, "a text"), !Self.isBlank(problem) else {
            throw wrong(columns.problem, textKind)
        }
        switch try required(columns.answer, "a text or a number") {
        case .text(let text) where !Self.isBlank(text): answer = text
        case .number(let text): answer = text
        default: throw wrong(columns.answer, "a number or \(textKind)")
        }
        let all: [String]
        switch fields[columns.annotations] {
        case nil, .null: all = []
        case .texts(let list): all = list
        default: throw wrong(columns.annotations, "a list of texts")
        }
        if let blank = all.firstIndex(where: Self.isBlank) {
            throw DatasetError(.malformed, "text \(blank + 1) of the list \(columns.annotations) is blank: remove it")
        }
        if let long = all.firstIndex(where: { $0.utf8.count > Self.annotationLimit }) {
            throw DatasetError(
                .malformed,
                "text \(long + 1) of the list \(columns.annotations) has more than \(Self.annotationLimit) bytes: one fact is a sentence")
        }
        guard all.count <= Self.annotationCountLimit else {
            throw DatasetError(
                .malformed, "the list \(columns.annotations) has \(all.count) texts, more than \(Self.annotationCountLimit)")
        }
        var known: Set<String> = []
        annotations = all.filter { known.insert($0).inserted }
        repeatedAnnotationCount = all.count - annotations.count
        switch fields[columns.id] {
        case nil, .null: id = "line-" + String(repeating: "0", count: max(0, 5 - String(line).count)) + String(line)
        case .text(let text) where !Self.isBlank(text): id = text
        case .number(let text): id = text
        default: throw wrong(columns.id, textKind)
        }
        self.line = line
        content = Content(files: files, problem: problem)
    }

    /// Bytes of one annotation, and annotations of one problem: a judge is asked about each, with the response.
    static let annotationLimit = 4_096
    static let annotationCountLimit = 1_024

    private static func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }
}
