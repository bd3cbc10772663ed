package import ConfigurationReading
package import Tasks

/// `data` of `percept sft`, by `type`.
package enum FineTuningDataConfiguration: ConfigurationSection, Hashable {
    /// `type: TASK_policy`: worked problems of an embedded task.
    case policy(PolicyLessonsConfiguration)
    /// `type: TASK_judge`: judging decisions on an embedded task.
    case judge(JudgeLessonsConfiguration)
    /// `type: jsonl`: prompts and responses in a file.
    case jsonLines(JSONLinesDataConfiguration)

    package init() { self = FineTuningDataKind.allCases[0].data }

    /// The word after `type:` of this value.
    package var kind: FineTuningDataKind {
        switch self {
        case .policy(let data): .policy(of: data.task)
        case .judge(let data): .judge(of: data.task)
        case .jsonLines: .jsonLines
        }
    }

    /// The embedded task that teaches; nil for a file.
    package var task: (any EmbeddedTask.Type)? {
        switch self {
        case .policy(let data): data.task
        case .judge(let data): data.task
        case .jsonLines: nil
        }
    }

    package mutating func visit(_ fields: inout ConfigurationFields) {
        var kind = kind
        fields.choice("type", &kind, isRequired: true)
        // Keys of another type are not kept.
        switch kind == self.kind ? self : kind.data {
        case .policy(var data):
            data.visit(&fields)
            self = .policy(data)
        case .judge(var data):
            data.visit(&fields)
            self = .judge(data)
        case .jsonLines(var data):
            data.visit(&fields)
            self = .jsonLines(data)
        }
    }
}

/// What `percept sft` learns from, by its word in `data.type`: two words for each embedded task, and `jsonl`.
package struct FineTuningDataKind: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// Prompts and responses in a file.
    package static let jsonLines = Self(word: "jsonl")

    package static var allCases: [Self] { TaskKind.embedded.flatMap { [policy(of: $0), judge(of: $0)] } + [jsonLines] }

    /// Worked problems of a task.
    static func policy(of task: any EmbeddedTask.Type) -> Self { Self(word: "\(task.word)_policy") }
    /// Judging decisions on a task.
    static func judge(of task: any EmbeddedTask.Type) -> Self { Self(word: "\(task.word)_judge") }

    package let rawValue: String

    private init(word: String) { rawValue = word }

    /// - Returns: nil if no kind has the word.
    package init?(rawValue: String) {
        guard Self.allCases.contains(where: { $0.rawValue == rawValue }) else { return nil }
        self.rawValue = rawValue
    }

    /// The data of this kind with their defaults.
    var data: FineTuningDataConfiguration {
        for task in TaskKind.embedded {
            if self == .policy(of: task) { return .policy(PolicyLessonsConfiguration(of: task)) }
            if self == .judge(of: task) { return .judge(JudgeLessonsConfiguration(of: task)) }
        }
        return .jsonLines(JSONLinesDataConfiguration())
    }
}

/// The keys of `type: TASK_policy`, which are the task's own.
package struct PolicyLessonsConfiguration: ConfigurationSection, Hashable {
    /// Whose problems are worked.
    package let task: any EmbeddedTask.Type
    /// The keys.
    package var lessons: any PolicyLessonsSettings

    /// The defaults.
    package init() { self.init(of: TaskKind.embedded[0]) }

    init(of task: any EmbeddedTask.Type) {
        self.task = task
        lessons = task.policyLessons.init()
    }

    package mutating func visit(_ fields: inout ConfigurationFields) { lessons.visit(&fields) }

    package static func == (a: Self, b: Self) -> Bool { AnyHashable(a.lessons) == AnyHashable(b.lessons) }

    package func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(lessons)) }
}

/// The keys of `type: TASK_judge`.
package struct JudgeLessonsConfiguration: ConfigurationSection, Hashable {
    /// Whose responses are judged.
    package let task: any EmbeddedTask.Type
    /// `decisions`: judging decisions in one training sequence, 1 ... 20, as many as there are different annotations. Default 4.
    package var decisions = 4
    /// `language_model_weight`: of the mean loss on the response's tokens, 0 ... 1. Default 0.2.
    package var languageModelWeight = 0.2
    /// `look_up_weight`: of the mean loss on what distinguishes annotations that the response reflects, 0 ... 10: predicting that from the
    /// response is the look-up that a verdict needs. Default 1.
    package var lookUpWeight = 1.0
    /// `plain_examples`: how many examples at the start are of the first lesson: plain responses without disturbances. Default 0.
    package var plainExamples = 0
    /// `seed`: of the responses and annotations. Default 0.
    package var seed = 0

    /// The defaults.
    package init() { self.init(of: TaskKind.embedded[0]) }

    init(of task: any EmbeddedTask.Type) { self.task = task }

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.integer("decisions", &decisions, in: 1...20)
        fields.real("language_model_weight", &languageModelWeight, .closed(0, 1))
        fields.real("look_up_weight", &lookUpWeight, .closed(0, 10))
        fields.integer("plain_examples", &plainExamples, in: 0...Int.max)
        fields.integer("seed", &seed, in: 0...Int.max)
    }

    package static func == (a: Self, b: Self) -> Bool { a.task == b.task && a.values == b.values }

    package func hash(into hasher: inout Hasher) { hasher.combine(values) }

    private var values: [AnyHashable] { [task.word, decisions, languageModelWeight, lookUpWeight, plainExamples, seed] }
}

/// The keys of `type: jsonl`.
package struct JSONLinesDataConfiguration: ConfigurationSection, Hashable {
    /// `path`: the file. Required.
    package var path = ""
    /// `max_bad_share`: the largest share of the lines that may be left out because they are no example, 0 ... 1. Default 0.05.
    package var maxBadShare = 0.05

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.path("path", &path, isRequired: true)
        fields.real("max_bad_share", &maxBadShare, .closed(0, 1))
    }
}
