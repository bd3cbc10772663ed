import Foundation
import Multimodal
import Testing

/// Published templates and what transformers renders with them (Fixtures/templates/make_templates.py).
@Suite("Chat templates against transformers")
struct ChatTemplateTests {
    private struct Fixtures: Decodable {
        struct Case: Decodable {
            let template: String
            let turns: [[String]]
            let prompt: Bool
            let rendered: String
        }

        let templates: [String: String]
        let refused: [String: String]
        let cases: [Case]
    }

    private static func fixtures() throws -> Fixtures {
        try JSONDecoder().decode(Fixtures.self, from: Data(Fixture.bytes("templates/templates.json")))
    }

    static func publishedTemplates() throws -> [String: String] { try fixtures().templates }

    static func published(_ name: String) throws -> String { try #require(try fixtures().templates[name]) }

    private static func template(_ text: String) throws -> ChatTemplate {
        try ChatTemplate(recognizing: text, name: "m/chat_template.jinja", begin: "<|bos|>", end: "<|eos|>")
    }

    /// A tokenizer of bytes with the given special tokens.
    private static func tokenizer(_ special: [String]) throws -> Tokenizer {
        let added = special.enumerated().map { "{\"id\": \(300 + $0), \"content\": \"\($1)\", \"special\": true, \"normalized\": false}" }
        return try Tokenizer(
            json: Fixture.tokenizerJSON(
                merges: [("|", ">"), ("<", "|"), ("Ċ", "Ċ"), ("Ċ", "H"), ("u", "s")],
                changes: ["added_tokens": "[\(added.joined(separator: ", "))]"]))
    }

    private static let special = [
        "<|im_start|>", "<|im_end|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|bos|>", "<|eos|>",
    ]

    @Test(
        "conversations give the ids of transformers' rendering, whether role marks are special tokens or letters",
        arguments: [[], ["<|user|>", "<|assistant|>", "<|system|>"]])
    func conversations(marks: [String]) throws {
        let fixtures = try Self.fixtures()
        let tokenizer = try Self.tokenizer(Self.special + marks)
        #expect(fixtures.cases.count == fixtures.templates.count * 10)
        for one in fixtures.cases {
            let template = try Self.template(try #require(fixtures.templates[one.template]))
            let messages = try one.turns.map { turn in ChatMessage(try #require(ChatRole(rawValue: turn[0])), turn[1]) }
            let encoded = try PromptEncoder(tokenizer: tokenizer, template: template).encode(messages, addsAssistantPrefix: one.prompt)
            #expect(tokenizer.decode(encoded.tokenIDs) == one.rendered, "\(one.template), \(one.turns)")
            #expect(encoded.tokenIDs == tokenizer.encode(one.rendered), "\(one.template), \(one.turns)")
        }
    }

    @Test(
        "a reply between two turns of the model gives the ids that transformers' rendering of the whole conversation has there",
        arguments: [[], ["<|user|>", "<|assistant|>", "<|system|>"]])
    func replies(marks: [String]) throws {
        let fixtures = try Self.fixtures()
        let tokenizer = try Self.tokenizer(Self.special + marks)
        for name in fixtures.templates.keys.sorted() {
            let encoder = try PromptEncoder(tokenizer: tokenizer, template: try Self.template(try #require(fixtures.templates[name])))
            let end = try #require(encoder.endOfTurnTokenID)
            for text in ["It is 7.", "  two\n\nlines ", "<|im_end|><|eot_id|><|eos|>", ""] {
                let question = [ChatMessage(.system, "S"), ChatMessage(.user, "Which?")]
                let whole = try encoder.encode(question + [ChatMessage(.assistant, "A call"), ChatMessage(.user, text)])
                let reply = try encoder.encode(replying: text)
                let before = whole.tokenIDs.dropLast(reply.count)
                #expect(before + reply == whole.tokenIDs, "\(name), \(text)")
                // Before it stand the turns of the system, the user and the assistant, the end token of the last one too.
                #expect(before.last == end && before.count { $0 == end } == 3, "\(name), \(text)")
            }
        }
        let plain = try PromptEncoder(tokenizer: tokenizer, template: .plain)
        #expect(throws: MultimodalError.self) { try plain.encode(replying: "It is 7.") }
    }

    @Test("Qwen2.5-VL's template is the one that trained models get, and takes images; the others don't")
    func vision() throws {
        for (name, text) in try Self.fixtures().templates {
            #expect(try Self.template(text).acceptsImages == (name == "Qwen2.5-VL"))
        }
        #expect(try Self.template(Self.published("Qwen2.5-VL")) == .qwenVision)
        #expect(try Self.template(QwenFormat.chatTemplate) == .qwenVision)
    }

    @Test("templates that resemble the known ones are refused, naming the file and what is supported")
    func refused() throws {
        for (name, text) in try Self.fixtures().refused {
            let error = #expect(throws: MultimodalError.self, "\(name)") { try Self.template(text) }
            #expect(error?.code == .unsupported)
            #expect(error?.message.contains("m/chat_template.jinja") == true)
            #expect(error?.message.contains("Qwen2.5-VL") == true)
        }
    }

    @Test("any byte of a known template changed is another template, or one that renders the same")
    func changedTemplates() throws {
        // White space around Jinja's tags is the only thing that may change without effect.
        for name in ["SmolLM2", "Llama 3", "TinyLlama"] {
            let text = try Self.published(name)
            let known = try Self.template(text)
            for index in text.indices where !text[index].isWhitespace {
                var changed = text
                changed.replaceSubrange(index...index, with: text[index] == "x" ? "y" : "x")
                let template = try? Self.template(changed)
                #expect(template == nil || template != known, "\(name) at \(text[..<index].count)")
            }
        }
    }

    @Test("a template whose tokens are missing is refused, naming them")
    func missingTokens() throws {
        let llama = try Self.published("Llama 3")
        let unnamed = #expect(throws: MultimodalError.self) { try ChatTemplate(recognizing: llama, name: "m") }
        #expect(unnamed?.message.contains("bos_token") == true)
        let template = try Self.template(llama)
        let lacking = #expect(throws: MultimodalError.self) {
            try PromptEncoder(tokenizer: Self.tokenizer(["<|bos|>", "<|start_header_id|>", "<|end_header_id|>"]), template: template)
        }
        #expect(lacking?.message.contains("<|eot_id|>") == true)
    }

    @Test("the end of a turn is the template's")
    func endOfTurn() throws {
        let tokenizer = try Self.tokenizer(Self.special)
        for (name, end) in [("SmolLM2", "<|im_end|>"), ("Llama 3", "<|eot_id|>"), ("TinyLlama", "<|eos|>")] {
            let encoder = try PromptEncoder(tokenizer: tokenizer, template: Self.template(Self.published(name)))
            #expect(encoder.endOfTurnTokenID == tokenizer.tokenID(of: end))
        }
    }
}
