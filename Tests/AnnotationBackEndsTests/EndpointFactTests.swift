import Annotation
import AnnotationBackEnds
import Tasks
import Endpoints
import Foundation
import TestSupport
import Testing
import Trajectories

@Suite("facts and chains of thought from an endpoint")
struct EndpointFactTests {
    private static func endpoint(_ server: StandInEndpoint, concurrency: Int = 4, attempts: Int = 6) throws -> ChatEndpoint {
        var settings = EndpointSettings(baseURL: server.baseURL, model: "stand-in", keyVariable: "KEY")
        settings.concurrency = concurrency
        settings.attempts = attempts
        settings.requestDeadline = .seconds(5)
        settings.backOff = .milliseconds(1) ... .milliseconds(4)
        return try ChatEndpoint(settings, environment: ["KEY": "secret-word"])
    }

    private static func requests(_ count: Int) -> [ExtractionRequest] {
        (0..<count).map { ExtractionRequest(problemID: "p\($0)", question: "Q\($0)?", response: "AB is \($0).") }
    }

    @Test(
        "a server that is slow, fails a third of its requests and answers garbage at first still gives every fact, and its tokens are counted"
    )
    func failing() async throws {
        let server = try StandInEndpoint(key: "secret-word") { request in
            .failingThird(
                request,
                otherwise: request.messages.last?.text.contains("could not be read") == true
                    ? .reply("<fact1>AB is labelled.</fact1>", promptTokens: 100, completionTokens: 9)
                    : .after(.milliseconds(2), .reply("Sure! AB is labelled.", promptTokens: 90, completionTokens: 5)))
        }
        defer { server.stop() }
        let scratch = try Scratch()
        let log = try ExtractionLog(path: scratch.path("x.jsonl"))
        let endpoint = try Self.endpoint(server, attempts: 12)
        let extractor = EndpointFactExtractor(endpoint: endpoint)
        let all = Self.requests(40)
        let outcome = try await ExtractionRun(extractor: extractor, log: log)(all)
        #expect(outcome.asked == 40 && outcome.failures.isEmpty && outcome.requests == 80)
        #expect(outcome.promptTokens == 40 * 190 && outcome.completionTokens == 40 * 14)
        #expect(all.allSatisfy { log[$0.key(extractor: extractor.identity)]?.statements == ["AB is labelled."] })
        #expect(endpoint.counters.retries > 0 && server.mostInFlight <= 4)
        #expect(!(try scratch.text("x.jsonl")).contains("secret-word") && !extractor.identity.contains("secret"))
        // Another process: nothing is asked.
        let before = server.requests.count
        #expect(try await ExtractionRun(extractor: extractor, log: try ExtractionLog(path: scratch.path("x.jsonl")))(all).fromLog == 40)
        #expect(server.requests.count == before)
    }

    @Test("a server that garbles for ever loses chains by reason; one that refuses the key ends the run and says so")
    func garbling() async throws {
        let server = try StandInEndpoint { _ in .reply("<fact1>open") }
        defer { server.stop() }
        let scratch = try Scratch()
        let log = try ExtractionLog(path: scratch.path("x.jsonl"))
        let extractor = EndpointFactExtractor(endpoint: try Self.endpoint(server))
        let outcome = try await ExtractionRun(extractor: extractor, log: log, attempts: 2)(Self.requests(5))
        #expect(outcome.requests == 10 && Self.requests(5).allSatisfy { log[$0.key(extractor: extractor.identity)]?.loss == "unclosed" })

        let strict = try StandInEndpoint(key: "another") { _ in .reply("<nofacts/>") }
        defer { strict.stop() }
        let refused = EndpointFactExtractor(endpoint: try Self.endpoint(strict))
        do {
            _ = try await ExtractionRun(extractor: refused, log: log)(Self.requests(50))
            Issue.record("the run went on")
        } catch let error as AnnotationError {
            #expect(error.code == .backEnd && error.description.contains("KEY") && !error.description.contains("secret-word"))
        }
        #expect(strict.requests.count < 12)
    }

