import Files
package import Foundation
package import Trajectories

/// Writes any data set as an image folder that ``ImageFolder`` reads back: `images/…` and `metadata.jsonl`.
package enum ImageFolderWriter {
    /// One line of the metadata; a single image is written as a plain name.
    private struct Line: Encodable {
        let problem: Problem
        let files: [String]

        enum Key: String, CodingKey {
            case id
            case files = "file_name"
            case problem
            case answer
            case annotations = "visual_key_info"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(problem.id.rawValue, forKey: .id)
            if files.count == 1 {
                try container.encode(files[0], forKey: .files)
            } else {
                try container.encode(files, forKey: .files)
            }
            try container.encode(problem.question, forKey: .problem)
            try container.encode(problem.answer, forKey: .answer)
            try container.encode(problem.annotations, forKey: .annotations)
        }
    }

    /// A problem's line of `metadata.jsonl`, keys sorted, the line end included.
    ///
    /// - Parameters:
    ///   - problem: The problem; its images are not looked at.
    ///   - files: The names of its image files inside the folder.
    package static func line(_ problem: Problem, files: [String]) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(Line(problem: problem, files: files)) + Data("\n".utf8)
    }

    /// Writes the first `count` problems of `source` into `directory`, which is made if need be.
    ///
    /// Images are numbered, "images/000012-0.png". The metadata, keys sorted, is renamed into place last, so that a folder with metadata is whole.
    ///
    /// - Parameters:
    ///   - source: The problems.
    ///   - count: How many; all of them if nil.
    ///   - directory: The folder's path.
    ///   - fileExtension: The ending of image names, without a dot.
    ///   - encode: Encodes an image; lossless, if the same task is to be read back.
    /// - Throws: ``DatasetError`` with code `unwritable` if a `metadata.jsonl` is already there or a file can't be written.
    package static func write(
        _ source: any ProblemSource, count: Int? = nil, to directory: String, fileExtension: String = "png", encode: ImageEncoder
    ) throws {
        let folder = URL(fileURLWithPath: directory, isDirectory: true)
        let metadata = folder.appendingPathComponent("metadata.jsonl")
        guard !FileManager.default.fileExists(atPath: metadata.path) else {
            throw DatasetError(.unwritable, "\(metadata.path) exists: choose another folder or remove it")
        }
        var lines = Data()
        do {
            try FileManager.default.createDirectory(at: folder.appendingPathComponent("images"), withIntermediateDirectories: true)
            for index in 0..<min(count ?? source.count, source.count) {
                let problem = try source.problem(at: index)
                var files: [String] = []
                for (number, image) in problem.images.enumerated() {
                    let digits = String(index)
                    let name = "images/" + String(repeating: "0", count: max(0, 6 - digits.count)) + "\(digits)-\(number).\(fileExtension)"
                    try Data(encode(image)).write(to: folder.appendingPathComponent(name))
                    files.append(name)
                }
                lines += try line(problem, files: files)
            }
            let partial = folder.appendingPathComponent("metadata.jsonl.partial")
            try lines.write(to: partial)
            try FileManager.default.moveItem(at: partial, to: metadata)
        } catch let error as DatasetError {
            throw error
        } catch {
            throw DatasetError(.unwritable, "the image folder \(directory) can't be written: \(FileFailure.message(of: error))")
        }
    }
}
