/// What a Hugging Face folder calls the tensors that ``ParameterTable`` names as the hub does: the hub's names, those of transformers 5
/// (`model.language_model.…`, `model.visual.…`), or those of a model without its head (`language_model.…`; of text models no prefix).
struct TensorNames: Sendable {
    /// Stored names by the table's.
    private let stored: [String: String]

    /// - Parameter path: the folder, for errors.
    /// - Throws: ``PolicyModelError`` if two tensors are the same one.
    init(_ names: [String], family: ModelConfiguration.Family, path: String) throws {
        var stored: [String: String] = [:]
        for name in names {
            if let other = stored.updateValue(name, forKey: Self.hubName(of: name, family)) {
                throw PolicyModelError(.weights, "\(path): '\(other)' and '\(name)' are two spellings of one tensor: remove one")
            }
        }
        self.stored = stored
    }

    /// The file's name of a tensor; nil if it has none.
    subscript(name: String) -> String? { stored[name] }

    /// The file's names of tensors outside of `table` that mean something. Frequencies of rotary positions, which older files hold, are
    /// computed.
    func strays(_ table: Set<String>) -> [String] {
        stored.filter {
            !table.contains($0.key) && !$0.key.hasSuffix(".rotary_emb.inv_freq") && !$0.key.hasSuffix(".rotary_pos_emb.inv_freq")
        }
        .map(\.value).sorted()
    }

    private static func hubName(of name: String, _ family: ModelConfiguration.Family) -> String {
        func moved(_ prefix: String, to other: String) -> String? { name.hasPrefix(prefix) ? other + name.dropFirst(prefix.count) : nil }
        guard family == .qwen25VL else { return name == headName || name.hasPrefix("model.") ? name : "model." + name }
        return moved("model.language_model.", to: "model.") ?? moved("language_model.", to: "model.") ?? moved(
            "model.visual.", to: "visual.")
            ?? name
    }

    static let headName = "lm_head.weight"
    static let embeddingName = "model.embed_tokens.weight"
}
