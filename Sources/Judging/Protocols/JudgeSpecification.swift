import Files
package import Foundation

/// Which text a judging model is asked with.
package enum JudgeProtocolForm: String, Hashable, Codable, Sendable, CaseIterable {
    /// ``JudgeProtocol``: what `percept sft` trains judges on.
    case plain
    /// ``JudgeChatProtocol``: for instruct models.
    case chat
}

/// What a judging model was made for: `judge.json` beside the weights of a trained judge.
///
/// ```
/// {"maximum_tokens": 400, "protocol": "plain"}
/// ```
package struct JudgeSpecification: Hashable, Codable, Sendable {
    package let form: JudgeProtocolForm
    /// A response whose prefix is longer is judged *missing* throughout: for a trained judge the longest prefix that it was trained on.
    package let maximumTokens: Int

    enum CodingKeys: String, CodingKey {
        case form = "protocol"
        case maximumTokens = "maximum_tokens"
    }

    /// An instruct model's, and any that comes without the file.
    package static let instruct = JudgeSpecification(form: .chat, maximumTokens: 4096)

    package init(form: JudgeProtocolForm, maximumTokens: Int) {
        self.form = form
        self.maximumTokens = maximumTokens
    }

    /// Reads `judge.json`; ``instruct`` without one.
    ///
    /// - Parameter model: a folder, or a file that has no company.
    /// - Throws: `JudgeModelError` naming the file if it is malformed.
    package init(of model: URL) throws {
        let file = model.appending(path: Self.fileName)
        guard FileManager.default.fileExists(atPath: file.path) else {
            self = .instruct
            return
        }
        let data: Data
        do { data = try InputFile.read(file.path, limit: 1 << 20) } catch { throw JudgeModelError(error.description) }
        guard let found = try? JSONDecoder().decode(Self.self, from: data), found.maximumTokens > 0 else {
            throw JudgeModelError(
                "\(file.path): expected {\"maximum_tokens\": 400, \"protocol\": \"plain\"}, the protocol being plain or chat")
        }
        self = found
    }

    private static let fileName = "judge.json"

    /// Writes `judge.json` into a model's folder.
    package func write(to folder: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = try encoder.encode(self) + Data("\n".utf8)
        let file = folder.appending(path: Self.fileName)
        try FileFailure.naming("write", file.path) { try data.write(to: file, options: .atomic) }
    }
}
