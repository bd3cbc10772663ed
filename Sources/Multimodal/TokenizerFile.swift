import JSON

/// The sections of a `tokenizer.json`, checked.
struct TokenizerFile {
    let vocabulary: BytePairVocabulary
    let addedTokens: [AddedToken]
    let preTokenizer: PreTokenizer
    let normalizer: Normalizer
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
                // How batches are cut and filled, which nobody asks of this tokenizer.
                case "version", "truncation", "padding": _ = try JSONValue(&reader)
                case "normalizer", "pre_tokenizer", "post_processor", "decoder": sections[key] = try JSONValue(&reader)
                default: throw reader.failure("\(key) is not a known part of a tokenizer", .unsupported)
                }
            }
            try reader.readEnd()
            guard let vocabulary else { throw MultimodalError(.malformed, "\(name): model is missing") }
            self.vocabulary = vocabulary
            self.addedTokens = addedTokens
            do {
                normalizer = try Normalizer(sections["normalizer"] ?? .null)
                preTokenizer = try PreTokenizer(sections["pre_tokenizer"] ?? .null)
            } catch {
                throw MultimodalError(error.code, "\(name): \(error.message)")
            }
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

    private static func checkDecoder(_ json: JSONValue, _ name: String) throws {
        if json["type"] == "Sequence", let decoders = json["decoders"]?.elements, decoders.count == 1 {
            return try checkDecoder(decoders[0], name)
        }
        let type = json["type"]?.string ?? "null"
        guard type == "ByteLevel" else {
            throw MultimodalError(.unsupported, "\(name): the decoder \(type) is not supported: only ByteLevel is")
        }
    }

    /// Understands ByteLevel (which changes offsets alone), TemplateProcessing, RobertaProcessing, BertProcessing and Sequence.
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
        case "RobertaProcessing", "BertProcessing":
            for (key, isLeading) in [("cls", true), ("sep", false)] {
                guard let pair = json[key]?.elements, pair.count == 2, let id = pair[1].integer.flatMap({ Int32(exactly: $0) }) else {
                    throw MultimodalError(.malformed, "\(name): post_processor.\(key) must be a token and its id")
                }
                if isLeading { leading.append(id) } else { trailing.append(id) }
            }
        case let type:
            throw MultimodalError(
                .unsupported,
                "\(name): the post_processor \(type ?? "without a type") is not supported: only ByteLevel, TemplateProcessing, "
                    + "RobertaProcessing, BertProcessing and Sequence are")
        }
    }
}
