import Configuration
import ConfigurationReading
import Foundation
import Telemetry
import Testing
import TrainingCluster

/// Which warnings begin and end with which records.
@Suite("warnings of a run")
struct RunHealthTests {
    private func health(asksForForm: Bool = true, _ settings: [String] = []) throws -> RunHealth {
        let text = """
            schema_version: 1
            model: {policy: p}
            data: {train: {type: digits}}
            judge: {type: rules}
            output: o
            """
        let configuration = try RunConfiguration.load(
            sources: [ConfigurationSource(name: "run.yaml", text: text)],
            overrides: try settings.map { try ConfigurationOverride(parsing: $0) }
        ).value
        return RunHealth(configuration, asksForForm: asksForForm)
    }

    /// A step with these figures.
    private func record(_ step: Int, _ figures: [MetricName: Double]) -> MetricRecord {
        var record = MetricRecord(step: step)
        let common: [MetricName: Double] = [
            .groups: 4, .droppedGroups: 0, .zeroVarianceGroups: 0, .responses: 32, .formedResponses: 30, .cutResponses: 1,
        ]
        for (name, value) in common.merging(figures, uniquingKeysWith: { $1 }) { record.set(name, value) }
        return record
    }

    /// What is said at each step: "+name" where a warning begins, "-name" where it ends.
    private func said(_ health: inout RunHealth, _ records: [MetricRecord]) -> [String] {
        records.map { record in
            var record = record
            return health.observe(&record).map { change in
                switch change {
                case .said(let warning): "+\(warning.name.rawValue)"
                case .ended(let warning): "-\(warning.name.rawValue)"
                }
            }.joined(separator: " ")
        }
    }

    @Test("no response of the latest 64 has the form: a warning, until one has it")
    func form() throws {
        var health = try health()
        let formless: [MetricName: Double] = [.formedResponses: 0]
        let steps = [record(1, formless), record(2, formless), record(3, [.formedResponses: 1]), record(4, formless), record(5, formless)]
        #expect(said(&health, steps) == ["", "+no_form", "-no_form", "", "+no_form"])
        // Nobody pays for the form.
        var unpaid = try self.health(["reward.weights.format=0"])
        #expect(said(&unpaid, steps) == ["", "", "", "", ""])
    }

    @Test("a prompt that doesn't ask for the form is told only while most of the latest 64 responses lack it")
    func unasked() throws {
        var health = try health(asksForForm: false)
        let steps = [15, 15, 20].enumerated().map { record($0 + 1, [.formedResponses: Double($1)]) }
        #expect(said(&health, steps) == ["", "+prompt_form", "-prompt_form"])
    }

    @Test("all of the latest 64 responses are cut off")
    func cut() throws {
        var health = try health()
        let cut: [MetricName: Double] = [.cutResponses: 32]
        #expect(said(&health, [record(1, cut), record(2, cut), record(3, [.cutResponses: 31])]) == ["", "+all_cut", "-all_cut"])
    }

    @Test("a step without any group: a warning that counts the reasons")
    func empty() throws {
        var health = try health()
        let empty: [MetricName: Double] = [.droppedGroups: 4, "rollout/drops/judge_failed": 30, "rollout/drops/group_too_small": 2]
        #expect(said(&health, [record(1, empty), record(2, empty)]) == ["+groups_dropped", ""])
        let warning = try #require(health.lasting.first)
        #expect(warning.since == 1 && warning.text.contains("judge_failed 30, group_too_small 2") && warning.text.contains("2 such steps"))
        #expect(said(&health, [record(3, [.droppedGroups: 3])]) == ["-groups_dropped"])
    }

    @Test("steps without variance are told at 5, 20 and 80, and the row ends with a step that has some")
    func variance() throws {
        var health = try health()
        let even = (1...100).map { record($0, [.zeroVarianceGroups: 3, .droppedGroups: 1]) }
        let told = said(&health, even).enumerated().filter { !$1.isEmpty }.map { "\($0 + 1) \($1)" }
        #expect(told == ["5 +no_variance", "20 +no_variance", "80 +no_variance"])
        #expect(health.lasting.first?.since == 5)
        #expect(said(&health, [record(101, [.zeroVarianceGroups: 3])]) == ["-no_variance"])
    }

    @Test(
        "the audit's finding needs 50 items of a kind and a rate past 0.2 for sure",
        arguments: [(49, 49, false), (50, 15, false), (50, 17, true), (400, 97, true), (400, 95, false)])
    func audit(_ items: Int, _ wrong: Int, _ isFound: Bool) throws {
        // Lower ends of Wilson's 95 % interval by scipy: 15/50 0.191, 17/50 0.224, 97/400 0.203, 95/400 0.198.
        for (rate, name) in [
            ("judge/audit/false_positive", "judge/audit/false_positive/items"),
            ("judge/audit/false_negative", "judge/audit/false_negative/items"),
        ] {
            var health = try health()
            let (rate, name) = (try #require(MetricName(parsing: rate)), try #require(MetricName(parsing: name)))
            let told = said(&health, [record(1, [rate: Double(wrong) / Double(items), name: Double(items)])])
            #expect(told == [isFound ? "+judge_audit" : ""])
        }
    }

    @Test("while a warning lasts, each record holds the step at which it began")
    func recorded() throws {
        var health = try health()
        var records = [record(1, [.cutResponses: 32]), record(2, [.cutResponses: 32]), record(3, [.cutResponses: 32]), record(4, [:])]
        for index in records.indices { _ = health.observe(&records[index]) }
        #expect(records.map { $0.number("warning/all_cut") } == [nil, 2, 2, nil])
    }
}
