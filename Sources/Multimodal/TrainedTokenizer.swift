import Files
package import Foundation
import JSON

/// The files of a trained tokenizer, in Hugging Face's formats.
package struct TrainedTokenizer: Sendable {
    /// `tokenizer.json`.
    package let tokenizerJSON: [UInt8]
    /// `tokenizer_config.json`, with Qwen2.5-VL's chat template.
    package let tokenizerConfigJSON: [UInt8]
    /// `chat_template.json`.
    package let chatTemplateJSON: [UInt8]

    init(_ training: BytePairTraining, specialTokens: [String], plainAddedTokens: [String]) {
        let added = specialTokens.map { ($0, true) } + plainAddedTokens.map { ($0, false) }
        let addedMembers: [(id: Int, content: JSONValue.Member, flags: [JSONValue.Member])] = added.enumerated().map { index, token in
            let flags: [JSONValue.Member] = [
                .init("single_word", false), .init("lstrip", false), .init("rstrip", false),
                .init("normalized", false), .init("special", .bool(token.1)),
            ]
            return (training.tokens.count + index, .init("content", .string(token.0)), flags)
        }
        let written = training.tokens.map { ByteAlphabet.encode($0) }
        let byteLevel: JSONValue = ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false]
        let model: JSONValue = [
            "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil, "end_of_word_suffix": nil, "fuse_unk": false,
            "byte_fallback": false, "ignore_merges": false,
            "vocab": .object(written.enumerated().map { .init($0.element, .number(Double($0.offset))) }),
            "merges": .array(training.merges.map { [.string(written[Int($0.left)]), .string(written[Int($0.right)])] }),
        ]
        let tokenizer: JSONValue = [
            "version": "1.0", "truncation": nil, "padding": nil,
            "added_tokens": .array(addedMembers.map { .object([.init("id", .number(Double($0.id))), $0.content] + $0.flags) }),
            "normalizer": ["type": "NFC"],
            "pre_tokenizer": [
                "type": "Sequence",
                "pretokenizers": [
                    ["type": "Split", "pattern": ["Regex": .string(QwenFormat.splitPattern)], "behavior": "Isolated", "invert": false],
                    byteLevel,
                ],
            ],
            "post_processor": byteLevel,
            "decoder": ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true],
            "model": model,
        ]
        let config: JSONValue = [
            "tokenizer_class": "Qwen2Tokenizer", "add_bos_token": false, "add_prefix_space": false, "bos_token": nil,
            "eos_token": "<|im_end|>",
            "pad_token": "<|endoftext|>", "unk_token": nil, "errors": "replace", "clean_up_tokenization_spaces": false,
            "split_special_tokens": false, "model_max_length": 131072,
            "additional_special_tokens": .array(specialTokens.filter { $0 != "<|endoftext|>" }.map { .string($0) }),
            "chat_template": .string(QwenFormat.chatTemplate),
            "added_tokens_decoder": .object(addedMembers.map { .init(String($0.id), .object([$0.content] + $0.flags)) }),
        ]
        let template: JSONValue = ["chat_template": .string(QwenFormat.chatTemplate)]
        tokenizerJSON = Array(tokenizer.serialized().utf8)
        tokenizerConfigJSON = Array(config.serialized().utf8)
        chatTemplateJSON = Array(template.serialized().utf8)
    }

    /// The tokenizer itself.
    ///
    /// - Throws: ``MultimodalError`` if the file doesn't read back, which would be a defect.
    package func tokenizer() throws(MultimodalError) -> Tokenizer { try Tokenizer(json: tokenizerJSON) }

    /// Writes the three files into `folder`, which must exist.
    ///
    /// - Throws: ``MultimodalError`` (`unwritable`) naming the file that can't be written.
    package func write(to folder: URL) throws(MultimodalError) {
        let files = [
            ("tokenizer.json", tokenizerJSON), ("tokenizer_config.json", tokenizerConfigJSON), ("chat_template.json", chatTemplateJSON),
        ]
        for (name, bytes) in files {
            let url = folder.appending(path: name)
            do {
                try Data(bytes).write(to: url, options: .atomic)
            } catch {
                throw MultimodalError(.unwritable, "\(url.path) can't be written: \(FileFailure.words(of: error))")
            }
        }
    }
}
