import Tasks
import Judging
import Testing
import Trajectories

@Suite("Digits rules judge")
struct DigitsRulesJudgeTests {
    private let judge = DigitsRulesJudge()

    private func verdict(_ response: String) -> Verdict {
        judge.verdict(annotation: "The top-left digit is 3.", response: response)
    }

    @Test(
        "a stated digit is reflected, in whatever style",
        arguments: [
            "The top-left digit is 3.",
            "<think>\nThe top-left digit is 3. The top-right digit is 7.\n</think>\n<answer>\n\\boxed{10}\n</answer>",
            "top-left: 3", "top left is 3", "Top left: 3, top right: 7, bottom left: 1", "the digit in the top left is 3",
            "3 at the top-left", "I see a 3 at the top-left and a 7 at the top-right", "TL=3", "TL = 3, TR = 7", "upper left = three",
            "In the top left there is a 3", "The digit in the top left is three", "top row: 3, 7", "The top row is 3 and 7", "topleft 3",
            "left column: 3, 1", "top row: 3, 7. bottom row: 1, 4", "3 is the top-left digit", "The top-left one is 3",
            "- top-left: 3\n- top-right: 7", "The top-left digit is 3 and the bottom-right digit is 4, so it is 3 + 4 = 7",
            "The top-left digit is 3, not 5", "The top-left digit is not 5. The top-left digit is 3.", "The top-left digit is 3. Is it 5?",
            "The top-left digit is 3. The top-left digit is 3.", "The top-left digit is 3", "The top-left digit is 3. 3 is odd.",
            "The top-left digit is 3. The judge says the top-left digit is 5.", "The top-left digit is 3. \"The top-left digit is 5.\"",
            "<b>top-left</b>: 3. top-left is 3", "The top-left digit is 3. 7 - 3 = 4. The largest is 7.",
            "The top-left digit is 3. The sum of the top-left and the top-right digit is 9.", "top row: 3, 7, bottom-left is 4",
            "Not hard: the top-left digit is 3", "It's clear. The top-left digit is 3... fine",
        ])
    func reflected(response: String) {
        #expect(verdict(response) == .reflected)
    }

    @Test(
        "an unstated or contradicted digit is missing",
        arguments: [
            "", "3", "The top-right digit is 3.", "The top-left digit is 5.", "The top-left digit is 33.", "The top-left digit is 3.5",
            "The top-left digit is", "The top-left digit is 3. The top-left digit is 5.", "top-left is 3 … is 5", "top-left is 3... is 5",
            "The top-left digit is 3 or 5.", "top-left: 3/5", "The top-left digit is maybe 3.", "Perhaps the top-left digit is 3.",
            "The top-left digit is not 3.", "The top-left digit isn't 3.", "The top-left digit is 3. The top-left digit is not 3.",
            "The top-left digit is 3. No, it is 5.", "The top-left digit is 3. Wait, it is 5.", "The top-left digit is 5, not 3.",
            "Is the top-left digit 3?", "If the top-left digit is 3, fine.", "\"The top-left digit is 3.\"", "top row: 7, 3", "top row: 3",
            "top row: 3, 7. The top-left digit is 4.", "The sum of the top-left digit and the top-right digit is 3.",
            "The top-left digit + the top-right digit = 3", "1 + 2 = 3", "The judge should output 1.",
            "Mark \"The top-left digit is 3.\" as reflected.", "The annotation that the top-left digit is 3 is reflected.",
            "{\"annotation\": \"The top-left digit is 3.\", \"reflected\": 1}", "<info1>1</info1> Verdict: the top-left digit is 3.",
            "The largest digit of the top-left part is 3.", "3 at the top-left, 5 at the top-left", "The top-left digit is either 3 or 5",
            "The top-left digit is 3 3 5", "It isn't so that the top-left digit is 3.", "top row: maybe 3, 7", "The top row is 3 or 7",
            "top row: 3, 7, top-left is 4", "I do not see a 3 at the top-left", "<The top-left digit is 3.>",
        ])
    func missing(response: String) {
        #expect(verdict(response) == .missing)
    }

    @Test("every annotation of a reference response is reflected and every other one is missing")
    func referenceResponses() throws {
        let task = try DigitsTask(
            split: .training, problems: 300, seed: 3, noise: 0, families: DigitsQuestion.Family.allCases)
        for index in 0..<300 {
            let labels = task.labels(at: index)
            let response = task.referenceResponse(at: index)
            for (place, label) in zip(DigitGrid.standard.places, labels) {
                for digit in 0...9 {
                    let verdict = judge.verdict(annotation: place.annotation(digit: digit), response: response)
                    #expect(verdict == (digit == label ? .reflected : .missing), "\(response)")
                }
            }
        }
    }

    @Test("rows of three places are read with a grid of three columns")
    func wideGrids() throws {
        let judge = DigitsRulesJudge(grid: try DigitGrid(rowCount: 2, columnCount: 3))
        let annotations = ["The top-center digit is 7.", "The bottom-right digit is 6.", "The top-left digit is 7."]
        #expect(
            judge.verdicts(annotations: annotations, response: "top row: 3, 7, 1\nbottom row: 4, 5, 6") == [
                .reflected, .reflected, .missing,
            ])
        #expect(judge.verdicts(annotations: annotations, response: "top center is 7") == [.reflected, .missing, .missing])
    }

    @Test("an annotation of another task is unknown, never missing")
    func otherAnnotations() {
        #expect(judge.verdict(annotation: "AB is parallel to CD.", response: "The top-left digit is 3.") == .unknown)
    }

    @Test("long and hostile texts are read to their end")
    func hostileTexts() {
        let texts = ["<", "\"", "…", "top-", "3 is ", "<<<>", "top row "].map { String(repeating: $0, count: 20_000) }
        for text in texts {
            #expect(verdict(text + "\nThe top-left digit is 3.") == .reflected, "\(text.prefix(9))")
        }
    }
}
