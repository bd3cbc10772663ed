import Foundation
import Rewards
import Testing

/// One line of `Fixtures/answer_oracle.jsonl`, or of what `Tests/Oracles/answer_pairs.py` prints: truth by sympy, or by construction.
private struct OraclePair: Decodable {
    let kind: String
    let gold: String
    let answer: String
    let question: String?
    let isEqual: Bool

    private enum CodingKeys: String, CodingKey {
        case kind = "class"
        case gold, answer, question
        case isEqual = "equal"
    }

    static func read(_ text: String) throws -> [OraclePair] {
        try text.split(separator: "\n").map { try JSONDecoder().decode(OraclePair.self, from: Data($0.utf8)) }
    }
}

@Suite("Answers, against a computer algebra system")
struct AnswerOracleTests {
    /// A Python that has sympy: `PERCEPT_TEST_SYMPY=/path/to/python`.
    private static let python = ProcessInfo.processInfo.environment["PERCEPT_TEST_SYMPY"]
    private static let program = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Oracles/answer_pairs.py")

    @Test("1,000 random pairs: none is paid that is wrong, none lost that is right")
    func fixture() throws {
        let url = Bundle.module.bundleURL.appending(path: "Fixtures/answer_oracle.jsonl")
        let pairs = try OraclePair.read(String(contentsOf: url, encoding: .utf8))
        #expect(pairs.count == 1_000)
        #expect(Set(pairs.map(\.kind)).count == 17)
        Self.grade(pairs)
    }

    @Test("10,000 new pairs of each of three seeds (needs sympy)", .enabled(if: python != nil), arguments: [1, 2, 3])
    func fresh(seed: Int) throws {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: try #require(Self.python))
        process.arguments = [Self.program.path, "\(seed)", "10000"]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        let pairs = try OraclePair.read(text)
        #expect(pairs.count == 10_000)
        Self.grade(pairs)
    }

    private static func grade(_ pairs: [OraclePair]) {
        for pair in pairs {
            let isPaid = AnswerChecker.isEqual(pair.answer, pair.gold, question: pair.question ?? "")
            #expect(isPaid == pair.isEqual, "\(pair.kind): gold \(pair.gold), answer \(pair.answer), question \(pair.question ?? "none")")
        }
    }
}
