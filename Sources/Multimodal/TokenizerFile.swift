import JSON

/// The sections of a `tokenizer.json`, checked.
struct TokenizerFile {
    let vocabulary: BytePairVocabulary
    let addedTokens: [AddedToken]
    let preTokenizer: JSONValue
    /// Whether text is brought to Unicode's normal form C.
    let isNormalizing: Bool
    let leadingTokenIDs: [Int32]
    let trailingTokenIDs: [Int32]

    /// - Throws: ``MultimodalError`` naming the file, and the line or the section.
    init(_ bytes: [UInt8], name: String) throws(MultimodalError) {
        do {
            var reader = JSONReader(bytes, name: name)
            var vocabulary: BytePairVocabulary?
            var addedTokens: [AddedToken] = []
            var sections: [String: JSONValue] = [:]
            try reader.readObject { key, reader in
                switch key {
                case "model": vocabulary = try BytePairVocabulary(&reader)
                case "added_tokens": try reader.readArray { addedTokens.append(try AddedToken(&$0)) }
                default: sections[key] = try JSONValue(&reader)
                }
            }
            try reader.readEnd()
            guard let vocabulary else { throw MultimodalError(.malformed, "\(name): model is missing") }
            self.vocabulary = vocabulary
            self.addedTokens = addedTokens
            preTokenizer = sections["pre_tokenizer"] ?? .null
            isNormalizing = try Self.isNormalizing(sections["normalizer"] ?? .null, name)
            try Self.checkDecoder(sections["decoder"] ?? .null, name)
            var leading: [Int32] = []
            var trailing: [Int32] = []
            try Self.readPostProcessor(sections["post_processor"] ?? .null, name, &leading, &trailing)
            leadingTokenIDs = leading
            trailingTokenIDs = trailing
        } catch let error as MultimodalError {
            throw error
        } catch let error as JSONError {
            throw MultimodalError(.malformed, error.description)
        } catch {
            throw MultimodalError(.malformed, "\(name): \(error)")
        }
    }

    private static func isNormalizing(_ json: JSONValue, _ name: String) throws -> Bool {
        switch json["type"]?.string {
        case nil where json == .null: return false
        case "NFC": return true
        case "Sequence": return try (json["normalizers"]?.elements ?? []).reduce(false) { try isNormalizing($1, name) || $0 }
        case let type:
            throw MultimodalError(.unsupported, "\(name): the normalizer \(type ?? "without a type") is not supported: only NFC is")
        }
    }

    private static func checkDecoder(_ json: JSONValue, _ name: String) throws {
        let type = json["type"]?.string ?? "null"
        guard type == "ByteLevel" else {
            throw MultimodalError(.unsupported, "\(name): the decoder \(type) is not supported: only ByteLevel is")
        }
    }

    /// Understands ByteLevel (which changes offsets alone), TemplateProcessing and Sequence.
    private static func readPostProcessor(_ json: JSONValue, _ name: String, _ leading: inout [Int32], _ trailing: inout [Int32]) throws {
        switch json["type"]?.string {
        case nil where json == .null: return
        case "ByteLevel": return
        case "Sequence":
            for part in json["processors"]?.elements ?? [] { try readPostProcessor(part, name, &leading, &trailing) }
        case "TemplateProcessing":
            var isPastText = false
            for piece in json["single"]?.elements ?? [] {
                guard let token = piece["SpecialToken"]?["id"]?.string else {
                    isPastText = true
                    continue
                }
                guard let ids = json["special_tokens"]?[token]?["ids"]?.numbers?.map({ Int32(exactly: $0) }), ids.allSatisfy({ $0 != nil })
                else {
                    throw MultimodalError(.malformed, "\(name): post_processor.special_tokens lacks the ids of \(token)")
                }
                if isPastText { trailing += ids.compactMap(\.self) } else { leading += ids.compactMap(\.self) }
            }
        case let type:
            throw MultimodalError(
                .unsupported,
                "\(name): the post_processor \(type ?? "without a type") is not supported: only ByteLevel and TemplateProcessing are")
        }
    }
}
