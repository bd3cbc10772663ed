import ArgumentParser
import Tasks

/// `--task`: an embedded task by its word.
enum EmbeddedTaskOption {
    /// - Throws: `ValidationError` with the tasks that there are.
    static func task(_ word: String) throws -> any EmbeddedTask.Type {
        guard let found = TaskKind.embedded.first(where: { $0.word == word }) else {
            let words = TaskKind.embedded.map { $0.word }.joined(separator: ", ")
            throw ValidationError("--task must be one of \(words), not '\(word)'.")
        }
        return found
    }
}
