import Rewards
import Testing
import Trajectories

/// One line of `Fixtures/answer_cases.tsv`: truth by hand.
struct AnswerCase {
    let kind: String
    let gold: String
    let answer: String
    let isEqual: Bool
    let question: String

    static let all = TableFixture.rows("answer_cases.tsv", columns: 5).map { columns in
        AnswerCase(
            kind: columns[0], gold: columns[1], answer: columns[2], isEqual: columns[3] == "1",
            question: columns[4].replacing("\u{2424}", with: "\n"))
    }
}

@Suite("Answer cases: what was paid and wrong, or right and not paid")
struct AnswerCasesTests {
    @Test("there are hundreds of them, of both truths in each kind")
    func fixture() {
        #expect(AnswerCase.all.count > 400)
        for (kind, cases) in Dictionary(grouping: AnswerCase.all, by: \.kind) {
            let truths = Set(cases.map(\.isEqual))
            #expect(truths == [true, false], "\(kind)")
        }
    }

    @Test("the training reward pays what is right, and nothing else")
    func trainingReward() {
        for example in AnswerCase.all {
            let response = "<think>\nI look.\n</think>\n<answer>\n\\boxed{\(example.answer)}\n</answer>"
            let subject = RewardSubject(
                response: response, tokenCount: 1, maximumTokens: 1, question: example.question, answer: example.gold)
            #expect(
                Rubric().sampled(subject)[AccuracyReward.self] == .known(example.isEqual ? 1 : 0),
                "\(example.kind): gold \(example.gold), answer \(example.answer), question \(example.question)")
        }
    }

    @Test("the same box in free text is graded the same")
    func freeText() throws {
        for example in AnswerCase.all {
            let text = "I look at the picture, so it is \\boxed{\(example.answer)}."
            let answer = FinalAnswer.extract(fromFreeText: text)
            let isPaid = answer.map { AnswerChecker.isEqual($0, example.gold, question: example.question) } ?? false
            #expect(isPaid == example.isEqual, "\(example.kind): gold \(example.gold), answer \(example.answer)")
        }
    }

    @Test("training pays the prescribed box alone, not what free text is read for")
    func prescribed() {
        for answer in ["\\fbox{42}", "\\boxed {42}", "<|begin_of_box|>42<|end_of_box|>", "42", "答案是42。"] {
            #expect(AnswerChecker.accuracy(of: "<think>\nx\n</think>\n<answer>\n\(answer)\n</answer>", gold: "42") == 0, "\(answer)")
        }
    }
}
