import Tasks
import Testing
import Trajectories

/// What every embedded task owes, whatever it shows.
@Suite("embedded tasks")
struct EmbeddedTaskTests {
    static let words = TaskKind.embedded.map { $0.word }

    private static func task(_ word: String) throws -> any EmbeddedTask.Type {
        try #require(TaskKind.embedded.first { $0.word == word })
    }

    @Test("kinds of tasks have words of their own, and settings of their kind")
    func kinds() {
        let words = TaskKind.allCases.map(\.rawValue)
        #expect(Set(words).count == words.count && words.contains("image_folder"))
        for kind in TaskKind.allCases { #expect(TaskKind(type(of: kind.settings)) == kind && TaskKind(rawValue: kind.rawValue) == kind) }
        #expect(TaskKind(rawValue: "nothing") == nil)
    }

    @Test("a reference response reflects its problem's annotations, all of them and nothing else", arguments: words)
    func references(_ word: String) throws {
        let task = try Self.task(word).part(.validation, problems: 300, seed: 4)
        let truth = try #require(task.oracle)
        for index in 0..<300 {
            let annotations = try task.problem(at: index).annotations
            let response = task.referenceResponse(at: index)
            #expect(truth.verdicts(annotations: annotations, response: response).allSatisfy { $0 == .reflected })
            #expect(truth.stated(in: response) == annotations)
            #expect(try task.annotations(at: index) == annotations)
        }
    }

    @Test("altered facts are of the task and false, hedges leave all their facts missing, wordings say the fact", arguments: words)
    func siblings(_ word: String) throws {
        let task = try Self.task(word).part(.test, problems: 100, seed: 5)
        let truth = try #require(task.oracle)
        var random = KeyedRandom(seed: 8)
        for index in 0..<100 {
            let response = task.referenceResponse(at: index)
            for annotation in try task.annotations(at: index) {
                let altered = try #require(truth.altered(annotation, &random))
                #expect(truth.knows(annotation: altered) && truth.verdict(annotation: altered, response: response) == .missing)
                let hedge = try #require(truth.hedge(on: annotation, &random))
                #expect(hedge.annotations.contains(annotation) && hedge.annotations.count > 1)
                let doubtful = response.replacing(annotation, with: hedge.sentence)
                #expect(
                    truth.verdicts(annotations: hedge.annotations, response: doubtful).allSatisfy { $0 == .missing }, "\(hedge.sentence)")
                let wordings = truth.wordings(of: annotation)
                #expect(wordings.first == annotation && wordings.count > 1)
                for wording in wordings { #expect(truth.stated(in: wording) == [annotation], "\(wording)") }
            }
        }
        for text in ["", "There is a cat.", annotationLike] {
            #expect(!truth.knows(annotation: text) && truth.altered(text, &random) == nil && truth.hedge(on: text, &random) == nil)
            #expect(truth.wordings(of: text).isEmpty && truth.verdict(annotation: text, response: text) == .unknown)
        }
    }

    private let annotationLike = "The top-left shape is a digit."

    @Test("no annotation is of two tasks")
    func separate() throws {
        for word in Self.words {
            let task = try Self.task(word).part(.training, problems: 50, seed: 1)
            for index in 0..<50 {
                for annotation in try task.annotations(at: index) {
                    #expect(EmbeddedOracles.all.count { $0.knows(annotation: annotation) } == 1)
                    #expect(EmbeddedOracles.of(annotation: annotation)?.identity == Self.truth(word)?.identity)
                }
            }
        }
    }

    private static func truth(_ word: String) -> (any TaskOracle)? { try? task(word).truth }

    @Test("candidates of judge texts are sorted rightly, and no annotation is a stranger", arguments: words)
    func candidates(_ word: String) throws {
        let task = try Self.task(word)
        let (texts, truth) = (task.judgeTexts, task.truth)
        var random = KeyedRandom(seed: 12)
        var contested = 0
        for _ in 0..<400 {
            let response = texts.response(&random)
            let found = texts.candidates(on: response, &random)
            #expect(truth.verdicts(annotations: found.reflected, response: response).allSatisfy { $0 == .reflected })
            for list in [found.contested, found.exchanged, found.others, found.distant] {
                #expect(truth.verdicts(annotations: list, response: response).allSatisfy { $0 == .missing })
            }
            let missing = found.others + found.distant
            #expect(missing.count >= 20 && Set(missing).count == missing.count)
            contested += found.contested.isEmpty ? 0 : 1
            #expect(truth.knows(annotation: texts.target(in: response, &random)))
        }
        #expect(contested > 40)
        for _ in 0..<100 { #expect(!truth.stated(in: texts.plainResponse(&random)).isEmpty) }
    }

    @Test("lessons are functions of seed and index, balanced, with different annotations", arguments: words)
    func lessons(_ word: String) throws {
        let task = try Self.task(word)
        let lessons = JudgeLessons(seed: 1, of: task)
        var reflected = 0
        for index in 0..<1_500 {
            let example = lessons.example(at: index)
            if index < 100 { #expect(example == JudgeLessons(seed: 1, of: task).example(at: index)) }
            #expect(Set(example.decisions.map(\.annotation)).count == 6)
            #expect(
                example.decisions.allSatisfy { $0.verdict == task.truth.verdict(annotation: $0.annotation, response: example.response) })
            reflected += example.decisions.count { $0.verdict == .reflected }
        }
        #expect((0.36...0.52).contains(Double(reflected) / Double(1_500 * 6)), "\(reflected)")
    }

    @Test("an example has as many different annotations as are asked for, whatever the response speaks of", arguments: words)
    func counts(_ word: String) throws {
        let lessons = JudgeLessons(seed: 3, of: try Self.task(word), decisionCount: 20)
        for index in 0..<300 {
            for example in [lessons.example(at: index), lessons.plainExample(at: index)] {
                #expect(Set(example.decisions.map(\.annotation)).count == 20)
            }
        }
    }

    @Test("every word to look up is in some annotation")
    func lookUps() throws {
        for word in Self.words {
            let task = try Self.task(word)
            let part = try task.part(.training, problems: 400, seed: 2)
            let all = try (0..<400).flatMap { try part.annotations(at: $0) }.joined(separator: " ")
            for piece in task.lookUpWords { #expect(all.contains(piece), "\(piece)") }
        }
    }
}
