package import Configuration
package import Datasets
import Digests
import Multimodal
package import Trajectories

/// Data sets by configuration.
package enum ProblemSources {
    /// Opens a data set; the same problems in the same order on every rank.
    package static func open(_ configuration: ProblemSourceConfiguration) throws -> any ProblemSource {
        switch configuration {
        case .digits(let digits): try digitsTask(digits)
        case .imageFolder(let folder): try imageFolder(folder)
        }
    }

    /// The digits task of a configuration; nil for other data.
    package static func digits(_ configuration: ProblemSourceConfiguration?) throws -> DigitsTask? {
        guard case .digits(let digits) = configuration else { return nil }
        return try digitsTask(digits)
    }

    /// What names a data set in results: comparisons demand equal names.
    package static func name(_ configuration: ProblemSourceConfiguration) -> String {
        switch configuration {
        case .digits(let digits): "digits, split \(digits.split.rawValue), \(digits.problems) problems, seed \(digits.seed)"
        case .imageFolder(let folder): "image folder \(folder.path)"
        }
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
