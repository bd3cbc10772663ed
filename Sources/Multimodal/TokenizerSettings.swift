import Foundation
import JSON

/// What stands beside `tokenizer.json`: `tokenizer_config.json` and the older `special_tokens_map.json` and `added_tokens.json`.
///
/// How texts become ids is `tokenizer.json`'s alone; what these files say of it must agree with it.
struct TokenizerSettings {
    static let fileName = "tokenizer_config.json"

    private let folder: URL
    private let settings: JSONValue
    private let tokensMap: JSONValue
    private let addedTokens: JSONValue

    /// - Throws: ``MultimodalError`` or `JSONError` naming a file that can't be read.
    init(folder: URL) throws {
        func json(_ name: String) throws -> JSONValue {
            let url = folder.appending(path: name)
            guard FileManager.default.fileExists(atPath: url.path) else { return .null }
            return try JSONValue(parsing: readFile(at: url, byteLimit: 1 << 26), name: url.path)
        }
        self.folder = folder
        settings = try json(Self.fileName)
        tokensMap = try json("special_tokens_map.json")
        addedTokens = try json("added_tokens.json")
    }

    /// The settings that a `.gguf` file carries.
    init(_ settings: JSONValue, of file: URL) {
        folder = file
        self.settings = settings
        tokensMap = .null
        addedTokens = .null
    }

    /// A template with the tokens that these files name.
    ///
    /// - Parameter name: its file, for errors.
    /// - Throws: ``MultimodalError`` as `ChatTemplate.init(recognizing:name:begin:end:)`.
    func recognize(_ template: String, name: String) throws(MultimodalError) -> ChatTemplate {
        try ChatTemplate(recognizing: template, name: name, begin: token("bos_token"), end: token("eos_token"))
    }

    /// The tokenizer's own chat template.
    var chatTemplate: String? { settings["chat_template"].flatMap(Self.template) }

    /// The text of a template, or of the default one of several: `[{"name": …, "template": …}]`.
    static func template(_ value: JSONValue) -> String? {
        value.string ?? value.elements?.first { $0["name"] == "default" }?["template"]?.string
    }

    /// The content of a special token such as `bos_token`; nil if the files name none.
    private func token(_ key: String) -> String? {
        func content(_ value: JSONValue?) -> String? { value?.string ?? value?["content"]?.string }
        return content(settings[key]) ?? (settings["added_tokens_decoder"] == nil ? content(tokensMap[key]) : nil)
    }

    /// Refuses settings under which transformers would give other ids than `tokenizer.json` does.
    ///
    /// - Throws: ``MultimodalError`` (`unsupported`) naming the file and the key.
    func check(_ tokenizer: Tokenizer) throws(MultimodalError) {
        func fail(_ message: String, _ name: String = Self.fileName) -> MultimodalError {
            MultimodalError(.unsupported, "\(folder.appending(path: name).path): \(message)")
        }
        if settings["split_special_tokens"] == true { throw fail("split_special_tokens: true is not supported; only false is") }
        if settings["add_prefix_space"] == true, !tokenizer.addsPrefixSpace {
            throw fail("add_prefix_space is true, but tokenizer.json's ByteLevel adds no space: make the files agree")
        }
        if let versions = settings["fast_tokenizer_files"]?.elements, !versions.isEmpty {
            throw fail("fast_tokenizer_files is not supported: tokenizer.json must be the tokenizer")
        }
        for member in settings["added_tokens_decoder"]?.members ?? [] {
            let content = member.value["content"]?.string ?? member.value.string ?? ""
            guard let id = Int32(member.key), tokenizer.tokenID(of: content) == id else {
                throw fail("added_tokens_decoder has \(JSONValue.quoted(content)) as token \(member.key), but tokenizer.json has not")
            }
        }
        guard settings["added_tokens_decoder"] == nil else { return }
        for member in addedTokens.members ?? [] {
            guard let id = member.value.integer, tokenizer.tokenID(of: member.key) == Int32(exactly: id) else {
                throw fail(
                    "\(JSONValue.quoted(member.key)) is token \(member.value.text), but tokenizer.json has it otherwise",
                    "added_tokens.json")
            }
        }
    }
}
