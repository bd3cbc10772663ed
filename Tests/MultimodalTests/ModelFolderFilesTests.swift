import Foundation
import Multimodal
import Testing

/// The files beside a model's weights, as people's folders have them.
@Suite("Tokenizer, template and processor files")
struct ModelFolderFilesTests {
    /// A copy of the tiny vision model's files, changed.
    private final class Copy {
        let folder: URL

        init() throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "percept-files-\(UUID())")
            try FileManager.default.copyItem(at: Fixture.url("qwen2_5_vl_tiny"), to: folder)
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func write(_ text: String, _ name: String) throws { try Data(text.utf8).write(to: folder.appending(path: name)) }

        func remove(_ names: String...) throws {
            for name in names { try FileManager.default.removeItem(at: folder.appending(path: name)) }
        }

        /// Replaces words of a file.
        func replace(_ words: String, by others: String, in name: String) throws {
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            #expect(text.contains(words))
            try write(text.replacing(words, with: others), name)
        }

        func processor() throws -> MultimodalProcessor { try MultimodalProcessor(contentsOf: folder) }

        /// The message that reading fails with.
        func failure() -> String? {
            do {
                _ = try processor()
                return nil
            } catch {
                return "\(error)"
            }
        }
    }

    @Test("files that transformers 5 saved mean the same: processor_config.json, chat_template.jinja, its tokenizer_config.json")
    func transformers5() throws {
        let copy = try Copy()
        let before = try copy.processor()
        try copy.remove("preprocessor_config.json", "chat_template.json", "tokenizer_config.json")
        for name in ["processor_config.json", "chat_template.jinja", "tokenizer_config.json"] {
            try FileManager.default.copyItem(at: Fixture.url("transformers5/\(name)"), to: copy.folder.appending(path: name))
        }
        let after = try copy.processor()
        #expect(after.imageProcessor != nil && after.imageProcessor == before.imageProcessor)
        #expect(after.encoder.template == before.encoder.template && after.encoder.template == .qwenVision)
    }

    @Test("processor_config.json's image processor goes before preprocessor_config.json; without one the latter counts")
    func imageProcessors() throws {
        let copy = try Copy()
        try copy.write(#"{"processor_class": "x", "image_processor": null}"#, "processor_config.json")
        #expect(try copy.processor().imageProcessor?.patchSize == 14)
        try copy.write(
            #"{"image_processor": {"patch_size": 16, "size": {"shortest_edge": 4096, "longest_edge": 8192}}}"#, "processor_config.json")
        let own = try copy.processor().imageProcessor
        #expect(own?.patchSize == 16 && own?.minimumPixels == 4096 && own?.maximumPixels == 8192)
        try copy.write(#"{"image_processor": {"do_convert_rgb": false}}"#, "processor_config.json")
        #expect(copy.failure()?.contains(copy.folder.path + "/processor_config.json: image_processor: do_convert_rgb") == true)
        try copy.remove("processor_config.json", "preprocessor_config.json")
        #expect(try copy.processor().imageProcessor == nil)
    }

    @Test(
        "templates that render alike are the same template",
        arguments: ["\r\n", "\r", "generation", "spaced generation", "final newline", "all"])
    func spellings(kind: String) throws {
        for (name, text) in try ChatTemplateTests.publishedTemplates() {
            let known = try ChatTemplate(recognizing: text, name: "m", begin: "<|bos|>", end: "<|eos|>")
            var changed = text
            if kind.contains("generation") || kind == "all", let loop = changed.firstRange(of: #/\{%-? for [^%]*%\}/#),
                let end = changed[loop.upperBound...].firstRange(of: #/\{%-? endfor -?%\}/#)
            {
                // Where the loop's tags take white space along, the marks beside them must too, or it is put out.
                let (open, close) = (changed[loop].hasSuffix("-%}") ? "-" : "", changed[end].hasPrefix("{%-") ? "-" : "")
                let spaced = kind != "generation"
                changed.insert(contentsOf: spaced ? "{%- endgeneration -%}" : "{%\(close) endgeneration %}", at: end.lowerBound)
                changed.insert(contentsOf: spaced ? "{%-generation-%}" : "{% generation \(open)%}", at: loop.upperBound)
            }
            if kind == "final newline" || kind == "all" { changed += "\n" }
            if kind == "all" || kind == "\r\n" { changed = changed.replacing("\n", with: "\r\n") }
            if kind == "\r" { changed = changed.replacing("\n", with: "\r") }
            // Marks that take white space along mean another template where white space stood.
            let template = try? ChatTemplate(recognizing: changed, name: "m", begin: "<|bos|>", end: "<|eos|>")
            if kind.contains("spaced") || kind == "all" {
                #expect(template == nil || template == known, "\(name)")
            } else {
                #expect(template == known, "\(name)")
            }
        }
    }

    @Test("a template is found where transformers finds it")
    func places() throws {
        let plain = "{% for m in messages %}{{ m }}{% endfor %}"
        let copy = try Copy()
        // Of a processor chat_template.json goes before chat_template.jinja, and processor_config.json before both.
        try copy.write(plain, "chat_template.jinja")
        #expect(try copy.processor().encoder.template == .qwenVision)
        try copy.write(#"{"chat_template": "{{ x }}"}"#, "processor_config.json")
        #expect(copy.failure()?.contains("processor_config.json") == true)
        try copy.remove("processor_config.json")
        // A text model's chat_template.jinja goes before all else.
        try copy.remove("preprocessor_config.json")
        #expect(copy.failure()?.contains("chat_template.jinja") == true)
        try copy.remove("chat_template.jinja")
        #expect(try copy.processor().encoder.template == .qwenVision)
        try copy.replace("\"chat_template\"", by: "\"no_template\"", in: "tokenizer_config.json")
        #expect(try copy.processor().encoder.template == .qwenVision, "chat_template.json is all there is")
        try copy.remove("chat_template.json")
        #expect(copy.failure()?.contains("has no chat template") == true)
    }

    @Test("what other files say of tokens must be what tokenizer.json says")
    func tokenizerSettings() throws {
        for (words, others, key) in [
            (#""split_special_tokens": false"#, #""split_special_tokens": true"#, "split_special_tokens"),
            (#""add_prefix_space": false"#, #""add_prefix_space": true"#, "add_prefix_space"),
            (#""content": "<|im_end|>""#, #""content": "<|im_stop|>""#, "added_tokens_decoder"),
            (#""split_special_tokens": false"#, #""fast_tokenizer_files": ["tokenizer.4.0.json"]"#, "fast_tokenizer_files"),
        ] {
            let copy = try Copy()
            try copy.replace(words, by: others, in: "tokenizer_config.json")
            let failure = copy.failure()
            #expect(
                failure?.contains(copy.folder.path + "/tokenizer_config.json") == true && failure?.contains(key) == true, "\(failure ?? "")"
            )
        }
        let older = try Copy()
        try older.write(#"{"bos_token": "a"}"#, "tokenizer_config.json")
        try older.write(#"{"<|im_end|>": 492}"#, "added_tokens.json")
        #expect(older.failure() == nil)
        try older.write(#"{"<|im_end|>": 493}"#, "added_tokens.json")
        #expect(older.failure()?.contains(older.folder.path + "/added_tokens.json") == true)
    }

    @Test("special_tokens_map.json names the tokens that an older tokenizer_config.json doesn't")
    func specialTokensMap() throws {
        let copy = try Copy()
        let zephyr = try ChatTemplateTests.published("TinyLlama")
        try copy.remove("preprocessor_config.json")
        try copy.write(zephyr, "chat_template.jinja")
        try copy.write("{}", "tokenizer_config.json")
        #expect(copy.failure()?.contains("eos_token") == true)
        try copy.write(#"{"eos_token": {"content": "<|im_end|>", "lstrip": false}}"#, "special_tokens_map.json")
        #expect(try copy.processor().encoder.endOfTurnTokenID == copy.processor().tokenizer.tokenID(of: "<|im_end|>"))
    }
}
