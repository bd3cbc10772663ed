package import ConfigurationReading

/// `judge.endpoint`: a judging model behind an OpenAI-compatible chat completions server.
package struct EndpointConfiguration: ConfigurationSection, Codable, Hashable {
    /// `base_url`: the address below which `chat/completions` stands. Required.
    package var baseURL = ""
    /// `model`: the model's name at that server. Required.
    package var model = ""
    /// `key_variable`: the environment variable that holds the key, on every judge rank. Default none.
    package var keyVariable: String?
    /// `concurrency`: requests in flight of each judge rank, 1 ... 1,024. Default 8.
    package var concurrency = 8
    /// `deadline_seconds`: for one attempt of a request, 0.01 ... 86,400 s. Default 60.
    package var deadlineSeconds = 60.0
    /// `attempts`: how often a request is tried before its verdicts are unknown, 1 ... 100. Default 4.
    package var attempts = 4
    /// `back_off_seconds`: the shortest pause before another attempt, 0.001 ... 3,600 s. Default 0.5.
    package var backOffSeconds = 0.5
    /// `maximum_back_off_seconds`: the longest one, 0.001 ... 86,400 s. Default 30.
    package var maximumBackOffSeconds = 30.0
    /// `max_tokens`: tokens of an answer, 1 ... 1,048,576. Default 512.
    package var maxTokens = 512
    /// `max_response_bytes`: a longer response is judged missing throughout, 1 ... 16,777,216. Default 65,536.
    package var maxResponseBytes = 65_536
    /// `log_probs`: whether the probabilities of verdicts are asked for. Default true.
    package var logProbs = true
    /// `allow_plain_http`: whether `http://` may leave this machine. Default false.
    package var allowsPlainHTTP = false
    /// `prompt_price`: of a million prompt tokens, 0 ... 1,000,000 in any currency. Default 0: not told.
    package var promptPrice = 0.0
    /// `completion_price`: of a million tokens of answers, 0 ... 1,000,000. Default 0: not told.
    package var completionPrice = 0.0

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.text("base_url", &baseURL, isRequired: true)
        fields.text("model", &model, isRequired: true)
        fields.optionalText("key_variable", &keyVariable)
        fields.integer("concurrency", &concurrency, in: 1...1_024)
        fields.real("deadline_seconds", &deadlineSeconds, .closed(0.01, 86_400))
        fields.integer("attempts", &attempts, in: 1...100)
        fields.real("back_off_seconds", &backOffSeconds, .closed(0.001, 3_600))
        fields.real("maximum_back_off_seconds", &maximumBackOffSeconds, .closed(0.001, 86_400))
        fields.integer("max_tokens", &maxTokens, in: 1...1_048_576)
        fields.integer("max_response_bytes", &maxResponseBytes, in: 1...16_777_216)
        fields.flag("log_probs", &logProbs)
        fields.flag("allow_plain_http", &allowsPlainHTTP)
        fields.real("prompt_price", &promptPrice, .closed(0, 1_000_000))
        fields.real("completion_price", &completionPrice, .closed(0, 1_000_000))
    }

    /// What bears on answers; where the model is and how patiently it is asked are as by default.
    package var answering: Self {
        var copy = Self()
        copy.model = model
        copy.maxTokens = maxTokens
        copy.maxResponseBytes = maxResponseBytes
        copy.logProbs = logProbs
        return copy
    }

    func checkAcross(_ findings: inout ConfigurationFindings, path: String) {
        findings.require(
            maximumBackOffSeconds >= backOffSeconds, "\(path).maximum_back_off_seconds",
            "must be at least back_off_seconds, \(backOffSeconds)")
        findings.require(
            keyVariable?.wholeMatch(of: #/[A-Za-z_][A-Za-z0-9_]{0,127}/#) != nil || keyVariable == nil, "\(path).key_variable",
            "must be the name of an environment variable, such as JUDGE_API_KEY; the key itself never stands in a configuration")
    }
}
