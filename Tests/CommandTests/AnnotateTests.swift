import Foundation
import Testing

@Suite("percept annotate")
struct AnnotateTests {
    private struct Line: Decodable {
        let id: String
        let answer: String
        let visualKeyInfo: [String]
    }

    private func lines(_ scratch: Scratch, _ name: String) throws -> [Line] {
        try String(contentsOf: scratch.folder.appending(path: name), encoding: .utf8).split(separator: "\n")
            .map { try Snake.decode(Line.self, Data($0.utf8)) }
    }

    private func annotate(_ scratch: Scratch, _ arguments: [String]) throws -> Outcome {
        try PerceptProgram.run(["annotate", "--output", scratch.path("out")] + arguments)
    }

    @Test("chains of thought become annotations, a killed run goes on, and a review takes facts out")
    func chains() throws {
        let scratch = try Scratch()
        let made = try PerceptProgram.run([
            "data", "digits", "--out", scratch.path("data"), "--split", "test", "--problems", "12", "--seed", "4",
        ])
        #expect(made.code == 0, "\(made.errors)")
        let problems = try lines(scratch, "data/metadata.jsonl")
        // The first problem's chain is wrong, the last has none.
        let chains = problems.dropLast().enumerated().map { index, problem in
            let answer = index == 0 ? "1234" : problem.answer
            return
                "{\"id\": \"\(problem.id)\", \"response\": \"\(problem.visualKeyInfo.joined(separator: " ")) The answer is \(answer).\"}\n"
        }
        try scratch.write(chains.joined() + "no line\n{\"id\": \"elsewhere\", \"response\": \"x\"}\n", to: "chains.jsonl")
        let arguments = ["--data", scratch.path("data"), "--chains", scratch.path("chains.jsonl"), "--extractor", "rules"]

        let first = try annotate(scratch, arguments + ["--max-chains", "4"])
        #expect(first.code == 0 && first.output.contains("not asked yet"), "\(first.output) \(first.errors)")
        let log = scratch.folder.appending(path: "out/extractions.jsonl")
        try (Data(contentsOf: log) + Data("{\"key\": \"to".utf8)).write(to: log)
        let second = try annotate(scratch, arguments)
        #expect(
            second.code == 0 && second.errors.contains("torn last line") && second.output.contains("this run asked 6 requests"),
            "\(second.output)")
        let written = try lines(scratch, "out/metadata.jsonl")
        #expect(written.map(\.id) == problems.dropFirst().dropLast().map(\.id))
        for line in written {
            let known = problems.first { $0.id == line.id }?.visualKeyInfo ?? []
            #expect(line.visualKeyInfo.count >= 3 && line.visualKeyInfo.allSatisfy(known.contains))
        }

        // Reject the first fact of the first problem, by what the folder says of it.
        struct Candidate: Decodable {
            struct Fact: Decodable {
                let id: String
                let text: String
            }
            let id: String
            let facts: [Fact]
        }
        let candidates = try String(contentsOf: scratch.folder.appending(path: "out/candidates.jsonl"), encoding: .utf8)
        let candidate = try JSONDecoder().decode(Candidate.self, from: Data(candidates.prefix { $0 != "\n" }.utf8))
        let fact = candidate.facts[0]
        let mark = "{\"fact\": \"\(fact.id)\", \"problem\": \"\(candidate.id)\", \"text\": \"\(fact.text)\", \"mark\": \"reject\"}"
        try scratch.write("{\"review\": \"percept-review-1\", \"marks\": [\(mark)]}", to: "review.json")
        let reviewed = try annotate(scratch, ["--apply-review", scratch.path("review.json")])
        #expect(reviewed.code == 0 && reviewed.output.contains("0 facts accepted, 1 rejected"), "\(reviewed.output) \(reviewed.errors)")
        #expect(try lines(scratch, "out/metadata.jsonl")[0].visualKeyInfo == Array(written[0].visualKeyInfo.dropFirst()))
        // A later run keeps to the review.
        #expect(try annotate(scratch, arguments).code == 0)
        #expect(try lines(scratch, "out/metadata.jsonl")[0].visualKeyInfo == Array(written[0].visualKeyInfo.dropFirst()))
        let html = try String(contentsOf: scratch.folder.appending(path: "out/review.html"), encoding: .utf8)
        #expect(html.contains("data:image/png;base64,") && html.contains("value=\"reject\" checked>"))
    }

    @Test("an extractor is measured on the data's own annotations")
    func measure() throws {
        let scratch = try Scratch()
        #expect(try PerceptProgram.run(["data", "digits", "--out", scratch.path("data"), "--problems", "20"]).code == 0)
        let outcome = try annotate(scratch, ["--measure", "--data", scratch.path("data"), "--extractor", "rules"])
        #expect(
            outcome.code == 0 && outcome.output.contains("as extracted, same words:    precision 1.000"),
            "\(outcome.output) \(outcome.errors)")
    }

    @Test(
        "what is missing or wrong is said in one message",
        arguments: [
            (["--chains", "c"], "--data"), (["--data", "nowhere", "--chains", "c"], "nowhere"), (["--data", "d"], "--chains"),
            (["--data", "d", "--measure", "--chains", "c"], "--measure"), (["--apply-review", "nowhere.json"], "nowhere.json"),
        ])
    func badInput(_ arguments: [String], _ culprit: String) throws {
        let scratch = try Scratch()
        let outcome = try annotate(scratch, arguments)
        #expect(outcome.code == 2 && !outcome.wasKilled && outcome.output.isEmpty && outcome.errors.contains(culprit), "\(outcome.errors)")
        let endpoint = try PerceptProgram.run(["trajectories", "--data", scratch.path(""), "--output", scratch.path("o")])
        #expect(endpoint.code == 2 && endpoint.errors.contains("--endpoint"), "\(endpoint.errors)")
    }
}
