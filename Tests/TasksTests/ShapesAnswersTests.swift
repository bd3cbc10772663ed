import Tasks
import Rewards
import Testing
import Trajectories

@Suite("Shapes answers")
struct ShapesAnswersTests {
    /// A shape as the annotations tell it: size, colour, kind, place.
    private typealias Told = (size: String, color: String, kind: String, place: String)

    /// The shapes that annotations tell, read by their words alone.
    private func read(_ annotations: [String]) -> [Told] {
        let words = annotations.dropLast().map { $0.dropLast().split(separator: " ").map(String.init) }
        return stride(from: 0, to: words.count, by: 3).map { index in
            let (size, color, kind) = (words[index], words[index + 1], words[index + 2])
            return (size[2], color[2], kind[2], size[1])
        }
    }

    /// The answer by trying every shape: the words of the question choose what to look at.
    private func answer(_ question: String, _ shapes: [Told]) throws -> String {
        let words = question.dropLast().split(separator: " ").map(String.init)
        let rank = ["small": 1, "medium": 2, "large": 3]
        func size(at place: String) throws -> Int {
            let shape = try #require(shapes.first { $0.place == place })
            return try #require(rank[shape.size])
        }
        switch words[0] {
        case "What":
            let shape = try #require(shapes.first { $0.place == words.last })
            #expect(shape.kind == words[4], "\(question)")
            return shape.color
        case "Which": return try #require(shapes.first { $0.place == words.last }).kind
        case "Is":
            #expect(words[5] != words[12])
            return try size(at: words[5]) > size(at: words[12]) ? "yes" : "no"
        default:
            if words.contains("larger") {
                let limit = try size(at: try #require(words.last))
                return "\(shapes.filter { (rank[$0.size] ?? 0) > limit }.count)"
            }
            if words.last == "there" { return "\(shapes.filter { $0.kind + "s" == words[2] }.count)" }
            return "\(shapes.filter { $0.color == words.last }.count)"
        }
    }

    @Test("gold answers are right by an independent reading of the annotations", arguments: ShapesQuestion.Family.allCases)
    func goldAnswersAreRight(family: ShapesQuestion.Family) throws {
        let task = try ShapesTask(split: .training, problems: 500, seed: 2, families: [family])
        var answers: [String: Int] = [:]
        for index in 0..<500 {
            let problem = try task.problem(at: index)
            let told = read(problem.annotations)
            #expect(problem.annotations.last == "There are \(told.count) shapes.")
            #expect(try problem.answer == answer(problem.question, told), "\(problem.question) of \(told)")
            answers[problem.answer, default: 0] += 1
        }
        // No answer is so common that guessing it pays.
        #expect(answers.values.allSatisfy { $0 < 300 }, "\(answers)")
        #expect(answers.count >= 2)
    }

    @Test("a response in the required format with the gold answer is right, with another answer of the family it isn't")
    func answersAreChecked() throws {
        for family in ShapesQuestion.Family.allCases {
            let task = try ShapesTask(split: .validation, problems: 60, seed: 4, families: [family])
            let problems = try (0..<60).map { try task.problem(at: $0) }
            let answers = Set(problems.map(\.answer))
            for (index, problem) in problems.enumerated() {
                for answer in answers {
                    let response = ResponseFormat.response(thought: "So.", answer: answer)
                    let accuracy = AnswerChecker.accuracy(of: response, gold: problem.answer, question: problem.question)
                    #expect(accuracy == (answer == problem.answer ? 1 : 0), "\(answer) for \(problem.answer): \(problem.question)")
                }
                let reference = task.referenceResponse(at: index)
                #expect(AnswerChecker.accuracy(of: reference, gold: problem.answer, question: problem.question) == 1)
            }
        }
    }
}
