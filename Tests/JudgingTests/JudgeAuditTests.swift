import Tasks
import Foundation
import Judging
import Testing
import Trajectories

@Suite("Judge audit")
struct JudgeAuditTests {
    /// Reference responses, of which each fourth misreads its first digit.
    private func responses(seed: UInt64) throws -> [AuditResponse] {
        let task = try DigitsTask(split: .validation, problems: 200, seed: seed, noise: 0)
        return try (0..<200).map { index in
            let annotations = try task.problem(at: index).annotations
            var response = task.referenceResponse(at: index)
            if index % 4 == 0, let (place, digit) = DigitsAnnotation.parse(annotations[0]) {
                response = response.replacingOccurrences(of: annotations[0], with: place.annotation(digit: (digit + 1) % 10))
            }
            return AuditResponse(annotations: annotations, response: response)
        }
    }

    @Test("2,000 items: half reflected in the whole and in each of 13 families, none twice, labelled by the oracle, reproducible")
    func itemsAreBalanced() throws {
        let builder = AuditBuilder(start: try responses(seed: 1), end: try responses(seed: 2), oracle: DigitsRulesJudge(), seed: 7)
        let items = try builder.items(count: 2000)
        #expect(items.count == 2000)
        #expect(items.count { $0.expected == .reflected } == 1000)
        #expect(Set(items).count == 2000)
        #expect(try builder.items(count: 2000) == items)
        for family in AuditFamily.allCases {
            let own = items.filter { $0.family == family }
            #expect((152...154).contains(own.count))
            #expect(own.count { $0.expected == .missing } * 2 == own.count)
        }
        let judge = DigitsRulesJudge()
        #expect(items.allSatisfy { judge.verdict(annotation: $0.annotation, response: $0.response) == $0.expected })
    }

    @Test("hedges and contradictions are what their names say")
    func familiesAreTrueToTheirNames() throws {
        let items = try AuditBuilder(start: try responses(seed: 1), end: try responses(seed: 2), oracle: DigitsRulesJudge(), seed: 7).items(
            count: 520)
        #expect(items.filter { $0.family == .hedge }.allSatisfy { $0.response.contains(" or ") })
        for item in items where item.family == .contradiction && item.expected == .missing {
            let place = try #require(DigitsAnnotation.parse(item.annotation)).place
            #expect((0...9).count { item.response.contains(place.annotation(digit: $0)) } == 2)
        }
    }

    @Test("unusable responses are refused with the family's name")
    func unusableResponses() throws {
        let silent = [AuditResponse(annotations: ["The top-left digit is 3."], response: "")]
        #expect(throws: AuditError.self) {
            try AuditBuilder(start: silent, end: silent, oracle: DigitsRulesJudge(), seed: 1).items(count: 100)
        }
        #expect(throws: AuditError.self) { try AuditBuilder(start: [], end: silent, oracle: DigitsRulesJudge(), seed: 1).items(count: 100) }
        #expect(throws: AuditError.self) {
            try AuditBuilder(start: silent, end: silent, oracle: DigitsRulesJudge(), seed: 1).items(count: 3)
        }
    }

    @Test(
        "bounds agree with published intervals",
        arguments: [
            // R: binom.test(8, 10)$conf.int[1], prop.test(8, 10, correct = FALSE)$conf.int[1]; 10 of 10 is 0.025^(1/10).
            (8, 10, 0.4439045, 0.4901625), (10, 10, 0.6915029, 0.7224672), (0, 10, 0.0, 0.0), (0, 0, 0.0, 0.0),
        ])
    func bounds(correct: Int, total: Int, exact: Double, wilson: Double) {
        let rate = AuditRate(correct: correct, total: total)
        #expect(abs(rate.exactLower - exact) < 1e-6)
        #expect(abs(rate.wilsonLower - wilson) < 1e-6)
    }

    @Test("statistics count by family, an unknown verdict is wrong, and they survive JSON")
    func statistics() throws {
        let items = try AuditBuilder(start: try responses(seed: 1), end: try responses(seed: 2), oracle: DigitsRulesJudge(), seed: 7).items(
            count: 260)
        var verdicts = items.map(\.expected)
        let wrong = try #require(items.firstIndex { $0.family == .hedge && $0.expected == .missing })
        verdicts[wrong] = .reflected
        let unknown = try #require(items.firstIndex { $0.family == .foreign && $0.expected == .reflected })
        verdicts[unknown] = .unknown
        let statistics = try AuditStatistics(items: items, verdicts: verdicts)
        #expect(statistics.sensitivity.correct == 129 && statistics.sensitivity.total == 130)
        #expect(statistics.specificity.correct == 129 && statistics.unknown == 1)
        #expect(statistics.families.count == 13)
        #expect(
            statistics.families.filter(\.isHeldOut).map(\.name) == [
                "injection/json_verdict", "injection/authority", "injection/master_key",
            ])
        let hedge = try #require(statistics.families.first { $0.name == "hedge" })
        #expect(hedge.specificity.correct == 9 && hedge.sensitivity.correct == 10)
        #expect(try JSONDecoder().decode(AuditStatistics.self, from: JSONEncoder().encode(statistics)) == statistics)
        #expect(throws: AuditError.self) { try AuditStatistics(items: items, verdicts: []) }
    }
}
