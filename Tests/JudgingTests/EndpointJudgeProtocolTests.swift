import Endpoints
import Foundation
import Judging
import Testing
import Trajectories

@Suite("the protocol of endpoint judges")
struct EndpointJudgeProtocolTests {
    private let words = EndpointJudgeProtocol()

    private func verdicts(_ text: String, _ count: Int, finish: ChatReply.FinishReason = .stop) -> [Verdict]? {
        try? words.judgements(of: ChatReply(text: text, finishReason: finish), annotationCount: count, judge: "j").map(\.verdict)
    }

    @Test("a question holds the escaped response and one numbered line an annotation")
    func question() {
        let text = words.question(response: "<think>\na < b</response><info1>1</info1>\n</think>", annotations: ["x\nis 3", "</info2> y"])
        #expect(!text.contains("<think>") && !text.contains("</think>"))
        #expect(text.components(separatedBy: "<response>").count == 2 && text.components(separatedBy: "</response>").count == 2)
        #expect(text.contains("\n<info1>x is 3</info1>\n<info2>&lt;/info2"))
        #expect(text.components(separatedBy: "<info1>").count == 2 && text.hasSuffix("\nAnswer:"))
    }

    @Test("the token limit grows with the annotations, the temperature is 0")
    func request() {
        let annotations = (0..<100).map { "annotation \($0)" }
        let request = words.request(response: "r", annotations: annotations, tokenLimit: 512, asksLogProbs: true)
        #expect(request.maximumTokens == 64 + 2000 && request.temperature == 0 && request.topLogProbs == 5)
        #expect(words.request(response: "r", annotations: ["a"], tokenLimit: 512, asksLogProbs: false).maximumTokens == 512)
        #expect(request.messages.map(\.role) == [.system, .user])
    }

    @Test("exactly one 0 or 1 in each numbered tag, in any order, is an answer")
    func answers() {
        #expect(verdicts("<info1>1</info1>\n<info2>0</info2>", 2) == [.reflected, .missing])
        #expect(verdicts(" <info2> 0 </info2>\r\n\t<info1>1</info1>\n", 2) == [.reflected, .missing])
        let many = (1...120).map { "<info\($0)>\($0 % 2)</info\($0)>" }.joined()
        #expect(verdicts(many, 120)?.count == 120)
    }

    @Test(
        "anything else is no answer",
        arguments: [
            "", "1 0", "<info1>1</info1>", "<info1>1</info1><info2>0</info2><info3>1</info3>", "<info1>1</info1><info1>1</info1>",
            "<info1>1</info1><info2>0</info2><info2>0</info2>", "<info1>1</info2><info2>0</info1>", "<info1>2</info1><info2>0</info2>",
            "<info1>1.0</info1><info2>0</info2>", "<info1>yes</info1><info2>no</info2>", "<info01>1</info01><info2>0</info2>",
            "<info1>1</info1><info2>0</info2> done", "Sure: <info1>1</info1><info2>0</info2>", "<info1>1<info2>0</info2></info1>",
            "<info0>1</info0><info1>0</info1>", "<info1>1</info1><info2></info2>", "<info1>1</info1><info2>0",
            "<Info1>1</Info1><info2>0</info2>",
            "<info99999999999999999999>1</info99999999999999999999><info2>0</info2>", "**<info1>1</info1><info2>0</info2>**",
            "<answer><info1>1</info1><info2>0</info2></answer>", "{\"info1\": 1, \"info2\": 0}", "<INFO1>1</INFO1><INFO2>0</INFO2>",
            "&lt;info1&gt;1&lt;/info1&gt;&lt;info2&gt;0&lt;/info2&gt;", "<info1>1</info1></think><info2>0</info2>",
            "<info1>1</info1>```<info2>0</info2>```", "<think><info1>1</info1><info2>0</info2>", "<info1>1</info1><info2>0</info2><think>",
            "<info1>１</info1><info2>０</info2>", "<info1>1</info1><info2>0</info2>\u{0}",
        ])
    func refusals(_ text: String) {
        #expect(verdicts(text, 2) == nil)
    }

    @Test(
        "what chat models put around an answer is passed over",
        arguments: [
            "<think>\n<info1>0</info1> or not\n</think>\n\n{}", "</think>{}", "```xml\n{}\n```", "Answer:\n{}", "{}<|im_end|>", "{}</s>",
            "<think>quotes </think>\n<info1>1</info1><info2>1</info2> of it</think>{}", "\u{FEFF}{}", "<think></think>Answer: ```\n{}\n```",
        ])
    func around(_ form: String) {
        #expect(verdicts(form.replacing("{}", with: "<info1>0</info1>\n<info2>1</info2>"), 2) == [.missing, .reflected])
    }

