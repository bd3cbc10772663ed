import Foundation
import JSON

/// The files of a model folder that may hold its chat template.
struct TemplateFiles {
    private let folder: URL
    private let settings: TokenizerSettings

    init(_ folder: URL, _ settings: TokenizerSettings) {
        self.folder = folder
        self.settings = settings
    }

    /// The template that transformers uses: of a processor's folder `processor_config.json`'s, then `chat_template.json`, then
    /// `chat_template.jinja`; of a tokenizer's `chat_template.jinja`; then the tokenizer's own.
    ///
    /// - Parameter takesImages: whether the folder is a processor's.
    /// - Throws: ``MultimodalError`` naming the file: unreadable, or a template that is not known; or the folder, if there is none.
    func template(takesImages: Bool) throws -> ChatTemplate {
        let json = { try text("chat_template.json", member: "chat_template") }
        let jinja = { try text("chat_template.jinja", member: nil) }
        let own = { settings.chatTemplate.map { ($0, TokenizerSettings.fileName) } }
        let places =
            takesImages
            ? [{ try text("processor_config.json", member: "chat_template") }, json, jinja, own]
            // transformers reads no chat_template.json of a text model; where it is all there is, it is meant.
            : [jinja, own, json]
        for place in places {
            guard let (template, name) = try place() else { continue }
            return try settings.recognize(template, name: folder.appending(path: name).path)
        }
        throw MultimodalError(
            .unsupported,
            "\(folder.path) has no chat template (chat_template.jinja, chat_template.json or tokenizer_config.json): score without a template"
        )
    }

    /// A file's text, or the text of a member of the JSON object in it; nil if there is none.
    private func text(_ name: String, member: String?) throws -> (text: String, name: String)? {
        let url = folder.appending(path: name)
        guard FileManager.default.fileExists(atPath: url.path) else { return nil }
        guard let member else { return (String(decoding: try readFile(at: url, byteLimit: 1 << 20), as: UTF8.self), name) }
        let value = try JSONValue(parsing: readFile(at: url, byteLimit: 1 << 22), name: url.path)[member] ?? .null
        guard let text = TokenizerSettings.template(value) else {
            guard value == .null else { throw MultimodalError(.unsupported, "\(url.path): \(member) is no template that is known") }
            return nil
        }
        return (text, name)
    }
}
