import Foundation
import Multimodal
import Safetensors

/// Files of this target's Fixtures folder.
enum Fixture {
    static func url(_ path: String) -> URL {
        Bundle.module.bundleURL.appending(path: "Fixtures").appending(path: path)
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: url(path)))
    }

    static func safetensors(_ path: String) throws -> SafetensorsFile {
        try SafetensorsFile(path: url(path).path)
    }

    /// Qwen2.5's whole tokenizer (6 MB), which is too large to stand here; nil where it isn't beside the repository.
    static let sharedQwen: URL? = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.deletingLastPathComponent().appending(path: "shared/goldens/qwen2_5_tokenizer")
        return FileManager.default.fileExists(atPath: folder.appending(path: "tokenizer.json").path) ? folder : nil
    }()

    /// The tiny Qwen2.5-VL tokenizer.
    static func tokenizer() throws -> Tokenizer {
        try Tokenizer(contentsOf: url("qwen2_5_vl_tiny/tokenizer.json"))
    }

    /// Texts with the ids that transformers gives them.
    struct Pair: Decodable {
        let text: String
        let ids: [Int32]
    }

    static func pairs(_ path: String) throws -> [Pair] {
        try JSONDecoder().decode([Pair].self, from: Data(contentsOf: url(path)))
    }

    /// A tokenizer.json of the 256 bytes and `merges`, with sections replaced by `changes` (JSON texts).
    static func tokenizerJSON(merges: [(String, String)] = [], changes: [String: String] = [:], model: [String: String] = [:]) -> [UInt8] {
        var next = 0x100
        let alphabet: [Character] = (0..<256).map { byte in
            if (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte) {
                return Character(Unicode.Scalar(UInt8(byte)))
            }
            next += 1
            return Unicode.Scalar(UInt32(next - 1)).map { Character($0) } ?? "?"
        }
        func quoted(_ text: String) -> String {
            "\"" + text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"") + "\""
        }
        let tokens = alphabet.map { String($0) } + merges.map { $0.0 + $0.1 }
        let vocab = "{" + tokens.enumerated().map { "\(quoted($1)): \($0)" }.joined(separator: ", ") + "}"
        let mergeList = "[" + merges.map { "[\(quoted($0.0)), \(quoted($0.1))]" }.joined(separator: ", ") + "]"
        let modelMembers = ["type": "\"BPE\"", "vocab": vocab, "merges": mergeList].merging(model) { $1 }
        let members = [
            "added_tokens": "[]", "normalizer": "{\"type\": \"NFC\"}",
            "pre_tokenizer": "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": true}",
            "decoder": "{\"type\": \"ByteLevel\"}",
            "model": "{" + modelMembers.sorted { $0.key < $1.key }.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}",
        ].merging(changes) { $1 }
        return Array(("{" + members.sorted { $0.key < $1.key }.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}").utf8)
    }
}
