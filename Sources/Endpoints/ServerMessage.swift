import Foundation

/// What a server says of a failure in the body of its answer.
///
/// Servers say it in many forms: OpenAI in `error.message` and `error.param`, FastAPI in a list of `detail[].loc` and `detail[].msg`, others
/// in one string or as plain text. Some repeat the request beside that, so only keys that say what is wrong are read.
struct ServerMessage: Hashable, Sendable {
    /// Sentences, the outermost first.
    private var texts: [String] = []
    /// What names a part of the request.
    private var fields: [String] = []
    /// A status inside the body: some servers put errors behind a 200.
    private(set) var code: Int?
    private let start: String

    init(body: Data) {
        start = String(decoding: body.prefix(4096), as: UTF8.self)
        if let json = try? JSONSerialization.jsonObject(with: body, options: .fragmentsAllowed) { read(json, depth: 0) }
    }

    private static let fieldKeys = ["param", "loc", "field", "parameter"]
    private static let textKeys = ["error", "message", "msg", "detail", "details", "errors", "reason", "title"]
    private static let statusKeys = ["code", "status", "status_code"]
    private static let depthLimit = 8
    private static let entryLimit = 64

    private mutating func read(_ value: Any, depth: Int) {
        guard depth < Self.depthLimit, texts.count < Self.entryLimit else { return }
        switch value {
        case let text as String: texts.append(text)
        case let list as [Any]: for entry in list.prefix(Self.entryLimit) { read(entry, depth: depth + 1) }
        case let object as [String: Any]:
            if code == nil { code = Self.statusKeys.lazy.compactMap { Self.whole(object[$0]) }.first }
            for key in Self.textKeys { if let value = object[key] { read(value, depth: depth + 1) } }
            for key in Self.fieldKeys {
                let value = object[key]
                fields += (value as? [Any] ?? [value as Any]).prefix(Self.entryLimit).compactMap { $0 as? String }
            }
        default: break
        }
    }

    private static func whole(_ value: Any?) -> Int? { (value as? Int) ?? (value as? String).flatMap { Int($0) } }

    // MARK: - What it means

    /// The parameters of a request that it names, in OpenAI's spelling: by field where it has fields, else by its words.
    var parameters: Set<String> {
        let named = Self.parameters(in: fields)
        return named.isEmpty ? Self.parameters(in: texts.isEmpty ? [start] : texts) : named
    }

    /// Whether prompt and answer are together longer than the model takes: nothing cures that but a shorter prompt.
    var isAboutLength: Bool { EndpointError.isAboutLength((texts.isEmpty ? [start] : texts).joined(separator: " ")) }

    private static let knownParameters: Set<String> = [
        "max_tokens", "max_completion_tokens", "temperature", "top_p", "seed", "stop", "logprobs", "top_logprobs",
    ]

    private static func parameters(in texts: [String]) -> Set<String> {
        let words = texts.flatMap { text in
            text.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) }
        }
        return knownParameters.intersection(words.map(String.init))
    }

    // MARK: - For people

    /// Its sentences, or the start of a body without any; printable, without the key, at most 200 characters.
    func text(key: EndpointKey?) -> String {
        var said = texts.isEmpty ? start : texts.joined(separator: "; ")
        let unsaid = fields.filter { !said.contains($0) }
        if !texts.isEmpty, !unsaid.isEmpty { said += " (\(unsaid.joined(separator: ".")))" }
        // Before anything is cut off, so that no half of a key is left.
        let text = key?.redacted(said) ?? said
        let printable = text.unicodeScalars.prefix(800).map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: " "
            default: scalar
            }
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: printable)
        return String(String(view).split(separator: " ").joined(separator: " ").prefix(200))
    }
}
