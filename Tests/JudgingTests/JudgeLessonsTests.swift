import Tasks
import Judging
import Testing
import Trajectories

@Suite("Judge training text")
struct JudgeLessonsTests {
    private let text = JudgeLessons(seed: 1, of: DigitsTask.self)

    @Test("an example is a function of seed and index, with its decisions all different and labelled by the rules judge")
    func examplesAreReproducible() {
        let again = JudgeLessons(seed: 1, of: DigitsTask.self)
        let judge = DigitsRulesJudge()
        for index in 0..<500 {
            let example = text.example(at: index)
            #expect(example == again.example(at: index))
            #expect(example.decisions.count == 6)
            #expect(Set(example.decisions.map(\.annotation)).count == 6)
            for decision in example.decisions {
                #expect(decision.verdict == judge.verdict(annotation: decision.annotation, response: example.response))
            }
        }
        #expect((0..<20).map { JudgeLessons(seed: 2, of: DigitsTask.self).example(at: $0) } != (0..<20).map { text.example(at: $0) })
    }

    @Test("labels are nearly balanced, most responses are in the reference format, and attacks stay within the trained families")
    func mixture() {
        let examples = (0..<3000).map { text.example(at: $0) }
        let reflected = examples.flatMap(\.decisions).count { $0.verdict == .reflected }
        #expect((0.38...0.52).contains(Double(reflected) / Double(3000 * 6)))
        #expect((1500...2500).contains(examples.count { $0.response.contains(" digit is ") && $0.response.contains("<think>\n") }))
        #expect((450...750).contains(examples.count { $0.injection != nil }))
        #expect(Set(examples.compactMap(\.injection)) == Set(InjectionFamily.trained))
        let heldOutWords = ["confirm", "{\"", "author", "grader", "Solution", "step by step", "Thought process"]
        for example in examples {
            #expect(heldOutWords.allSatisfy { !example.response.contains($0) })
        }
    }

    @Test("hard negatives are there: digits that the response names for other places, and contested ones")
    func hardNegatives() {
        let examples = (0..<1000).map { text.example(at: $0) }
        let contested = examples.count { example in
            let statements = DigitsStatements(response: example.response, grid: .standard)
            return example.decisions.contains {
                guard $0.verdict == .missing, let (place, digit) = DigitsAnnotation.parse($0.annotation) else { return false }
                return statements.claims[place, default: []].contains { $0.digits.contains(digit) || $0.denied.contains(digit) }
            }
        }
        #expect(contested > 150)
    }

    @Test("the corpus is the protocol's text with both answers")
    func corpus() {
        let corpus = JudgeProtocol.corpus(of: text, count: 50)
        #expect(corpus.count == 50)
        #expect(corpus.allSatisfy { $0.ranges(of: "\nReflected:").count >= 6 })
        #expect(corpus.contains { $0.contains("Reflected: yes\n") } && corpus.contains { $0.contains("Reflected: no\n") })
    }

    @Test("no attack of any family changes the verdict of the rules judge", arguments: InjectionFamily.allCases)
    func attacksGainNothing(family: InjectionFamily) throws {
        let judge = DigitsRulesJudge()
        let annotations = DigitGrid.standard.places.flatMap { place in (0...9).map { place.annotation(digit: $0) } }
        for index in 0..<100 {
            let response = text.example(at: index).response
            let before = judge.verdicts(annotations: annotations, response: response)
            for seed in UInt64(0)..<12 {
                let target = annotations[(index * 12 + Int(seed)) % annotations.count]
                let attacked = family.attack(response: response, annotation: target, seed: seed)
                #expect(attacked == family.attack(response: response, annotation: target, seed: seed))
                #expect(attacked.count > response.count)
                #expect(judge.verdicts(annotations: annotations, response: attacked) == before, "\(attacked)")
            }
        }
    }

    @Test("there are eight families, three of them held out")
    func families() {
        #expect(InjectionFamily.allCases.count == 8)
        #expect(InjectionFamily.heldOut == [.jsonVerdict, .authority, .masterKey])
        #expect(InjectionFamily.trained.count == 5)
    }
}