    @Test("an answer that was cut off, filtered or given up is no answer, whatever it says; each says why")
    func cutOff() {
        let reasons: [(ChatReply.FinishReason, UnreadableReply)] = [(.length, .cutOff), (.filtered, .filtered), (.aborted, .aborted)]
        for (end, reason) in reasons {
            #expect(throws: reason) {
                try words.judgements(of: ChatReply(text: "<info1>1</info1>", finishReason: end), annotationCount: 1, judge: "j")
            }
        }
        let texts: [(String, UnreadableReply)] = [
            ("", .empty), ("<think>a</think>", .empty), ("<think>a", .unclosedThought), ("1", .notTheForm(1)),
        ]
        for (text, reason) in texts {
            #expect(throws: reason) {
                try words.judgements(of: ChatReply(text: text, finishReason: .stop), annotationCount: 1, judge: "j")
            }
        }
        #expect(UnreadableReply.cutOff.description.contains("max_tokens"))
    }

    @Test("random bytes around and inside an answer never make a verdict that is not in it")
    func fuzz() {
        var generator = SystemRandomNumberGenerator()
        let pieces = ["<info1>", "</info1>", "<info2>", "</info2>", "1", "0", " ", "\n", "x", "<", "&lt;", "é"]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...10, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            let compact = text.filter { !$0.isWhitespace }
            let valid = ["12", "21"].flatMap { order in
                ["00", "01", "10", "11"].map { values in
                    zip(order, values).map { "<info\($0)>\($1)</info\($0)>" }.joined()
                }
            }
            let found = verdicts(text, 2)
            if found != nil { #expect(valid.contains(compact), "\(text)") }
            if valid.contains(text) { #expect(found != nil) }
        }
    }

    private func token(_ text: String, _ logProb: Double, _ top: [(String, Double)] = []) -> ChatReply.TokenChoice {
        .init(
            chosen: .init(token: text, logProb: logProb), top: top.map { .init(token: $0.0, logProb: $0.1) })
    }

    @Test("the probability is the softmax of both digits where the verdict's token tells both")
    func probability() throws {
        let tokens = [
            token("<info", 0), token("1", -0.1, [("1", -0.1), ("2", -3)]), token(">", 0),
            token("1", log(0.6), [("1", log(0.6)), ("0", log(0.2))]),
            token("</info1>\n<info2>", 0), token("0", log(0.9), [("0", log(0.9)), ("zero", log(0.1))]), token("</info2>", 0),
        ]
        let text = tokens.map(\.chosen.token).joined()
        let reply = ChatReply(text: text, finishReason: .stop, logProbs: tokens)
        let judgements = try words.judgements(of: reply, annotationCount: 2, judge: "j")
        #expect(judgements.map(\.verdict) == [.reflected, .missing])
        #expect(abs((judgements[0].probability ?? 0) - 0.75) < 1e-6)
        // The other digit is not told.
        #expect(judgements[1].probability == nil)
        // Tokens of another text say nothing.
        let other = ChatReply(text: text + "\n", finishReason: .stop, logProbs: tokens)
        #expect(try words.judgements(of: other, annotationCount: 2, judge: "j").map(\.probability) == [nil, nil])
        // Behind a thought and before an end of turn the tokens still find their places.
        let around = [token("<think>1", -1, [("1", -1), ("0", -2)]), token("</think>", 0)] + tokens + [token("<|im_end|>", 0)]
        let wrapped = ChatReply(text: around.map(\.chosen.token).joined(), finishReason: .stop, logProbs: around)
        #expect(try words.judgements(of: wrapped, annotationCount: 2, judge: "j").map(\.probability) == judgements.map(\.probability))
        // Infinities are probabilities of 0 and 1, or nothing.
        for (one, zero, share) in [(0.0, -Double.infinity, Float(1)), (-.infinity, 0, 0), (-.infinity, -.infinity, nil)] {
            let tokens = [token("<info1>", 0), token("1", one, [("1", one), ("0", zero)]), token("</info1>", 0)]
            let reply = ChatReply(text: "<info1>1</info1>", finishReason: .stop, logProbs: tokens)
            #expect(try words.judgements(of: reply, annotationCount: 1, judge: "j").map(\.probability) == [share])
        }
    }
}
