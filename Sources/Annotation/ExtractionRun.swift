/// Asks an extractor for the facts of many chains of thought, several at a time, each until its answer can be read.
package struct ExtractionRun: Sendable {
    /// What a run did: only this run's requests, not those that the log had.
    package struct Outcome: Hashable, Codable, Sendable {
        /// Chains whose record the log had already.
        package internal(set) var fromLog = 0
        /// Chains asked.
        package internal(set) var asked = 0
        /// Requests made, repeated ones included.
        package internal(set) var requests = 0
        package internal(set) var promptTokens = 0
        package internal(set) var completionTokens = 0
        /// Failures that a later run may mend, by kind: they are not in the log.
        package internal(set) var failures: [String: Int] = [:]

        package init() {}
    }

    private let extractor: any FactExtractor
    private let log: ExtractionLog
    private let attempts: Int
    private let progress: @Sendable (_ done: Int, _ total: Int) -> Void

    /// So many failures in a row, without an answer between them, end the run: the back end is gone.
    private static let failuresInARow = 20

    /// - Parameters:
    ///   - extractor: Who is asked.
    ///   - log: Where the answers go.
    ///   - attempts: How often an answer that can't be read is asked again, the first time included; at least 1.
    ///   - progress: Told after each chain.
    package init(
        extractor: any FactExtractor, log: ExtractionLog, attempts: Int = 3, progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
    ) {
        self.extractor = extractor
        self.log = log
        self.attempts = max(1, attempts)
        self.progress = progress
    }

    /// Asks for all `requests` that the log lacks. Equal requests are asked once.
    ///
    /// - Throws: ``AnnotationError`` (`backEnd`) if the back end fails for good; what was answered stays in the log.
    package func callAsFunction(_ requests: [ExtractionRequest]) async throws -> Outcome {
        var outcome = Outcome()
        var pending: [ExtractionRequest] = []
        var seen: Set<String> = []
        for request in requests where seen.insert(request.key(extractor: extractor.identity)).inserted {
            if log[request.key(extractor: extractor.identity)] == nil { pending.append(request) } else { outcome.fromLog += 1 }
        }
        let total = pending.count
        var next = pending.makeIterator()
        var failuresInARow = 0
        try await withThrowingTaskGroup(of: Answer.self) { group in
            for _ in 0..<max(1, extractor.concurrency) {
                if let request = next.next() { group.addTask { try await answer(request) } }
            }
            while let answer = try await group.next() {
                outcome.asked += 1
                outcome.requests += answer.requests
                outcome.promptTokens += answer.promptTokens
                outcome.completionTokens += answer.completionTokens
                if let failure = answer.failure {
                    failuresInARow += 1
                    outcome.failures[failure.kind, default: 0] += 1
                    if failure.isFatal || failuresInARow >= Self.failuresInARow {
                        group.cancelAll()
                        let reason = failure.isFatal ? "" : "\(failuresInARow) requests failed one after the other, the last one: "
                        throw AnnotationError(
                            .backEnd,
                            "\(extractor.identity): \(reason)\(failure). \(outcome.asked) of \(total) chains were asked; run again to go on"
                        )
                    }
                } else {
                    failuresInARow = 0
                }
                progress(outcome.asked, total)
                if let request = next.next() { group.addTask { try await self.answer(request) } }
            }
        }
        return outcome
    }

    /// What one chain cost, and its transient failure if it ended with one.
    private struct Answer: Sendable {
        var requests = 0
        var promptTokens = 0
        var completionTokens = 0
        var failure: ExtractionFailure?
    }

    private func answer(_ request: ExtractionRequest) async throws -> Answer {
        var answer = Answer()
        var request = request
        let key = request.key(extractor: extractor.identity)
        var retried: [String] = []
        func record(_ statements: [String]?, loss: String?) throws {
            try log.append(
                ExtractionRecord(
                    key: key, problemID: request.problemID, extractor: extractor.identity, statements: statements, loss: loss,
                    attempts: answer.requests, retried: retried, promptTokens: answer.promptTokens,
                    completionTokens: answer.completionTokens))
        }
        while true {
            do {
                answer.requests += 1
                let reply = try await extractor.reply(to: request)
                answer.promptTokens += reply.promptTokens
                answer.completionTokens += reply.completionTokens
                try record(try reply.facts(), loss: nil)
                return answer
            } catch let fault as FactTags.Fault {
                guard answer.requests < attempts else {
                    try record(nil, loss: fault.rawValue)
                    return answer
                }
                retried.append(fault.rawValue)
                request.complaint = fault
            } catch let failure as ExtractionFailure {
                if !failure.isTransient, !failure.isFatal { try record(nil, loss: failure.kind) } else { answer.failure = failure }
                return answer
            }
        }
    }
}
