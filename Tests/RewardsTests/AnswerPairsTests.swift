import Rewards
import Testing

/// One line of `Fixtures/answer_pairs.tsv`.
struct AnswerPair {
    let kind: String
    let gold: String
    let answer: String
    /// What the pair was made to be.
    let isMeantEqual: Bool
    /// What math-verify says.
    let isOracleEqual: Bool

    static let all = TableFixture.rows("answer_pairs.tsv", columns: 5).map { columns in
        AnswerPair(
            kind: columns[0], gold: columns[1], answer: columns[2], isMeantEqual: columns[3] == "1", isOracleEqual: columns[4] == "1")
    }
}

@Suite("Answer pairs, against math-verify")
struct AnswerPairsTests {
    /// Classes in which math-verify is known to err (docs/answers.md): there alone may the verdicts differ.
    static let oracleErrors: Set<String> = [
        "full stop", "plain roots", "plain pi", "degree sign", "degrees in functions", "exponent notation", "thin space",
        "spaced mixed number", "other unit", "unit words", "point or set", "letters in another order", "choice with a mark",
        "interval for inequality", "compass word", "decimal per cent", "bracketed number", "lone variable", "decimals in sums",
    ]

    @Test("there are thousands of pairs, half of them equal, and 3 + 3 for each gold answer of Geometry3K")
    func fixture() {
        let pairs = AnswerPair.all
        #expect(pairs.count > 4_000)
        let equal = pairs.count(where: \.isMeantEqual)
        #expect((pairs.count * 49 / 100...pairs.count * 51 / 100).contains(equal))
        let geometry = Dictionary(grouping: pairs.filter { $0.kind == "geometry3k" }, by: \.gold)
        #expect(geometry.count == 473)
        for (gold, group) in geometry {
            #expect(group.count(where: \.isMeantEqual) >= 3, "\(gold)")
            #expect(group.count { !$0.isMeantEqual } >= 3, "\(gold)")
        }
    }

    @Test("at least 99 % of the verdicts are math-verify's, and the others are its listed errors")
    func agreement() {
        var agreed = 0
        for pair in AnswerPair.all {
            let isEqual = AnswerChecker.isEqual(pair.answer, pair.gold)
            if isEqual == pair.isOracleEqual {
                agreed += 1
            } else if !Self.oracleErrors.contains(pair.kind) {
                Issue.record("\(pair.kind): \(pair.gold) | \(pair.answer): math-verify says \(pair.isOracleEqual)")
            }
        }
        #expect(Double(agreed) >= 0.99 * Double(AnswerPair.all.count), "\(agreed) of \(AnswerPair.all.count)")
    }

    @Test("every pair is what it was made to be, in both directions, in a small part of the steps")
    func truth() {
        for pair in AnswerPair.all {
            let (there, back) = (AnswerChecker.compare(pair.answer, pair.gold), AnswerChecker.compare(pair.gold, pair.answer))
            #expect(there.isEqual == pair.isMeantEqual, "\(pair.kind): \(pair.gold) | \(pair.answer)")
            #expect(there.isEqual == back.isEqual)
            #expect(there.stepCount < AnswerChecker.maximumStepCount / 100)
        }
    }
}
