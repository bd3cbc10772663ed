import Annotation
import AnnotationBackEnds
import Tasks
import Endpoints
import Foundation
import TestSupport
import Testing
import Trajectories

/// Where Geometry3K lies for developers and CI; tests that read it are skipped elsewhere.
private let geometry3K = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/data/geometry3k")
    .standardized

/// Extraction through a server, on chains of thought whose facts are known: the server knows them too, and behaves as the test says.
@Suite("measuring an endpoint that extracts facts")
struct EndpointMeasurementTests {
    private struct Measured {
        let right: FactMeasurement
        let telling: FactMeasurement
        let garbled: FactMeasurement
    }

    private static func known(_ problems: [AnnotationProblem]) -> [(problem: AnnotationProblem, chain: KnownChain)] {
        problems.enumerated().map { ($1, KnownChain(problem: $1, seed: 5, index: $0)) }
    }

    /// Measures a server that fails a third of its requests and otherwise answers with `script`.
    private static func measure(
        _ known: [(problem: AnnotationProblem, chain: KnownChain)], script: @escaping @Sendable (AnnotationProblem, KnownChain) -> String
    ) async throws -> FactMeasurement {
        let server = try StandInEndpoint { request in
            let asked = request.messages.map(\.text).joined(separator: "\n")
            let match = known.first { asked.contains(FactTags.escaped($0.chain.response)) }
            return .failingThird(
                request, otherwise: .reply(match.map { script($0.problem, $0.chain) } ?? "I know no such chain of thought."))
        }
        defer { server.stop() }
        var settings = EndpointSettings(baseURL: server.baseURL, model: "stand-in")
        settings.attempts = 12
        settings.backOff = .milliseconds(1) ... .milliseconds(4)
        let extractor = EndpointFactExtractor(endpoint: try ChatEndpoint(settings, environment: [:]))
        let scratch = try Scratch()
        let log = try ExtractionLog(path: scratch.path("x.jsonl"))
        let requests = known.map {
            ExtractionRequest(problemID: $0.problem.id, question: $0.problem.question, response: $0.chain.response)
        }
        let outcome = try await ExtractionRun(extractor: extractor, log: log, attempts: 2)(requests)
        #expect(outcome.failures.isEmpty && outcome.asked == known.count)
        let measurement = FactMeasurement(extractor: extractor.identity, known: known) { log[$0.key(extractor: extractor.identity)] }
        print(measurement.table)
        withExtendedLifetime(scratch) {}
        return measurement
    }

    private static func measure(_ problems: [AnnotationProblem]) async throws -> Measured {
        let known = known(problems)
        return Measured(
            right: try await measure(known) { _, chain in FactTags.text(chain.facts) },
            telling: try await measure(known) { problem, chain in
                FactTags.text(chain.facts + ["The answer is \(problem.answer).", "3 + 4 = 7", "A blue house stands behind 5 trees."])
            },
            garbled: try await measure(known) { _, chain in "Here they are:\n" + chain.facts.joined(separator: "\n") })
    }

    @Test("on digits: what is stated is read word for word; answers, sums and inventions are refused; garbled answers are lost by reason")
    func digits() async throws {
        let task = try DigitsTask(split: .test, problems: 60, seed: 11)
        let problems = try (0..<task.count).map { index in
            let problem = try task.problem(at: index)
            return AnnotationProblem(
                id: problem.id.rawValue, question: problem.question, answer: problem.answer, knownFacts: problem.annotations, files: [])
        }
        let measured = try await Self.measure(problems)
        #expect(measured.right.stated.exact.precision == 1 && measured.right.stated.exact.recall == 1)
        #expect(measured.right.kept.exact.precision == 1)
        // A question for a single digit has the answer as its only fact, which the rules refuse.
        #expect((measured.right.kept.exact.recall ?? 0) > 0.9 && Set(measured.right.rightFactsRefused.keys).isSubset(of: ["states_answer"]))
        #expect((measured.telling.stated.exact.precision ?? 1) < 0.6 && measured.telling.kept.exact.precision == 1)
        #expect(measured.garbled.lost == ["text_outside_tags": 60] && measured.garbled.kept.exact.recall == 0)
    }

    @Test(
        "on Geometry3K's literals likewise",
        .enabled(if: FileManager.default.fileExists(atPath: geometry3K.path), "../shared/data/geometry3k is not here"))
    func geometry() async throws {
        let folder = try ImageFolder(directory: geometry3K.path) { _ in RGBImage(width: 1, height: 1, pixels: [0, 0, 0]) }
        let problems = AnnotationProblem.all(of: folder).filter { !$0.knownFacts.isEmpty }
        let measured = try await Self.measure(Array(problems.prefix(60)))
        #expect(measured.right.stated.exact.precision == 1 && measured.right.stated.exact.recall == 1)
        // Some literals repeat the question's own words: those are refused, and counted.
        #expect(measured.right.kept.exact.precision == 1 && (measured.right.kept.exact.recall ?? 0) > 0.95)
        #expect((measured.telling.stated.exact.precision ?? 1) < 0.8 && (measured.telling.kept.exact.precision ?? 0) > 0.95)
        #expect(measured.garbled.lost == ["text_outside_tags": 60])
    }
}
