import Configuration
import ConfigurationReading
import Tasks
import Testing
import TrainingCluster
import Trajectories

/// Whether the rules of the digits task are refused where they know nothing.
@Suite("the rules judge and its data")
struct RulesJudgeDataTests {
    private struct Source: ProblemSource {
        let facts: [[String]]
        var count: Int { facts.count }
        func problem(at index: Int) -> Problem {
            Problem(id: ProblemID("p\(index)"), images: [], question: "q", answer: "a", annotations: facts[index])
        }
    }

    private func configuration(_ judge: String) throws -> JudgeConfiguration {
        let text = """
            schema_version: 1
            model: {policy: p}
            data: {train: {type: digits}}
            judge: \(judge)
            output: o
            """
        return try RunConfiguration.load(sources: [ConfigurationSource(name: "run.yaml", text: text)], overrides: []).value.judge
    }

    @Test("annotations of another task are named with their problem; those of the digits task, wherever they stand, are known")
    func faults() throws {
        let rules = try configuration("{type: rules}")
        let digits = Source(facts: [["The top-left digit is 3."], []])
        #expect(try Judges.rulesFault(rules, digits, named: "data.train") == nil)
        let other = Source(facts: [["The top-left digit is 3."], ["AB is 5 long."]])
        let fault = try #require(try Judges.rulesFault(rules, other, named: "data.train"))
        #expect(fault.contains("p1 of data.train") && fault.contains("'AB is 5 long.'"))
        for judge in ["{type: model, model: m}", "{pools: [{name: a, type: rules}, {name: b, type: model, model: m}]}"] {
            #expect(try Judges.rulesFault(try configuration(judge), other, named: "data.train") == nil)
        }
    }
}
