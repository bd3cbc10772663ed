package import Configuration
package import Tasks
package import Multimodal
import Trajectories

/// Data sets by configuration.
package enum ProblemSources {
    /// Opens a data set; the same problems in the same order on every rank.
    package static func open(_ configuration: ProblemSourceConfiguration) throws -> any ProblemSource {
        try configuration.task.open { try RGBImage(decoding: $0) }
    }

    /// Opens a data set for a command that is not a run, checks all its pictures, and leaves out what can't be used.
    ///
    /// - Parameters:
    ///   - processor: the model's, which must take the pictures too.
    ///   - limit: `data.max_bad_share`.
    ///   - threads: compute threads.
    ///   - say: told what goes on and what is left out, a line at a time.
    /// - Throws: `DatasetError` if too much is left out, or all.
    package static func usable(
        _ configuration: ProblemSourceConfiguration, processor: MultimodalProcessor, maximumBadShare limit: Double, threads: Int,
        say: @escaping @Sendable (String) -> Void
    ) async throws -> UsableProblems {
        let source = try open(configuration)
        guard let folder = source as? ImageFolder else { return UsableProblems(source) }
        return try await PictureCheck(folder: folder, processor: processor).usable(maximumBadShare: limit, threads: threads, say: say)
    }

    /// The files that say what the problems of a task are, but for pictures.
    ///
    /// - Parameter key: the configuration's key of the task.
    static func files(_ files: [TaskFile], key: String) -> [RunClaims.InputFile] {
        files.map { .init(name: "\(key)/\($0.name)", path: $0.path) }
    }
}
