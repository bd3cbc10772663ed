import Annotation
import Foundation
import TestSupport
import Testing

/// The files of an annotation with any number in any place, or damaged: they are read, passed over or refused.
@Suite("annotation files that say anything")
struct ExtremeAnnotationTests {
    private static let extractor = "s"
    private static let problems = ["a", "b", "c"].map { AnnotationProblem(id: $0, question: "Q?", answer: "2", files: []) }
    private static let chains = problems.map {
        ChainOfThought(problemID: $0.id, response: "<think>AB is 5.</think><answer>\\boxed{2}</answer>")
    }

    private static func text(_ value: some Encodable) throws -> String { String(decoding: try JSONEncoder().encode(value), as: UTF8.self) }

    /// A text with any number in any place, and damaged.
    private static func variants(of text: String, damaged count: Int = FuzzEffort.count(150)) -> [String] {
        ExtremeNumbers.texts(of: text).map(\.text)
            + (0..<count).map { seed in
                var damage = Damage(seed: UInt64(seed))
                return damage.done(toJSON: text).replacing("\n", with: " ")
            }
    }

    @Test("extractions are records or counted, and the sums over them are numbers")
    func extractions() throws {
        let scratch = try Scratch()
        let selection = ChainSelection(Self.chains, problems: Self.problems)
        let keys = zip(Self.problems, Self.chains).map { ExtractionRequest($0, $1).key(extractor: Self.extractor) }
        let sound = try Self.text(
            ExtractionRecord(
                key: "KEY", problemID: "a", extractor: Self.extractor, statements: ["AB is 5."], loss: nil, attempts: 1,
                retried: ["numbering"], promptTokens: 10, completionTokens: 5))
        var (read, damaged) = (0, 0)
        for text in Self.variants(of: sound) {
            try scratch.write(keys.map { text.replacing("KEY", with: $0) + "\n" }.joined(), to: "x.jsonl")
            let log = try ExtractionLog(path: scratch.path("x.jsonl"))
            let set = AnnotationSet(problems: Self.problems, selection: selection) { log[$0.key(extractor: Self.extractor)] }
            #expect(set.promptTokens >= 0 && set.completionTokens >= 0, "\(text)")
            let report = AnnotationReport(
                chains: ChainFile(), selection: selection, set: set, extractor: Self.extractor, run: .init(), review: ReviewOutcome())
            #expect(!report.table.isEmpty)
            read += set.extractedChains
            damaged += log.damagedLineCount
        }
        #expect(read > 0 && damaged > 0)
    }

    @Test("sampled chains of thought are records, chains or counted")
    func chains() throws {
        let scratch = try Scratch()
        let sound = try Self.text(
            ChainRecord(
                id: "a", sample: 0, model: "m", response: Self.chains[0].response, finishReason: "stop", prompt: ChainPrompt.version,
                promptTokens: 10, completionTokens: 5))
        let texts = Self.variants(of: sound, damaged: FuzzEffort.count(300))
        try scratch.write(texts.map { $0 + "\n" }.joined(), to: "c.jsonl")
        let log = try ChainLog(path: scratch.path("c.jsonl"))
        #expect(log.otherLineCount > 0 && log.otherLineCount < texts.count)
        #expect(log.contains(id: "a", sample: .max, model: "m", prompt: ChainPrompt.version))
        var file = ChainFile()
        try file.read(scratch.path("c.jsonl"))
        #expect(!file.chains.isEmpty && !file.unusable.isEmpty && file.chains.count + file.unusable.count <= texts.count)
        let selection = ChainSelection(file.chains, problems: Self.problems, perProblem: .max)
        #expect(selection.kept[0].count > 0)
    }

    @Test("a report is read and shown, or refused")
    func report() throws {
        let scratch = try Scratch()
        let selection = ChainSelection(Self.chains, problems: Self.problems)
        let set = AnnotationSet(problems: Self.problems, selection: selection) { _ in nil }
        let sound = AnnotationReport(
            chains: ChainFile(), selection: selection, set: set, extractor: Self.extractor, run: .init(), review: ReviewOutcome())
        var (shown, refused) = (0, 0)
        for text in Self.variants(of: String(decoding: try sound.json(), as: UTF8.self)) {
            try scratch.write(text, to: "report.json")
            do {
                shown += try AnnotationReport(path: scratch.path("report.json")).table.count > 0 ? 1 : 0
            } catch {
                refused += 1
                #expect(error is AnnotationError, "\(error)")
            }
        }
        #expect(shown > 0 && refused > 0)
    }

    @Test("candidates and reviews are applied to each other, or refused")
    func candidates() throws {
        let scratch = try Scratch()
        let candidate =
            #"{"id": "a", "question": "Q?", "answer": "2", "files": ["images/0.png"], "facts": [{"id": "f", "text": "AB is 5.", "chains": [0, 1]}], "isUnannotated": false}"#
        let review = try Self.text(Review(marks: [.init(fact: "f", problem: "a", text: "AB is 5.", mark: .accept)]))
        let folder = try AnnotatedFolder(path: scratch.path("out"))
        let reviews = Self.variants(of: review)
        var (written, refused) = (0, 0)
        for (number, text) in Self.variants(of: candidate).enumerated() {
            try folder.write(Data((text + "\n").utf8), to: AnnotationCandidate.fileName)
            try folder.write(Data(reviews[number % reviews.count].utf8), to: Review.fileName)
            do {
                let marks = (try? folder.review()) ?? Review()
                written += try folder.writeMetadata(review: marks, onlyAccepted: number % 2 == 0).problems
            } catch {
                refused += 1
            }
        }
        #expect(written > 0 && refused > 0)
    }
}
