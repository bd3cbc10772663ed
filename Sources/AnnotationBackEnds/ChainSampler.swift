package import Annotation
package import Tasks
package import Endpoints
import Foundation

/// Samples chains of thought for the problems of an image folder from a multimodal model behind an endpoint.
package struct ChainSampler: Sendable {
    /// What a run did.
    package struct Outcome: Hashable, Codable, Sendable {
        /// Samples that the file had already.
        package fileprivate(set) var fromFile = 0
        /// Samples written.
        package fileprivate(set) var written = 0
        /// Of these, how many the token limit cut off.
        package fileprivate(set) var cutOff = 0
        /// Samples that could not be had, by reason; another run asks for them again.
        package fileprivate(set) var lost: [String: Int] = [:]
        /// Tokens of the samples written.
        package fileprivate(set) var promptTokens = 0
        package fileprivate(set) var completionTokens = 0

        /// A table for a terminal.
        package var table: String {
            var rows = [("samples in the file before", fromFile), ("samples written", written)]
            if cutOff > 0 { rows.append(("  of these cut off by the token limit", cutOff)) }
            rows += lost.sorted { $0.key < $1.key }.map { ("lost: \($0.key)", $0.value) }
            rows += [("tokens in prompts", promptTokens), ("tokens in answers", completionTokens)]
            let width = rows.map(\.0.count).max() ?? 0
            return rows.map { $0 + String(repeating: " ", count: width - $0.count + 2) + String($1) }.joined(separator: "\n")
        }
    }

    private let endpoint: ChatEndpoint
    private let samplesPerProblem: Int
    private let temperature: Double
    private let maximumTokens: Int
    private let progress: @Sendable (_ done: Int, _ total: Int) -> Void

    /// So many failures in a row, without an answer between them, end the run: the endpoint is gone.
    private static let failuresInARow = 20

    /// - Parameters:
    ///   - endpoint: Who is asked.
    ///   - samplesPerProblem: Chains of thought of each problem.
    ///   - temperature: Of sampling.
    ///   - maximumTokens: The most tokens of a chain.
    ///   - progress: Told after each sample.
    package init(
        endpoint: ChatEndpoint, samplesPerProblem: Int, temperature: Double, maximumTokens: Int,
        progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
    ) {
        self.endpoint = endpoint
        self.samplesPerProblem = samplesPerProblem
        self.temperature = temperature
        self.maximumTokens = maximumTokens
        self.progress = progress
    }

    private struct Sample: Sendable {
        let problem: AnnotationProblem
        let number: Int
    }

    private enum Answer: Sendable {
        case written(ChainRecord)
        case failed(ExtractionFailure)
        /// The problem itself can't be asked.
        case unusable(reason: String)
    }

    /// Asks for all samples that the file lacks: first one of each problem, then the second of each, so that a run that is stopped has covered
    /// the most problems.
    ///
    /// - Throws: ``AnnotationError`` (`backEnd`) if the endpoint fails for good; what was answered stays in the file.
    package func callAsFunction(_ problems: [AnnotationProblem], from source: ImageFolder, log: ChainLog) async throws -> Outcome {
        var outcome = Outcome()
        var pending: [Sample] = []
        for number in 0..<samplesPerProblem {
            for problem in problems {
                if log.contains(id: problem.id, sample: number, model: endpoint.settings.model, prompt: ChainPrompt.version) {
                    outcome.fromFile += 1
                } else {
                    pending.append(Sample(problem: problem, number: number))
                }
            }
        }
        var next = pending.makeIterator()
        var (done, failuresInARow) = (0, 0)
        try await withThrowingTaskGroup(of: Answer.self) { group in
            for _ in 0..<endpoint.settings.concurrency {
                if let sample = next.next() { group.addTask { try await answer(sample, source, log) } }
            }
            while let answer = try await group.next() {
                done += 1
                switch answer {
                case .written(let record):
                    failuresInARow = 0
                    outcome.written += 1
                    outcome.promptTokens += record.promptTokens
                    outcome.completionTokens += record.completionTokens
                    if record.finishReason == "length" { outcome.cutOff += 1 }
                case .unusable(let reason): outcome.lost[reason, default: 0] += 1
                case .failed(let failure):
                    failuresInARow += 1
                    outcome.lost[failure.kind, default: 0] += 1
                    if failure.isFatal || failuresInARow >= Self.failuresInARow {
                        group.cancelAll()
                        let reason = failure.isFatal ? "" : "\(failuresInARow) requests failed one after the other, the last one: "
                        throw AnnotationError(
                            .backEnd, "\(reason)\(failure). \(outcome.written) of \(pending.count) samples were written; run again to go on"
                        )
                    }
                }
                progress(done, pending.count)
                if let sample = next.next() { group.addTask { try await self.answer(sample, source, log) } }
            }
        }
        return outcome
    }

    private func answer(_ sample: Sample, _ source: ImageFolder, _ log: ChainLog) async throws -> Answer {
        let problem = sample.problem
        var parts: [ChatRequest.Part] = []
        for part in ChainPrompt.parts(question: problem.question, imageCount: problem.files.count) {
            switch part {
            case .text(let text): parts.append(.text(text))
            case .image(let index):
                guard let bytes = try? source.bytes(ofImage: problem.files[index]) else { return .unusable(reason: "unreadable_image") }
                guard let type = ImageKind(bytes).mediaType else { return .unusable(reason: "unsupported_image") }
                parts.append(.image(Data(bytes), mediaType: type))
            }
        }
        var request = ChatRequest([ChatRequest.Message(.user, parts)])
        request.temperature = temperature
        request.maximumTokens = maximumTokens
        let reply: ChatReply
        do {
            reply = try await endpoint.complete(request)
        } catch {
            if error.kind == .cancelled { throw CancellationError() }
            return .failed(ExtractionFailure(error))
        }
        if let failure = ExtractionFailure(reply.finishReason, host: endpoint.settings.host) {
            return failure.isTransient ? .failed(failure) : .unusable(reason: failure.kind)
        }
        guard reply.text.contains(where: { !$0.isWhitespace }) else { return .unusable(reason: "empty_answer") }
        guard reply.text.utf8.count <= ChainFile.responseLimit else { return .unusable(reason: "answer_too_long") }
        let record = ChainRecord(
            id: problem.id, sample: sample.number, model: endpoint.settings.model, response: reply.text,
            finishReason: reply.finishReason.rawValue, prompt: ChainPrompt.version, promptTokens: reply.usage?.promptTokens ?? 0,
            completionTokens: reply.usage?.completionTokens ?? 0)
        try log.append(record)
        return .written(record)
    }
}
