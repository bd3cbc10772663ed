import Annotation
import Tasks
import Foundation
import Testing
import Trajectories

@Suite("from chains of thought to an annotated folder")
struct AnnotationSetTests {
    private static func boxed(_ text: String, _ answer: String) -> String { "<think>\(text)</think><answer>\\boxed{\(answer)}</answer>" }

    private func record(_ request: ExtractionRequest, _ statements: [String]?) -> ExtractionRecord {
        ExtractionRecord(
            key: request.key(extractor: "s"), problemID: request.problemID, extractor: "s", statements: statements,
            loss: statements == nil ? "unclosed" : nil, attempts: 1, retried: [], promptTokens: 10, completionTokens: 5)
    }

    @Test("chains files are read by line, what is unusable is listed")
    func chainFile() throws {
        let scratch = try Scratch()
        try scratch.write(
            """
            {"id": "p1", "response": "AB is 5.", "model": "m", "correct": true, "model_answer": 5}
            {"id": 7, "response": "x"}

            {"id": "p1"}
            {"id": "", "response": "x"}
            {"id": "p1", "response": "  "}
            [1]
            nonsense
            {"id": "torn
            """, to: "c.jsonl")
        var file = ChainFile()
        try file.read(scratch.path("c.jsonl"))
        #expect(file.chains.map(\.problemID) == ["p1", "7"] && file.chains[0].model == "m" && file.chains[0].statedGrade == true)
        #expect(file.unusable.map(\.line) == [4, 5, 6, 7, 8])
        var keys = ChainFile.Keys()
        (keys.problem, keys.response, keys.prefix) = ("pid", "text", "set-")
        try scratch.write("{\"pid\": \"a\", \"text\": \"b\"}\n", to: "d.jsonl")
        var other = ChainFile()
        try other.read(scratch.path("d.jsonl"), keys: keys)
        #expect(other.chains == [ChainOfThought(problemID: "set-a", response: "b")])
    }

    @Test("only right, known, first chains are kept; each loss has its reason")
    func selection() {
        let problems = [
            AnnotationProblem(id: "a", question: "Q?", answer: "1/2", files: []),
            AnnotationProblem(id: "b", question: "Q?", answer: "2", files: []),
        ]
        let right = ChainOfThought(problemID: "a", response: Self.boxed("one", "0.5"), statedGrade: false)
        let chains = [
            right, right, ChainOfThought(problemID: "a", response: Self.boxed("two", "\\frac{1}{2}"), statedGrade: true),
            ChainOfThought(problemID: "a", response: Self.boxed("three", "0.5")),
            ChainOfThought(problemID: "a", response: Self.boxed("four", "0.6")),
            ChainOfThought(problemID: "b", response: ""), ChainOfThought(problemID: "zz", response: Self.boxed("x", "2")),
        ]
        let selection = ChainSelection(chains, problems: problems, perProblem: 2)
        #expect(selection.kept.map(\.count) == [2, 0])
        #expect(selection.losses == [.duplicate: 1, .surplus: 1, .wrongAnswer: 1, .noAnswer: 1, .unknownProblem: 1])
        #expect(selection.problemsWithAnyChain == [0, 1] && selection.graded == 2 && selection.gradedOtherwise == 1)
    }

    @Test("facts of several chains are merged with their support, refusals counted, order that of first mention")
    func merge() {
        var facts = ProblemFacts(problemID: "p")
        let rules = FactRules(question: "Find x.", answer: "9", chain: "AB is 5. BC is 12. The door is red. The answer is 9.")
        facts.add(["AB is 5.", "BC is 12.", "ab = 5", "The answer is 9."], chain: 0, rules: rules)
        facts.add(["The door is red.", "The BC is twelve."], chain: 1, rules: rules)
        facts.add(["BC = 12", "BC is 12"], chain: 2, rules: rules)
        #expect(facts.facts.map(\.text) == ["AB is 5.", "BC is 12.", "The door is red."])
        #expect(facts.facts.map(\.chains) == [[0], [0, 1, 2], [1]] && facts.facts.map(\.support) == [1, 3, 1])
        #expect(facts.duplicatesWithinChain == 2 && facts.duplicatesAcrossChains == 2)
        #expect(facts.refused.map(\.reason) == [.statesAnswer] && facts.refused[0].chain == 0)
        #expect(Set(facts.facts.map(\.id)).count == 3)
    }

    @Test("a problem without facts says why; support and limits drop facts by count")
    func losses() throws {
        let problems = ["a", "b", "c", "d", "e", "f"].map { AnnotationProblem(id: $0, question: "Q?", answer: "2", files: []) }
        let text = "AB is 5. BC is 12. CD is 7."
        var chains = ["c", "d", "e", "f"].map { ChainOfThought(problemID: $0, response: Self.boxed(text, "2")) }
        chains += [
            ChainOfThought(problemID: "b", response: Self.boxed(text, "3")),
            ChainOfThought(problemID: "f", response: Self.boxed(text + "!", "2")),
        ]
        let selection = ChainSelection(chains, problems: problems)
        let answers: [String: [String]?] = [
            "c": nil, "d": [], "e": ["The answer is 2."], "f": ["AB is 5.", "BC is 12.", "CD is 7."],
        ]
        var options = AnnotationSet.Options()
        options.factsPerProblem = 2
        let set = build(problems, selection, options, answers)
        #expect(set.problemLosses == [.noChain: 1, .noRightChain: 1, .notExtracted: 1, .nothingStated: 1, .allRefused: 1])
        #expect(set.chainLosses == ["unclosed": 1] && set.extractedChains == 4 && set.chainsWithoutFacts == 1 && set.statements == 7)
        #expect(set.refusals == [.statesAnswer: 1] && set.aboveLimit == 1 && set.duplicatesAcrossChains == 3)
        #expect(set.items[5].kept.map(\.text) == ["AB is 5.", "BC is 12."] && set.promptTokens == 50)
        options.minimumSupport = 3
        #expect(build(problems, selection, options, answers).belowSupport == 3)
    }

