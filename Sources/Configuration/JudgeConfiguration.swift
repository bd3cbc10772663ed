/// `judge`: who says whether a response reflects an annotation.
package struct JudgeConfiguration: ConfigurationSection, Codable, Hashable {
    /// Who judges.
    package enum Kind: String, CaseIterable, Codable, Sendable {
        /// A language model in process.
        case model
        /// The rules of the digits task: the oracle.
        case rules
    }

    /// `type`: default `model`.
    package var kind = Kind.model
    /// `model`: the Hugging Face folder of the judging model; required for `type: model`, absent for `rules`.
    package var model: String?
    /// `minimum_members`: a group with fewer judged members is dropped, 2 ... 1,024. Default 2.
    package var minimumMembers = 2
    /// `lease_seconds`: a judge that shows no progress for so long loses its work, 0.01 ... 86,400 s. Default 60.
    package var leaseSeconds = 60.0
    /// `audit`: how far it can be trusted.
    package var audit = AuditConfiguration()

    package init() {}

    /// `lease_seconds` as a duration.
    package var lease: Duration { .seconds(leaseSeconds) }

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.choice("type", &kind)
        fields.optionalText("model", &model)
        fields.integer("minimum_members", &minimumMembers, in: 2...1_024)
        fields.real("lease_seconds", &leaseSeconds, .closed(0.01, 86_400))
        fields.section("audit", &audit)
    }

    func checkAcross(_ findings: inout ConfigurationFindings) {
        audit.checkAcross(&findings)
        switch kind {
        case .model:
            findings.require(
                model != nil, "judge.model", "is required for 'type: model'; give the folder of a judging model, or set judge.type to rules"
            )
        case .rules: findings.require(model == nil, "judge.model", "has no use with 'type: rules'; remove it")
        }
    }
}
