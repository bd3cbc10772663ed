import Configuration
import ConfigurationReading
import Footprints
import Foundation
import PolicyModel
import Testing

@Suite("what a run takes in memory")
struct RunFootprintTests {
    private func configuration(_ settings: [String]) throws -> RunConfiguration {
        let text = """
            schema_version: 1
            output: run
            model: {policy: policy}
            data: {train: {type: digits}}
            judge: {type: model, model: judge}
            """
        return try RunConfiguration.load(
            sources: [ConfigurationSource(name: "test", text: text)], overrides: try settings.map { try ConfigurationOverride(parsing: $0) }
        ).value
    }

    private func footprint(_ settings: [String], policy: String = Shape.qwen25VL7B, judge: String? = Shape.smolLM2) throws -> RunFootprint {
        let configuration = try configuration(settings)
        let model = try Shape.configuration(policy)
        return RunFootprint(
            configuration: configuration, policy: model,
            judges: try judge.map { judge in
                let storage = try #require(WeightStorage(rawValue: configuration.judge.weights.rawValue))
                return [HostedJudge(model: ModelFootprint(try Shape.configuration(judge)), storage: storage)]
            } ?? [],
            prompt: PromptSize.limit(configuration.rollout, model))
    }

    private func bytes(_ rank: RankFootprint, _ part: String) -> Int { rank.parts.first { $0.name == part }?.bytes ?? 0 }

    @Test("7B: weights, gradients, master weights and moments by the table's formulas, on 1 to 4 learner ranks", arguments: 1...4)
    func learner(ranks: Int) throws {
        let count = 8_292_166_656
        let found = try footprint(["placement.learner=\(ranks)"]).ranks
        #expect(found.map(\.count).reduce(0, +) == ranks + 2)
        let first = found[0]
        #expect(bytes(first, "weights") == 4 * count)
        #expect(bytes(first, "gradients") == 4 * count * [3, 2, 2, 1][ranks - 1])
        #expect(bytes(first, "snapshot") == 12 * count / ranks)
        #expect(bytes(first, "master weights") == 4 * count / ranks)
        #expect(bytes(first, "moments") == 8 * count / ranks)
        #expect(bytes(first, "published versions") == 2 * 4 * count)
        #expect((bytes(first, "exchange") > 0) == (ranks > 1))
        if ranks > 1 {
            #expect(bytes(found[1], "published versions") == 0 && found[1].count == ranks - 1)
            #expect(bytes(found[1], "gradients") == 4 * count * [2, 1, 1][ranks - 2])
        }
        let threaded = try footprint(["placement.learner=\(ranks)", "training.threads=4"]).ranks[0]
        #expect(bytes(threaded, "gradients") == 4 * count * [4, 2, 2, 1][ranks - 1])
    }

    @Test("bfloat16 halves what rollouts and judges keep and what is published, and nothing of the learner's own")
    func storage() throws {
        let wide = try footprint([]).ranks
        let small = try footprint(["rollout.weights=bfloat16", "judge.weights=bfloat16"]).ranks
        #expect(bytes(small[0], "weights") == bytes(wide[0], "weights"))
        #expect(bytes(small[0], "published versions") * 2 == bytes(wide[0], "published versions"))
        for role in 1...2 {
            let share = Double(bytes(small[role], "weights")) / Double(bytes(wide[role], "weights"))
            #expect(share > 0.5 && share < 0.502, "\(wide[role].role): \(share)")
        }
    }

    @Test("each knob moves what it should and nothing else")
    func knobs() throws {
        let base = try footprint(["rollout.problems_per_step=512"]).ranks
        func changed(_ settings: [String]) throws -> [String] {
            let other = try footprint(["rollout.problems_per_step=512"] + settings).ranks
            return zip(base, other).flatMap { a, b in
                Set(a.parts.map(\.name) + b.parts.map(\.name)).filter { bytes(a, $0) != bytes(b, $0) }.map { "\(a.role) \($0)" }
            }.sorted()
        }
        #expect(try changed(["training.tokens_per_micro_batch=8192"]) == ["learner 0 activations"])
        #expect(try changed(["training.staleness=1"]) == ["learner 0 published versions", "rollout weights"])
        #expect(try changed(["rollout.group_size=4"]) == ["rollout caches", "rollout logits"])
        // Replies stand in the members' caches; with one turn there are none.
        #expect(try changed(["rollout.max_reply_tokens=64"]) == [])
        #expect(try changed(["rollout.max_turns=2", "rollout.max_reply_tokens=64"]).contains("rollout caches"))
        #expect(try changed(["placement.judge=7", "optimizer.learning_rate=0.5"]) == [])
        #expect(try changed(["loss.kl.coefficient=0.1", "model.reference=policy"]) == ["learner 0 reference weights"])
    }

    @Test("a run that does not fit is refused with its largest parts and what makes them smaller")
    func refusals() throws {
        let ranks = try footprint(["placement.rollout=2"]).byRank
        #expect(ranks.count == 4)
        let gibibyte = 1 << 30
        let error = #expect(throws: FootprintError.self) { try MemoryBudget.perRank(100 * gibibyte).check(ranks) }
        let text = try #require(error).description
        #expect(text.contains("learner 0") && text.contains("100 GiB") && text.contains("training.tokens_per_micro_batch"), "\(text)")
        let host = HostMemory(available: 64 * gibibyte, source: "MemAvailable")
        let rollouts = #expect(throws: FootprintError.self) {
            try MemoryBudget.host(host, ranks: 1..<3, sharesProcess: false).check(ranks)
        }
        let second = try #require(rollouts).description
        #expect(second.contains("2 ranks") && second.contains("rollout.weights: bfloat16") && second.contains("MemAvailable"), "\(second)")
        // The judge alone fits, and everything fits where there is room.
        try MemoryBudget.host(host, ranks: 3..<4, sharesProcess: false).check(ranks)
        try MemoryBudget.perRank(1 << 50).check(ranks)
    }

    @Test("processes count once for ranks that share one")
    func sharing() throws {
        let ranks = try footprint([], policy: Shape.smolLM2).byRank
        let apart = MemoryBudget.total(ranks, sharesProcess: false)
        #expect(MemoryBudget.total(ranks, sharesProcess: true) == apart - 2 * RankFootprint.Part.processByteCount)
    }

    @Test("a table has a column a role and a line a part")
    func table() throws {
        let ranks = try footprint(["placement.rollout=3"]).ranks
        let lines = FootprintTable.text(ranks).split(separator: "\n")
        #expect(lines[0].contains("learner 0") && lines[0].contains("rollout x 3"))
        #expect(Set(lines.map(\.count)).count == 1 && lines.last?.hasPrefix("total") == true)
        #expect(lines.contains { $0.hasPrefix("gradients") && $0.contains("92.7 GiB") })
    }
}
