import Endpoints
import Testing

@Suite("what counts of an answer")
struct AnswerTextTests {
    @Test(
        "thoughts, fences, labels, ends of turns and white space are passed over",
        arguments: [
            "x 1", " \n x 1\r\n", "\u{FEFF}x 1", "<think>\na < b\n</think>\n\nx 1", "<think>\n\n</think>\n\nx 1", "a thought</think>x 1",
            "<think>it says </think> <think> there</think> x 1", "<think><think>a</think>x 1", "```\nx 1\n```", "```xml\nx 1\n```",
            "~~~\nx 1\n~~~", "````\nx 1\n````", "```x 1```", "Answer: x 1", "Answer:\nx 1", "ANSWER:x 1", "Answer:\n```\nx 1\n```",
            "```\nAnswer: x 1\n```", "x 1<|im_end|>", "x 1</s>", "x 1 <|eot_id|>\n", "x 1<|im_end|>\n<|endoftext|>", "x 1<end_of_turn>",
            "<think>no</think>Answer:\n```text\nx 1\n```<|im_end|>\n", "x 1<｜end▁of▁sentence｜>",
        ])
    func passedOver(_ text: String) throws {
        #expect(try AnswerText.core(of: text) == "x 1")
    }

    @Test(
        "everything else stays",
        arguments: [
            "**x 1**", "<answer>x 1</answer>", "x 1\n\nBoth.", "```\nx 1", "x 1\n```", "Sure: x 1", "Answer Answer: x 1",
            "```\nx 1\n```\nx 1",
            "<|im_end|>x 1", "</S>x 1", "\\boxed{x 1}", "`x 1`",
        ])
    func stays(_ text: String) throws {
        #expect(try AnswerText.core(of: text) == text)
    }

    @Test("an answer may be empty", arguments: ["", " \n", "<think>a</think>", "</s>", "```\n```", "Answer:", "</think>\n<|im_end|>"])
    func empty(_ text: String) throws {
        #expect(try AnswerText.core(of: text).isEmpty)
    }

    @Test(
        "a thought that is not closed makes everything unknown, an answer inside it too",
        arguments: ["<think>", "<think>x 1", "<think>a</think><think>x 1", "x 1<think>", "a</think>x 1 <think>"])
    func unclosed(_ text: String) {
        #expect(throws: AnswerText.Fault.unclosedThought) { try AnswerText.core(of: text) }
    }

    @Test("megabytes of openings take no time")
    func long() throws {
        for piece in ["<think></think>", "```", "</s>", "Answer:", "\u{FEFF} "] {
            let text = String(repeating: piece, count: 2_000_000 / piece.utf8.count)
            let clock = ContinuousClock()
            let time = clock.measure { _ = try? AnswerText.core(of: text) }
            #expect(time < .seconds(5), "\(piece): \(time)")
        }
    }
}
