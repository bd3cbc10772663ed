import Configuration
import ConfigurationReading
import Testing

@Suite("configuration of rewards of a user's own")
struct OwnRewardConfigurationTests {
    private func load(_ reward: String) throws -> RunConfiguration {
        let text = """
            schema_version: 1
            model: {policy: p}
            data: {train: {type: digits}}
            judge: {type: rules}
            reward: \(reward)
            output: o
            """
        return try RunConfiguration.load(sources: [ConfigurationSource(name: "own.yaml", text: text)], overrides: []).value
    }

    private static let part = "{name: own, type: process, command: [python3, reward.py]}"

    @Test("a part has its weight among the others, and a resolved configuration reads back as the same")
    func whole() throws {
        let configuration = try load(
            "{parts: [\(Self.part), {name: other, type: http, url: 'https://a.b/c'}], weights: {own: 0.5, other: 0}}")
        #expect(configuration.everyAnswer["reward.weights.own"] == "0.5" && configuration.everyAnswer["reward.weights.other"] == "0.0")
        let again = try RunConfiguration.load(
            sources: [ConfigurationSource(name: "config.json", text: configuration.resolvedJSON)], overrides: []
        ).value
        #expect(again == configuration)
    }

    @Test(
        "what is wrong is said with its key",
        arguments: [
            ("{parts: [\(part)]}", "reward.weights.own"), ("{weights: {own: 1}}", "reward.weights.own: unknown key"),
            ("{parts: [\(part), \(part)], weights: {own: 1}}", "reward.parts[1].name"),
            ("{parts: [\(part.replacing("own", with: "format"))]}", "reward.parts[0].name: 'format' is taken"),
            ("{parts: [\(part.replacing("own", with: "Own"))], weights: {Own: 1}}", "reward.parts[0].name: must be 1 to 64"),
            ("{parts: [{name: own, type: process}], weights: {own: 1}}", "reward.parts[0].command: is required"),
            ("{parts: [{name: own, type: process, command: [a], url: 'https://b'}], weights: {own: 1}}", "reward.parts[0].url: has no use"),
            ("{parts: [{name: own, type: http}], weights: {own: 1}}", "reward.parts[0].url: is required"),
            ("{parts: [{name: own, type: http, url: u, command: [a]}], weights: {own: 1}}", "reward.parts[0].command: has no use"),
            ("{parts: [{name: own, type: process, command: [a], env: ['A=b']}], weights: {own: 1}}", "reward.parts[0].env"),
            ("{parts: [{name: own, command: [a]}], weights: {own: 1}}", "reward.parts[0].type: is required"),
            ("{parts: [\(part)], weights: {own: -1}}", "reward.weights.own: must be"),
        ])
    func faults(_ reward: String, _ words: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try load(reward) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(error.map { "\($0)" } ?? "")")
    }

    @Test("a command and an address bear on what a run computes, patience does not")
    func answers() throws {
        let plain = try load("{parts: [\(Self.part)], weights: {own: 1}}")
        let patient = try load(
            "{parts: [{name: own, type: process, command: [python3, reward.py], attempts: 9, deadline_seconds: 5, env: [A], concurrency: 1}], weights: {own: 1}}"
        )
        let other = try load("{parts: [{name: own, type: process, command: [python3, other.py]}], weights: {own: 1}}")
        #expect(plain.answers == patient.answers && plain.everyAnswer == patient.everyAnswer)
        #expect(plain.answers != other.answers && plain.everyAnswer != other.everyAnswer)
    }

    @Test("own parts alone may reward")
    func alone() throws {
        let none = "accuracy: 0, format: 0, visual: 0"
        _ = try load("{parts: [\(Self.part)], weights: {own: 1, \(none)}}")
        #expect(throws: ConfigurationError.self) { try load("{parts: [\(Self.part)], weights: {own: 0, \(none)}}") }
    }
}
