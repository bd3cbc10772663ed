package import ConfigurationReading

/// `data`: the problems, and how they are put to the policy.
package struct DataConfiguration: ConfigurationSection, Codable, Hashable {
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
package enum ProblemSourceConfiguration: ConfigurationSection, Codable, Hashable {
    /// `type: digits`: the embedded task of handwritten digits.
    case digits(DigitsSourceConfiguration)
    /// `type: image_folder`: a folder with `metadata.jsonl` and image files.
    case imageFolder(ImageFolderConfiguration)

    /// The words after `type:`.
    package enum Kind: String, CaseIterable, Sendable {
        case digits
        case imageFolder = "image_folder"
    }

    package init() { self = .digits(DigitsSourceConfiguration()) }

    /// The word after `type:` of this value.
    package var kind: Kind {
        switch self {
        case .digits: .digits
        case .imageFolder: .imageFolder
        }
    }

    package mutating func visit(_ fields: inout ConfigurationFields) {
        var kind = kind
        fields.choice("type", &kind, isRequired: true)
        switch kind {
        case .digits:
            var source = DigitsSourceConfiguration()
            if case .digits(let present) = self { source = present }
            source.visit(&fields)
            self = .digits(source)
        case .imageFolder:
            var source = ImageFolderConfiguration()
            if case .imageFolder(let present) = self { source = present }
            source.visit(&fields)
            self = .imageFolder(source)
        }
    }
}

/// The keys of `type: digits`.
package struct DigitsSourceConfiguration: ConfigurationSection, Codable, Hashable {
    /// The four disjoint sets of handwritten digits.
    package enum Split: String, CaseIterable, Codable, Sendable {
        case warmStart = "warm_start"
        case train
        case validation
        case test
    }

    /// `split`: which digits the images show. Default `train`.
    package var split = Split.train
    /// `problems`: how many problems, 1 ... 10 million. Default 10,000.
    package var problems = 10_000
    /// `seed`: of the placement, the noise and the questions. Default 0.
    package var seed = 0

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.choice("split", &split)
        fields.integer("problems", &problems, in: 1...10_000_000)
        fields.integer("seed", &seed, in: 0...Int.max)
    }
}

/// The keys of `type: image_folder`.
package struct ImageFolderConfiguration: ConfigurationSection, Codable, Hashable {
    /// `columns`: what the fields of a line of `metadata.jsonl` are called.
    package struct Columns: ConfigurationSection, Codable, Hashable {
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
}
