import Files
import Foundation

/// The files beside weights and configuration that make a Hugging Face folder complete, here and for transformers: tokenizer, processor,
/// templates, generation settings, licence. What was trained carries those of the model that it came from.
enum CompanionFiles {
    /// Those that Percept's own readers make prompts and read pictures by.
    static let textNames = [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "chat_template.jinja",
        "chat_template.json", "preprocessor_config.json", "processor_config.json",
    ]
    /// The others are transformers', or are read for a use of their own.
    static let names =
        textNames + [
            "vocab.json", "merges.txt", "tokenizer.model", "video_preprocessor_config.json", "generation_config.json", "judge.json",
            "LICENSE", "LICENSE.txt", "LICENSE.md", "NOTICE", "NOTICE.txt",
        ]
    /// Holds templates with names, `.jinja` files.
    static let templateFolder = "additional_chat_templates"

    /// No companion is longer: the largest, a tokenizer.json, has a few million entries at most.
    private static let byteLimit = 1 << 26
    /// Templates with names are a handful.
    private static let templateLimit = 64

    /// The paths of the companions that a folder has, relative to it.
    ///
    /// - Throws: ``PolicyModelError`` for one that must not be copied: too long, no file, or a link to something else.
    static func paths(in folder: URL) throws -> [String] {
        let manager = FileManager.default
        let templates = (try? manager.contentsOfDirectory(atPath: folder.appending(path: templateFolder).path))?.filter(isTemplate).sorted()
        guard (templates ?? []).count <= templateLimit else {
            throw PolicyModelError(
                .configuration,
                "\(folder.appending(path: templateFolder).path): more than \(templateLimit) templates can't be meant: remove some")
        }
        let paths = names + (templates ?? []).map { templateFolder + "/" + $0 }
        return try paths.filter { path in
            let file = folder.appending(path: path)
            guard (try? manager.attributesOfItem(atPath: file.path)) != nil else { return false }
            try check(file, in: folder)
            return true
        }
    }

    static func isTemplate(_ name: String) -> Bool { name.hasSuffix(".jinja") && !name.hasPrefix(".") }

    /// A link may lead to a file of the same name or, as in the hub's cache, to a blob: a folder from a stranger must not have other files of this
    /// machine copied into what is published.
    private static func check(_ file: URL, in folder: URL) throws {
        func fail(_ message: String) -> PolicyModelError { PolicyModelError(.configuration, "\(file.path): \(message)") }
        let target = file.resolvingSymlinksInPath()
        let isBlob = target.deletingLastPathComponent().lastPathComponent == "blobs" && target.lastPathComponent.allSatisfy(\.isHexDigit)
        let isInside = target.path.hasPrefix(folder.resolvingSymlinksInPath().path + "/")
        guard target.lastPathComponent == file.lastPathComponent || isBlob || isInside else {
            throw fail("the link leads to \(target.path): put the file itself in its place")
        }
        guard let values = try? target.resourceValues(forKeys: [.isRegularFileKey, .fileSizeKey]), values.isRegularFile == true else {
            throw fail("there is no regular file: put one there or remove it")
        }
        guard let size = values.fileSize, size <= byteLimit else {
            throw fail("longer than \(byteLimit) bytes: this is no file of a model")
        }
    }

    /// Copies the companions of `source` to `target`, and removes those of an earlier save that `source` doesn't have.
    ///
    /// - Throws: ``PolicyModelError`` naming a file that can't be copied.
    static func copy(from source: URL, to target: URL) throws {
        guard source.resolvingSymlinksInPath() != target.resolvingSymlinksInPath() else { return }
        let manager = FileManager.default
        let paths = try paths(in: source)
        for path in names where !paths.contains(path) { try? manager.removeItem(at: target.appending(path: path)) }
        let templates = target.appending(path: templateFolder)
        for name in (try? manager.contentsOfDirectory(atPath: templates.path)) ?? [] where isTemplate(name) {
            try manager.removeItem(at: templates.appending(path: name))
        }
        for path in paths {
            let file = target.appending(path: path)
            do {
                try manager.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try InputFile.read(source.appending(path: path).path, limit: 1 << 30).write(to: file, options: .atomic)
            } catch {
                throw PolicyModelError(
                    .configuration, "\(source.appending(path: path).path) can't be copied to \(file.path): \(FileFailure.words(of: error))")
            }
        }
    }
}
