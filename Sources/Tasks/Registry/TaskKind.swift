/// A kind of task by its word in `data.train.type`.
package struct TaskKind: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// Every kind of task that there is.
    private static let kinds: [any TaskSettings.Type] = [
        EmbeddedSettings<DigitsTask>.self,
        EmbeddedSettings<ShapesTask>.self,
        ImageFolderSettings.self,
    ]

    package static var allCases: [Self] { kinds.map { Self($0) } }

    /// The tasks that Percept makes itself. The first stands where a command needs some task and is told none.
    package static var embedded: [any EmbeddedTask.Type] { kinds.compactMap { $0.embedded } }

    package let rawValue: String

    /// - Returns: nil if no kind has the word.
    package init?(rawValue: String) {
        guard Self.kinds.contains(where: { $0.word == rawValue }) else { return nil }
        self.rawValue = rawValue
    }

    /// The kind of some settings.
    package init(_ settings: any TaskSettings.Type) { rawValue = settings.word }

    /// The settings of this kind with their defaults.
    package var settings: any TaskSettings {
        guard let kind = Self.kinds.first(where: { $0.word == rawValue }) else { preconditionFailure("\(rawValue) is no kind of task") }
        return kind.init()
    }
}
