package import ConfigurationReading
package import Tasks

/// `data`: the problems, and how they are put to the policy.
package struct DataConfiguration: ConfigurationSection, Hashable {
    /// `train`: the problems to train on. Required.
    package var train = ProblemSourceConfiguration()
    /// `validation`: the problems of `val/*`; none if absent.
    package var validation: ProblemSourceConfiguration?
    /// `test`: the problems of `percept evaluate`; none if absent.
    package var test: ProblemSourceConfiguration?
    /// `system_prompt`: the text of the system turn; none by default (the chat template may add its own).
    package var systemPrompt: String?
    /// `prompt_template`: the text of the user's turn after the images; `{question}` stands for the question. Default `{question}`.
    package var promptTemplate = "{question}"
    /// `max_bad_share`: the largest share of a data set's problems that may be left out for a picture that can't be used, 0 ... 1. Default 0.05.
    package var maxBadShare = 0.05

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.section("train", &train, isRequired: true)
        fields.optionalSection("validation", &validation)
        fields.optionalSection("test", &test)
        fields.optionalText("system_prompt", &systemPrompt)
        fields.text("prompt_template", &promptTemplate)
        fields.real("max_bad_share", &maxBadShare, .closed(0, 1))
    }

    func checkAcross(_ findings: inout ConfigurationFindings) {
        findings.require(
            promptTemplate.contains("{question}"), "data.prompt_template", "must contain {question}, where the problem's question goes")
    }
}

/// `data.train`, `data.validation`, `data.test`: a set of problems, by `type`.
package struct ProblemSourceConfiguration: ConfigurationSection, Hashable {
    /// The keys of the type.
    package var task: any TaskSettings

    package init() { task = TaskKind.allCases[0].settings }

    package init(_ task: any TaskSettings) { self.task = task }

    /// The word after `type:`.
    package var kind: TaskKind { TaskKind(type(of: task)) }

    package mutating func visit(_ fields: inout ConfigurationFields) {
        var kind = kind
        fields.choice("type", &kind, isRequired: true)
        // Keys of another type are not kept.
        var section = kind == self.kind ? task : kind.settings
        section.visit(&fields)
        task = section
    }

    /// The same problems wherever they stand.
    var placeless: Self { Self(task.placeless) }

    /// The defaults of this type.
    var standard: Self { Self(kind.settings) }

    package static func == (a: Self, b: Self) -> Bool { AnyHashable(a.task) == AnyHashable(b.task) }

    package func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(task)) }
}
