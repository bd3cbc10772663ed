package import ConfigurationReading

/// A kind of task: its word in `data.train.type`, the keys beside it, and the problems that they make.
///
/// ``TaskKind`` lists all kinds.
package protocol TaskSettings: ConfigurationSection, Hashable, Sendable {
    /// The word of `type`.
    static var word: String { get }
    /// The task, where Percept makes its pictures itself and knows the truth about them; nil for data from outside.
    static var embedded: (any EmbeddedTask.Type)? { get }

    /// The defaults.
    init()

    /// What names the problems in results: comparisons demand equal names.
    var name: String { get }
    /// The folder that the problems stand in; nil if they are made.
    var folder: String? { get }
    /// The same problems wherever they stand: without paths.
    var placeless: Self { get }

    /// The files that say what the problems are, but for pictures.
    ///
    /// - Throws: ``DatasetError`` naming a file that is missing.
    func files() throws -> [TaskFile]

    /// Opens the problems: the same ones in the same order on every rank.
    ///
    /// - Parameter decode: decodes an image file.
    /// - Throws: ``DatasetError``.
    func open(decoding decode: @escaping ImageDecoder) throws -> any ProblemSource
}

extension TaskSettings {
    package static var embedded: (any EmbeddedTask.Type)? { nil }
    package var folder: String? { nil }
    package var placeless: Self { self }
}

/// A file that a task reads.
package struct TaskFile: Hashable, Sendable {
    /// Its name, wherever it stands.
    package let name: String
    package let path: String

    package init(name: String, path: String) {
        self.name = name
        self.path = path
    }
}
