import Digests

/// One chain of thought whose facts are wanted.
package struct ExtractionRequest: Hashable, Sendable {
    package let problemID: String
    package let question: String
    /// The chain of thought.
    package let response: String
    /// What was wrong with the answer before; nil at the first attempt.
    package var complaint: FactTags.Fault?

    package init(problemID: String, question: String, response: String, complaint: FactTags.Fault? = nil) {
        self.problemID = problemID
        self.question = question
        self.response = response
        self.complaint = complaint
    }

    /// The request's name in the log: who is asked, and what; independent of attempts.
    package func key(extractor: String) -> String {
        var digest = SHA256()
        for part in [extractor, problemID, question, response] { digest.update(part) }
        return String(digest.hex.prefix(32))
    }
}

/// What a back end answered.
package struct ExtractionReply: Hashable, Sendable {
    /// Numbered tags, if the back end kept to the form: see ``FactTags``.
    package let text: String
    /// Why the text counts for nothing, whatever it says; nil for an answer that is whole.
    package let fault: FactTags.Fault?
    package let promptTokens: Int
    package let completionTokens: Int

    package init(text: String, fault: FactTags.Fault? = nil, promptTokens: Int = 0, completionTokens: Int = 0) {
        self.text = text
        self.fault = fault
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
    }

    /// The facts that it holds.
    ///
    /// - Throws: ``FactTags/Fault``.
    func facts() throws(FactTags.Fault) -> [String] {
        if let fault { throw fault }
        return try FactTags.parse(text)
    }
}

/// A back end that could not answer one request, after its own retries.
package struct ExtractionFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What reports count: "timeout", "status_500", "prompt_too_long".
    package let kind: String
    package let description: String
    /// Whether every other request would fail alike (a wrong key, an unknown model): the run ends.
    package let isFatal: Bool
    /// Whether asking again later may help; else the failure is written down as final.
    package let isTransient: Bool

    package init(kind: String, description: String, isFatal: Bool = false, isTransient: Bool = true) {
        self.kind = kind
        self.description = description
        self.isFatal = isFatal
        self.isTransient = isTransient
    }
}

/// Who turns a chain of thought into facts: an endpoint, a model in process, rules.
package protocol FactExtractor: Sendable {
    /// Names back end, model and prompt version: equal identities may share answers.
    var identity: String { get }
    /// How many requests may be under way at a time, at least 1.
    var concurrency: Int { get }
    /// Answers one request.
    ///
    /// - Throws: ``ExtractionFailure``; `CancellationError` if the task was cancelled.
    func reply(to request: ExtractionRequest) async throws -> ExtractionReply
}
