package import ConfigurationReading

/// `judge`: who says whether a response reflects an annotation.
///
/// One judge stands in the section itself (`type`, with `model` or `endpoint`); several stand in `pools`, in the order in which they are asked:
/// what one leaves unknown goes to the next.
package struct JudgeConfiguration: ConfigurationSection, Codable, Hashable {
    /// Who judges.
    package enum Kind: String, CaseIterable, Codable, Sendable {
        /// A language model in process.
        case model
        /// The rules of the embedded tasks: their oracles.
        case rules
        /// A language model behind a chat completions server.
        case endpoint
    }

    /// How a model is asked.
    package enum Wording: String, CaseIterable, Codable, Sendable {
        /// As the model's folder says: `plain` for judges trained by `percept sft`, else `chat`.
        case auto
        /// Percept's own prompt, for trained judges.
        case plain
        /// A conversation with worked examples in the model's chat template, for instruct models.
        case chat
    }

    /// `type`: default `model`. Has no effect beside `pools`.
    package var kind = Kind.model
    /// `model`: where the judging model is; required for `type: model`, absent otherwise.
    package var model: String?
    /// `protocol`: how `model` is asked. Default `auto`.
    package var wording = Wording.auto
    /// `weights`: how judges keep the parameters of `model`. Default `float32`.
    package var weights = WeightPrecision.float32
    /// `endpoint`: the server; required for `type: endpoint`, absent otherwise.
    package var endpoint: EndpointConfiguration?
    /// `pools`: several judges by name, in fallback order. Default none.
    package var pools: [JudgePoolConfiguration] = []
    /// `minimum_members`: a group with fewer judged members is dropped, 2 ... 1,024. Default 2.
    package var minimumMembers = 2
    /// `lease_seconds`: a judge that shows no progress for so long loses its work, 0.01 ... 86,400 s. Default 60.
    package var leaseSeconds = 60.0
    /// `audit`: how far it can be trusted.
    package var audit = AuditConfiguration()

    package init() {}

    /// `lease_seconds` as a duration.
    package var lease: Duration { .seconds(leaseSeconds) }

    /// The judges in the order in which they are asked; the single judge is a pool that is called as its type.
    package var chain: [JudgePoolConfiguration] {
        guard pools.isEmpty else { return pools }
        var only = JudgePoolConfiguration()
        only.name = kind.rawValue
        only.kind = kind
        only.model = model
        only.wording = wording
        only.weights = weights
        only.endpoint = endpoint
        return [only]
    }

    /// What bears on verdicts: endpoints without their place and patience.
    package var answering: Self {
        var copy = self
        copy.endpoint = endpoint?.answering
        copy.pools = pools.map { pool in
            var pool = pool
            pool.endpoint = pool.endpoint?.answering
            return pool
        }
        return copy
    }

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.choice("type", &kind)
        fields.optionalPath("model", &model)
        fields.choice("protocol", &wording)
        fields.choice("weights", &weights)
        fields.optionalSection("endpoint", &endpoint)
        fields.sections("pools", &pools)
        fields.integer("minimum_members", &minimumMembers, in: 2...1_024)
        fields.real("lease_seconds", &leaseSeconds, .closed(0.01, 86_400))
        fields.section("audit", &audit)
    }

    func checkAcross(_ findings: inout ConfigurationFindings) {
        audit.checkAcross(&findings)
        guard !pools.isEmpty else {
            chain[0].checkAcross(&findings, path: "judge")
            return
        }
        findings.require(model == nil, "judge.model", "has no use beside judge.pools; give it to one of the pools, or remove the pools")
        findings.require(
            endpoint == nil, "judge.endpoint", "has no use beside judge.pools; give it to one of the pools, or remove the pools")
        findings.require(pools.count <= 8, "judge.pools", "must be at most 8 pools, not \(pools.count)")
        for (index, pool) in pools.enumerated() {
            let path = "judge.pools[\(index)]"
            findings.require(
                pool.name.wholeMatch(of: #/[A-Za-z0-9_-]{1,64}/#) != nil, "\(path).name",
                "must be 1 to 64 letters, digits, '-' and '_', because it names the pool in records")
            findings.require(
                !pools[..<index].contains { $0.name == pool.name }, "\(path).name", "'\(pool.name)' names another pool already")
            pool.checkAcross(&findings, path: path)
        }
    }
}

/// An element of `judge.pools`.
package struct JudgePoolConfiguration: ConfigurationSection, Codable, Hashable {
    /// `name`: how records call it. Required.
    package var name = ""
    /// `type`: required.
    package var kind = JudgeConfiguration.Kind.model
    /// `model`: as ``JudgeConfiguration/model``.
    package var model: String?
    /// `protocol`: as ``JudgeConfiguration/wording``.
    package var wording = JudgeConfiguration.Wording.auto
    /// `weights`: as ``JudgeConfiguration/weights``.
    package var weights = WeightPrecision.float32
    /// `endpoint`: as ``JudgeConfiguration/endpoint``.
    package var endpoint: EndpointConfiguration?

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.text("name", &name, isRequired: true)
        fields.choice("type", &kind, isRequired: true)
        fields.optionalPath("model", &model)
        fields.choice("protocol", &wording)
        fields.choice("weights", &weights)
        fields.optionalSection("endpoint", &endpoint)
    }

    func checkAcross(_ findings: inout ConfigurationFindings, path: String) {
        switch kind {
        case .model:
            findings.require(
                model != nil, "\(path).model",
                "is required for 'type: model'; give the folder of a judging model, or set \(path).type to rules or endpoint")
        case .rules, .endpoint:
            findings.require(model == nil, "\(path).model", "has no use with 'type: \(kind.rawValue)'; remove it")
        }
        if kind == .endpoint {
            findings.require(endpoint != nil, "\(path).endpoint", "is required for 'type: endpoint'; give its base_url and model")
        } else {
            findings.require(endpoint == nil, "\(path).endpoint", "has no use with 'type: \(kind.rawValue)'; remove it")
        }
        endpoint?.checkAcross(&findings, path: "\(path).endpoint")
    }
}
