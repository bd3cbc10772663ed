package import ConfigurationReading

/// The keys of worked problems of an embedded task: `data.type: TASK_policy` of `percept sft`.
package protocol PolicyLessonsSettings: ConfigurationSection, Hashable, Sendable {
    /// The defaults.
    init()

    /// Weight of the mean loss on what the annotations state, beside the mean loss on all other tokens.
    var lookUpWeight: Double { get }

    /// The problems that are worked: those of the split ``TaskSplit/warmStart``.
    ///
    /// - Throws: ``DatasetError``.
    func open() throws -> any EmbeddedTask
}
