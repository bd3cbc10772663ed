import Foundation
import PolicyModel
import Testing

/// What a saved model carries of the folder that it came from.
@Suite("Companion files")
struct CompanionFilesTests {
    private final class Folders {
        let root: URL
        var source: URL { root.appending(path: "models--x/snapshots/1") }
        var target: URL { root.appending(path: "target") }

        /// A golden model's folder as `source`.
        init() throws {
            root = FileManager.default.temporaryDirectory.appending(path: "percept-\(UUID())")
            try FileManager.default.createDirectory(at: source.deletingLastPathComponent(), withIntermediateDirectories: true)
            try FileManager.default.copyItem(at: Bundle.module.bundleURL.appending(path: "Fixtures/text_tiny/llama"), to: source)
        }

        deinit { try? FileManager.default.removeItem(at: root) }

        func write(_ text: String, _ name: String, in folder: URL? = nil) throws {
            let file = (folder ?? source).appending(path: name)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }

        func link(_ name: String, to path: String) throws {
            try FileManager.default.createSymbolicLink(atPath: source.appending(path: name).path, withDestinationPath: path)
        }

        func save() throws { try PolicyFolder.save(PolicyFolder.load(source), to: target, companions: source) }

        func text(_ name: String) -> String? { try? String(contentsOf: target.appending(path: name), encoding: .utf8) }
    }

    private static let names = [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt",
        "tokenizer.model", "chat_template.jinja", "chat_template.json", "preprocessor_config.json", "processor_config.json",
        "video_preprocessor_config.json", "generation_config.json", "additional_chat_templates/rag.jinja", "LICENSE", "NOTICE.txt",
    ]

    @Test("every companion is carried, and nothing else")
    func carried() throws {
        let folders = try Folders()
        for name in Self.names { try folders.write(name == "generation_config.json" ? "{}" : "of \(name)", name) }
        for name in ["optimizer.pt", "trainer_state.json", "README.md", "additional_chat_templates/notes.txt", ".hidden.jinja"] {
            try folders.write("stranger", name)
        }
        try folders.save()
        for name in Self.names { #expect(folders.text(name) == (name == "generation_config.json" ? "{}" : "of \(name)"), "\(name)") }
        let top = try FileManager.default.contentsOfDirectory(atPath: folders.target.path)
        let expected = Set(Self.names.map { String($0.prefix { $0 != "/" }) } + ["config.json", "model.safetensors"])
        #expect(Set(top) == expected)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folders.target.path + "/additional_chat_templates") == ["rag.jinja"])
        for name in top { #expect(PolicyFolder.isModelFile(name, in: folders.target), "\(name)") }
        #expect(!PolicyFolder.isModelFile("additional_chat_templates", in: folders.source), "it holds a stranger")
    }

    @Test("companions of an earlier save that the model doesn't have go")
    func earlier() throws {
        let folders = try Folders()
        for name in Self.names { try folders.write("of another model", name, in: folders.target) }
        try folders.write("mine", "notes.txt", in: folders.target)
        try folders.save()
        for name in Self.names { #expect(folders.text(name) != "of another model", "\(name)") }
        #expect(folders.text("chat_template.jinja") == nil && folders.text("tokenizer.json") != nil && folders.text("notes.txt") == "mine")
    }

    @Test("links to files of the same name, into the folder and to the hub's blobs are followed; others are refused before anything starts")
    func links() throws {
        let folders = try Folders()
        try folders.write("a merge", "elsewhere/merges.txt", in: folders.root)
        try folders.write("a template", "blobs/00ff", in: folders.source.deletingLastPathComponent().deletingLastPathComponent())
        try folders.write("a map", "real_map.json")
        try folders.link("merges.txt", to: "../../../elsewhere/merges.txt")
        try folders.link("chat_template.jinja", to: "../../blobs/00ff")
        try folders.link("special_tokens_map.json", to: "real_map.json")
        try folders.save()
        #expect(folders.text("merges.txt") == "a merge" && folders.text("chat_template.jinja") == "a template")
        #expect(folders.text("special_tokens_map.json") == "a map")
        let attributes = try FileManager.default.attributesOfItem(atPath: folders.target.path + "/merges.txt")
        #expect(attributes[.type] as? FileAttributeType == .typeRegular)

        try folders.write("secret", "id_rsa", in: folders.root)
        for (name, place) in [
            ("vocab.json", "../../../id_rsa"), ("additional_chat_templates/a.jinja", "../../../../id_rsa"), ("LICENSE", "/dev/zero"),
            ("tokenizer.model", "nowhere"),
        ] {
            try FileManager.default.createDirectory(
                atPath: folders.source.path + "/additional_chat_templates", withIntermediateDirectories: true)
            try folders.link(name, to: place)
            let error = #expect(throws: PolicyModelError.self, "\(name)") { try PolicyFolder.check(folders.source) }
            #expect(error?.message.contains(folders.source.path + "/" + name) == true, "\(error?.message ?? "")")
            #expect(throws: PolicyModelError.self, "\(name)") { try folders.save() }
            try FileManager.default.removeItem(at: folders.source.appending(path: name))
        }
        #expect(folders.text("vocab.json") == nil)
        try folders.write("", "vocab.json")
        #expect(truncate(folders.source.path + "/vocab.json", (1 << 26) + 1) == 0)
        let long = #expect(throws: PolicyModelError.self) { try PolicyFolder.check(folders.source) }
        #expect(long?.message.contains("vocab.json") == true)
    }
}
