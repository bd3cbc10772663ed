package import Configuration
package import Tasks
import Digests
package import Multimodal
import Trajectories

/// Data sets by configuration.
package enum ProblemSources {
    /// Opens a data set; the same problems in the same order on every rank.
    package static func open(_ configuration: ProblemSourceConfiguration) throws -> any ProblemSource {
        switch configuration {
        case .digits(let digits): try digitsTask(digits)
        case .imageFolder(let folder): try imageFolder(folder)
        }
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

    /// What names a data set in results: comparisons demand equal names.
    package static func name(_ configuration: ProblemSourceConfiguration) -> String {
        switch configuration {
        case .digits(let digits): "digits, split \(digits.split.rawValue), \(digits.problems) problems, seed \(digits.seed)"
        case .imageFolder(let folder): "image folder \(folder.path)"
        }
    }

    /// The files that say what the problems of a source are, but for pictures.
    ///
    /// - Parameter key: the configuration's key of the source.
    static func files(_ configuration: ProblemSourceConfiguration, key: String) throws -> [RunClaims.InputFile] {
        switch configuration {
        case .digits: [try digitsFile(key: key)]
        case .imageFolder(let folder):
            [.init(name: "\(key)/\(ImageFolder.metadataName)", path: folder.path + "/" + ImageFolder.metadataName)]
        }
    }

    /// The handwritten digits, which stand beside the executable.
    static func digitsFile(key: String) throws -> RunClaims.InputFile {
        let path = try HandwrittenDigits.embeddedFile()
        return .init(name: "\(key)/\(path.split(separator: "/").last ?? "")", path: path)
    }

    private static func digitsTask(_ digits: DigitsSourceConfiguration) throws -> DigitsTask {
        let split: DigitsSplit =
            switch digits.split {
            case .warmStart: .warmStart
            case .train: .training
            case .validation: .validation
            case .test: .test
            }
        return try DigitsTask(split: split, problems: digits.problems, seed: UInt64(digits.seed))
    }

    private static func imageFolder(_ folder: ImageFolderConfiguration) throws -> ImageFolder {
        var columns = ColumnMapping()
        columns.images = folder.columns.fileName
        columns.problem = folder.columns.problem
        columns.answer = folder.columns.answer
        columns.annotations = folder.columns.annotations
        return try ImageFolder(directory: folder.path, columns: columns) { try RGBImage(decoding: $0) }
    }
}
