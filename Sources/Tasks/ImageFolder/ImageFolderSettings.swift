package import ConfigurationReading

/// The keys of `type: image_folder`.
package struct ImageFolderSettings: TaskSettings {
    package static let word = "image_folder"

    /// `columns`: what the fields of a line of `metadata.jsonl` are called.
    package struct Columns: ConfigurationSection, Hashable {
        /// `file_name`: the image's path inside the folder, or a list of them. Default `file_name`.
        package var fileName = "file_name"
        /// `problem`: the question. Default `problem`.
        package var problem = "problem"
        /// `answer`: the gold answer. Default `answer`.
        package var answer = "answer"
        /// `annotations`: the list of visual annotations. Default `visual_key_info`.
        package var annotations = "visual_key_info"

        package init() {}

        package mutating func visit(_ fields: inout ConfigurationFields) {
            fields.text("file_name", &fileName)
            fields.text("problem", &problem)
            fields.text("answer", &answer)
            fields.text("annotations", &annotations)
        }
    }

    /// `path`: the folder. Required.
    package var path = ""
    /// `columns`: the names of the fields.
    package var columns = Columns()

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.path("path", &path, isRequired: true)
        fields.section("columns", &columns)
    }

    package var name: String { "image folder \(path)" }
    package var folder: String? { path }

    package var placeless: Self {
        var copy = self
        copy.path = ""
        return copy
    }

    package func files() -> [TaskFile] { [TaskFile(name: ImageFolder.metadataName, path: path + "/" + ImageFolder.metadataName)] }

    package func open(decoding decode: @escaping ImageDecoder) throws -> any ProblemSource {
        var mapping = ColumnMapping()
        mapping.images = columns.fileName
        mapping.problem = columns.problem
        mapping.answer = columns.answer
        mapping.annotations = columns.annotations
        return try ImageFolder(directory: path, columns: mapping, decode: decode)
    }
}