    @Test(
        "what a chat model puts around its facts is passed over; an answer that is cut off, unfinished or held back gives none, and says why",
        arguments: [
            ("<think>hm <fact1>no</fact1></think>\n{}", "stop", nil), ("```xml\n{}\n```", "stop", nil),
            ("Answer:\n{}<|im_end|>", "eos_token", nil),
            ("{}", "length", "cut_off"), ("<think>{}", "stop", "unclosed"), ("{} Done.", "stop", "text_outside_tags"),
            ("", "content_filter", "content_filter"),
        ] as [(String, String, String?)])
    func around(_ form: String, _ finish: String, _ loss: String?) async throws {
        let server = try StandInEndpoint { _ in .reply(form.replacing("{}", with: "<fact1>AB is red.</fact1>"), finish: finish) }
        defer { server.stop() }
        let scratch = try Scratch()
        let log = try ExtractionLog(path: scratch.path("x.jsonl"))
        let extractor = EndpointFactExtractor(endpoint: try Self.endpoint(server))
        _ = try await ExtractionRun(extractor: extractor, log: log, attempts: 2)(Self.requests(1))
        let record = try #require(log[Self.requests(1)[0].key(extractor: extractor.identity)])
        #expect(record.loss == loss && record.statements == (loss == nil ? ["AB is red."] : nil))
    }

    @Test("a server that takes neither max_tokens nor a temperature gives its facts all the same")
    func dialect() async throws {
        let server = try StandInEndpoint { request in
            for name in ["max_tokens", "temperature"] where request.value(name) != nil {
                return .status(400, body: #"{"error": {"message": "'\#(name)' is not supported", "param": "\#(name)"}}"#)
            }
            return .reply("<fact1>AB is red.</fact1>")
        }
        defer { server.stop() }
        let scratch = try Scratch()
        let log = try ExtractionLog(path: scratch.path("x.jsonl"))
        let extractor = EndpointFactExtractor(endpoint: try Self.endpoint(server, concurrency: 1))
        let outcome = try await ExtractionRun(extractor: extractor, log: log)(Self.requests(3))
        #expect(outcome.failures.isEmpty && outcome.requests == 3 && server.requests.count == 5)
        #expect(server.requests.last?.value("max_completion_tokens") == "1024")
    }

    @Test("chains are sampled with all images where the question has them, resumed after a torn line, lost ones counted and asked again")
    func sampling() async throws {
        let server = try StandInEndpoint(key: "secret-word") { request in
            if request.messages.last?.text.contains("problem 3") == true, request.occurrence < 4 { return .reply("") }
            return .reply("<think>\(request.number)</think>", finish: request.number.isMultiple(of: 5) ? "length" : "stop")
        }
        defer { server.stop() }
        let scratch = try Scratch()
        let source = try scratch.images(8)
        let problems = AnnotationProblem.all(of: source)
        let sampler = ChainSampler(endpoint: try Self.endpoint(server), samplesPerProblem: 2, temperature: 1, maximumTokens: 64)
        let path = scratch.path("chains.jsonl")
        let first = try await sampler(problems, from: source, log: try ChainLog(path: path))
        // Problem 3 gave nothing twice; problem 5's image is none.
        #expect(first.written == 12 && first.lost == ["empty_answer": 2, "unsupported_image": 2] && first.cutOff > 0)
        #expect(first.promptTokens == 12 * 7 && first.completionTokens == 12 * 3)
        for request in server.requests {
            #expect(request.images.count == 2 && request.images.allSatisfy { $0.hasPrefix("data:image/png;base64,") })
            #expect(request.value("max_tokens") == "64" && request.value("model") == "stand-in")
        }
        // Killed inside a line.
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes.removeLast(9)
        try bytes.write(to: URL(filePath: path))
        let log = try ChainLog(path: path)
        #expect(log.repairedByteCount > 0)
        let second = try await sampler(problems, from: source, log: log)
        #expect(second.fromFile == 11 && second.written == 1 && second.lost == ["empty_answer": 2, "unsupported_image": 2])
        let third = try await sampler(problems, from: source, log: try ChainLog(path: path))
        #expect(third.fromFile == 12 && third.written == 2 && third.lost == ["unsupported_image": 2])
        var file = ChainFile()
        try file.read(path)
        #expect(file.chains.count == 14 && file.unusable.isEmpty && file.chains.allSatisfy { $0.model == "stand-in" })
        #expect(Dictionary(grouping: file.chains, by: \.problemID).values.allSatisfy { $0.count == 2 })
    }

    @Test("images go where the question marks them, else before it")
    func places() {
        let parts = ChainPrompt.parts(question: "Compare <image> and <image>.", imageCount: 2)
        #expect(parts.count == 5 && parts[0] == .text("Compare ") && parts[1] == .image(0) && parts[3] == .image(1))
        let plain = ChainPrompt.parts(question: "Compare.", imageCount: 2)
        #expect(plain.count == 3 && plain[0] == .image(0) && plain[1] == .image(1))
        #expect(ChainPrompt.parts(question: "<image> what?", imageCount: 1)[0] == .image(0))
    }
}