    private func build(
        _ problems: [AnnotationProblem], _ selection: ChainSelection, _ options: AnnotationSet.Options, _ answers: [String: [String]?]
    ) -> AnnotationSet {
        AnnotationSet(problems: problems, selection: selection, options: options) { record($0, answers[$0.problemID] ?? nil) }
    }

    @Test("the folder reads back as a data set, a review takes facts out of it, and foreign data sets are left alone")
    func folder() throws {
        let scratch = try Scratch()
        let source = try scratch.imageFolder([("a", "Find x.", "2"), ("b", "Find y.", "3"), ("c", "Find z.", "4")])
        let problems = AnnotationProblem.all(of: source)
        let chains = [
            ChainOfThought(problemID: "a", response: Self.boxed("AB is 5. BC is 12.", "2")),
            ChainOfThought(problemID: "b", response: Self.boxed("CD is 7.", "3")),
        ]
        let answers: [String: [String]?] = ["a": ["AB is 5.", "BC is 12."], "b": ["CD is 7."]]
        let set = build(problems, ChainSelection(chains, problems: problems), .init(), answers)
        let out = try AnnotatedFolder(path: scratch.path("out"))
        _ = try ExtractionLog(path: out.file(ExtractionLog.fileName))
        try out.writeCandidates(of: set, keepsUnannotated: false, from: source)
        let first = try out.writeMetadata(review: try out.review())
        #expect(first.problems == 2 && first.facts == 3 && first.unmarked == 3)
        func annotations() throws -> [[String]] {
            let folder = try ImageFolder(directory: out.path) { _ in RGBImage(width: 1, height: 1, pixels: [0, 0, 0]) }
            #expect(try folder.bytes(ofImage: folder.files(at: 0)[0]) == pngBytes + [0])
            return (0..<folder.count).map { folder.text(at: $0).annotations }
        }
        #expect(try annotations() == [["AB is 5.", "BC is 12."], ["CD is 7."]])

        let candidates = try out.candidates()
        func entry(_ problem: Int, _ fact: Int, _ mark: Review.Mark, text: String? = nil) -> Review.Entry {
            let fact = candidates[problem].facts[fact]
            return Review.Entry(fact: fact.id, problem: candidates[problem].id, text: text ?? fact.text, mark: mark)
        }
        let review = Review(marks: [entry(0, 0, .reject), entry(0, 1, .accept), entry(1, 0, .reject, text: "Another wording.")])
        try out.write(review.json(), to: "marks.json")
        let outcome = try out.writeMetadata(review: try Review(path: out.file("marks.json")))
        #expect(
            outcome.accepted == 1 && outcome.rejected == 1 && outcome.unmarked == 1 && outcome.staleMarks == 1
                && outcome.emptiedProblems == 0)
        #expect(try annotations() == [["BC is 12."], ["CD is 7."]])
        let strict = try out.writeMetadata(review: review, onlyAccepted: true)
        #expect(strict.problems == 1 && strict.facts == 1 && strict.emptiedProblems == 1)
        let later = review.merged(with: Review(marks: [entry(0, 0, .accept)]))
        #expect(later.marks.count == 3 && later.marks.contains { $0.text == "AB is 5." && $0.mark == .accept })
        // All problems, annotated or not.
        try out.writeCandidates(of: set, keepsUnannotated: true, from: source)
        #expect(try out.writeMetadata(review: Review()).problems == 3)
        #expect(throws: AnnotationError.self) { try AnnotatedFolder(path: scratch.path("data")) }
    }

    @Test(
        "what is no review is refused by name",
        arguments: [
            "", "[]", "{}", "{\"review\": \"other-1\", \"marks\": []}", "{\"review\": \"percept-review-1\", \"marks\": [{\"fact\": 3}]}",
        ])
    func badReview(_ text: String) throws {
        let scratch = try Scratch()
        try scratch.write(text, to: "r.json")
        let error = #expect(throws: AnnotationError.self) { try Review(path: scratch.path("r.json")) }
        #expect(error?.description.contains("r.json") == true)
        #expect(throws: AnnotationError.self) { try Review(path: scratch.path("nowhere.json")) }
    }

    @Test("the report names every loss and reads back")
    func report() throws {
        let scratch = try Scratch()
        let problems = [AnnotationProblem(id: "a", question: "Q?", answer: "2", files: [])]
        let chain = ChainOfThought(problemID: "a", response: Self.boxed("AB is 5.", "2"))
        let selection = ChainSelection([chain, chain], problems: problems)
        let set = build(problems, selection, .init(), ["a": ["AB is 5.", "The answer is 2."]])
        let report = AnnotationReport(
            chains: ChainFile(), selection: selection, set: set, extractor: "s", run: .init(), review: ReviewOutcome())
        try Data(report.json()).write(to: scratch.folder.appending(path: "report.json"))
        let back = try AnnotationReport(path: scratch.path("report.json"))
        #expect(back.facts.kept == 1 && back.facts.refused == ["states_answer": 1] && back.chains.lost == ["duplicate": 1])
        for words in ["repeats an earlier chain", "refused: states the answer", "tokens: 10 in prompts, 5 in answers"] {
            #expect(report.table.contains(words), "\(report.table)")
        }
    }
}
