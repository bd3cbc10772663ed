package import ConfigurationReading

/// An element of `reward.parts`: a part of the reward that a program or a server of the user's own gives. Its weight stands in `reward.weights.NAME`.
package struct OwnRewardConfiguration: ConfigurationSection, Hashable {
    /// Who gives it.
    package enum Kind: String, CaseIterable, Sendable {
        /// A program on each judge rank, asked line by line.
        case process
        /// A server, asked by POST.
        case http
    }

    /// `name`: of the part. Required.
    package var name = ""
    /// `type`: required.
    package var kind = Kind.process
    /// `command`: the program and its arguments; required for `type: process`, absent otherwise.
    package var command: [String] = []
    /// `env`: variables that the program finds beside PATH, HOME and LANG.
    package var variables: [String] = []
    /// `url`: the whole address; required for `type: http`, absent otherwise.
    package var url: String?
    /// `key_variable`: the environment variable that holds the server's key, on every judge rank. Default none.
    package var keyVariable: String?
    /// `concurrency`: questions in flight of each judge rank, 1 ... 256. Default 4.
    package var concurrency = 4
    /// `deadline_seconds`: for one answer, 0.01 ... 86,400 s. Default 60.
    package var deadlineSeconds = 60.0
    /// `attempts`: how often a question is asked before its value is unknown, 1 ... 100. Default 3.
    package var attempts = 3
    /// `back_off_seconds`: the shortest pause before another start or attempt, 0.001 ... 3,600 s. Default 0.5.
    package var backOffSeconds = 0.5
    /// `maximum_back_off_seconds`: the longest one, 0.001 ... 86,400 s. Default 30.
    package var maximumBackOffSeconds = 30.0
    /// `allow_plain_http`: whether `http://` may leave this machine. Default false.
    package var allowsPlainHTTP = false

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.text("name", &name, isRequired: true)
        fields.choice("type", &kind, isRequired: true)
        fields.texts("command", &command)
        fields.texts("env", &variables)
        fields.optionalText("url", &url)
        fields.optionalText("key_variable", &keyVariable)
        fields.integer("concurrency", &concurrency, in: 1...256)
        fields.real("deadline_seconds", &deadlineSeconds, .closed(0.01, 86_400))
        fields.integer("attempts", &attempts, in: 1...100)
        fields.real("back_off_seconds", &backOffSeconds, .closed(0.001, 3_600))
        fields.real("maximum_back_off_seconds", &maximumBackOffSeconds, .closed(0.001, 86_400))
        fields.flag("allow_plain_http", &allowsPlainHTTP)
    }

    /// What bears on values: how patiently it is asked, and what it finds around it, is as by default.
    package var answering: Self {
        var copy = Self()
        copy.name = name
        copy.kind = kind
        copy.command = command
        copy.url = url
        return copy
    }

    private static let commandLimit = 64 << 10

    func checkAcross(_ findings: inout ConfigurationFindings, path: String) {
        let taken = RewardParts.all.map { $0.name } + ["overall", "weights", "parts"]
        findings.require(
            name.wholeMatch(of: #/[a-z][a-z0-9_]{0,63}/#) != nil, "\(path).name",
            "must be 1 to 64 lower-case letters, digits and '_', beginning with a letter, because it names metrics and the weight")
        findings.require(!taken.contains(name), "\(path).name", "'\(name)' is taken; the names \(taken.joined(separator: ", ")) are")
        findings.require(
            maximumBackOffSeconds >= backOffSeconds, "\(path).maximum_back_off_seconds",
            "must be at least back_off_seconds, \(backOffSeconds)")
        for variable in variables + [keyVariable].compactMap(\.self) {
            findings.require(
                variable.wholeMatch(of: #/[A-Za-z_][A-Za-z0-9_]{0,127}/#) != nil,
                "\(path).\(variable == keyVariable ? "key_variable" : "env")",
                "must be the name of an environment variable, such as JUDGE_API_KEY; a value never stands in a configuration")
        }
        switch kind {
        case .process:
            findings.require(
                !command.isEmpty, "\(path).command",
                "is required for 'type: process'; give the program and its arguments, such as [python3, reward.py]")
            findings.require(
                command.reduce(0) { $0 + $1.utf8.count } <= Self.commandLimit && !command.contains { $0.contains("\0") }, "\(path).command",
                "must be at most \(Self.commandLimit) bytes, none of them 0")
            findings.require(url == nil, "\(path).url", "has no use with 'type: process'; remove it")
            findings.require(keyVariable == nil, "\(path).key_variable", "has no use with 'type: process'; name the variable in env")
        case .http:
            findings.require(url != nil, "\(path).url", "is required for 'type: http'; give the whole address")
            findings.require(command.isEmpty, "\(path).command", "has no use with 'type: http'; remove it")
            findings.require(variables.isEmpty, "\(path).env", "has no use with 'type: http'; remove it")
        }
    }
}
