import Rewards
import Testing
import Trajectories

@Suite("Repetition penalty")
struct RepetitionPenaltyTests {
    private let penalty = RepetitionPenalty()

    @Test("fewer than 20 words, or no repeated run, cost nothing")
    func free() {
        #expect(penalty.value(of: "") == 0)
        #expect(penalty.value(of: Array(repeating: "a", count: 19).joined(separator: " ")) == 0)
        let distinct = penalty.value(of: (0..<100).map { "w\($0)" }.joined(separator: " "))
        #expect(distinct.bitPattern == Float(0).bitPattern)
    }

    @Test("one word 39 times has 20 runs, one of them unique: (1 - 1/20) * -2")
    func formula() {
        #expect(penalty.value(of: Array(repeating: "so", count: 39).joined(separator: " \n")) == -1.9)
        #expect(penalty.value(of: Array(repeating: "a", count: 20).joined(separator: " ")) == 0)
    }

    @Test("letters of either case are the same word, and any white space splits")
    func words() {
        let text = (0..<60).map { $0 % 2 == 0 ? "Word" : "wORD" }.joined(separator: "\u{A0}\t")
        #expect(penalty.value(of: text) == Float((1 - 1.0 / 41) * -2))
    }

    @Test("it agrees with the definition written with plain arrays")
    func definition() {
        let small = RepetitionPenalty(runLength: 3, maximum: -2)
        var generator = SeededGenerator(state: 3)
        for _ in 0..<500 {
            let words = (0..<Int.random(in: 0...30, using: &generator)).map { _ in Bool.random(using: &generator) ? "a" : "b" }
            var runs: [[String]] = []
            for start in words.indices where start + 3 <= words.count { runs.append(Array(words[start..<start + 3])) }
            let expected = runs.isEmpty ? 0 : (1 - Double(Set(runs).count) / Double(runs.count)) * -2
            #expect(small.value(of: words.joined(separator: " ")) == Float(expected))
        }
    }
}

@Suite("Visual reward")
struct VisualRewardTests {
    @Test("the denominator is the number of annotations")
    func fixedDenominator() {
        #expect(VisualReward.value(verdicts: [.reflected, .missing, .missing, .reflected], annotationCount: 4) == .known(0.5))
        #expect(VisualReward.value(verdicts: [.missing], annotationCount: 1) == .known(0))
    }

    @Test("a judge that leaves annotations out gains nothing: the component is not defined")
    func omission() {
        #expect(VisualReward.value(verdicts: [.reflected], annotationCount: 4) == .unknown)
        #expect(VisualReward.value(verdicts: [.reflected, .reflected], annotationCount: 1) == .unknown)
        #expect(VisualReward.value(verdicts: [.reflected], annotationCount: 0) == .unknown)
    }

    @Test("one unknown verdict leaves the component undefined, never 0")
    func unknown() {
        let reward = VisualReward.value(verdicts: [.reflected, .unknown], annotationCount: 2)
        #expect(reward == .unknown)
        #expect(reward.number == nil)
    }

    @Test("a problem without annotations has no visual component")
    func absent() {
        #expect(VisualReward.value(verdicts: [], annotationCount: 0) == .absent)
    }
}

@Suite("Group rewards")
struct GroupRewardsTests {
    private func id(_ member: Int) -> TrajectoryID { TrajectoryID(group: GroupID(step: StepIndex(1), slot: 0), member: member) }

    /// A member whose reward is `reward`, carried by accuracy at weight 1.
    private func member(_ index: Int, reward: Float, _ verdict: Verdict = .missing) -> JudgedMember {
        JudgedMember(id: id(index), sampled: sampledRewards(accuracy: reward), verdicts: [verdict])
    }

    private let plain = Rubric(weights: ["accuracy": 1, "format": 0, "visual": 0, "repetition": 0])

    private func statistics(_ rewards: [Float]) -> (mean: Double, deviation: Double) {
        let mean = rewards.reduce(0) { $0 + Double($1) } / Double(rewards.count)
        let squares = rewards.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        return (mean, (squares / Double(rewards.count - 1)).squareRoot())
    }

    @Test("rewards [1, 3, 2, unknown] have the statistics of [1, 3, 2]")
    func unknownLeaves() {
        let judged = [member(0, reward: 1), member(1, reward: 3), member(2, reward: 2), member(3, reward: 9, .unknown)]
        let group = GroupRewards(judged: judged, annotationCount: 1, rubric: plain, minimumMembers: 2)
        #expect(group.rewards == [1, 3, 2])
        #expect(statistics(group.rewards).mean == 2)
        #expect(statistics(group.rewards).deviation == 1)
        #expect(group.dropped == [id(3): .judgeFailed])
        #expect(group.dropCounts[.judgeFailed] == 1)
        #expect(group.members.map(\.id) == [id(0), id(1), id(2)])
    }

    @Test("a group with too few members is dropped whole, each with its reason")
    func tooSmall() {
        let judged = [member(0, reward: 1), member(1, reward: 3, .unknown), member(2, reward: 2)]
        let group = GroupRewards(judged: judged, annotationCount: 1, rubric: plain, minimumMembers: 3)
        #expect(!group.isUsable)
        #expect(group.rewards.isEmpty)
        #expect(group.dropped == [id(0): .groupTooSmall, id(1): .judgeFailed, id(2): .groupTooSmall])
        var counts = DropCounts()
        counts.add(group.dropCounts)
        counts.add(group.dropCounts)
        #expect(counts[.groupTooSmall] == 4)
        #expect(counts[.judgeFailed] == 2)
    }

    @Test("the order in which members arrive changes nothing")
    func arrival() {
        let judged = (0..<5).map { member($0, reward: Float($0), $0 == 2 ? .unknown : .reflected) }
        let group = GroupRewards(judged: judged, annotationCount: 1, rubric: Rubric(), minimumMembers: 2)
        #expect(GroupRewards(judged: judged.reversed(), annotationCount: 1, rubric: Rubric(), minimumMembers: 2) == group)
    }

    @Test("the default weights are 0.9, 0.1, 0.7 and 1")
    func weights() {
        let rubric = Rubric()
        let reward = rubric.knownComposition(rewards(accuracy: 1, format: 1, visual: 0.5, repetition: -0.5))
        #expect(rubric.names == ["accuracy", "format", "visual", "repetition"])
        #expect(reward.parts.map(\.value) == [0.9, 0.1, 0.35, -0.5])
        #expect(abs(reward.overall - 0.85) < 1e-6)
    }

    @Test("the logged parts, the repetition penalty among them, add up to the reward that trains, bit for bit")
    func partsAddUp() {
        var generator = SeededGenerator(state: 11)
        for _ in 0..<2_000 {
            let (accuracy, format): (Float, Float) = (
                Float(Int.random(in: 0...1, using: &generator)), Float(Int.random(in: 0...1, using: &generator))
            )
            let repetition = Float.random(in: -2...0, using: &generator)
            let visual = Bool.random(using: &generator) ? Float.random(in: 0...1, using: &generator) : nil
            let weight = Double.random(in: 0...2, using: &generator)
            let reward = Rubric(weights: ["visual": weight]).knownComposition(
                rewards(accuracy: accuracy, format: format, visual: visual, repetition: repetition))
            let sum = ((reward["accuracy"] + reward["format"]) + reward["visual"]) + reward["repetition"]
            #expect(sum.bitPattern == reward.overall.bitPattern)
            let exact = 0.9 * Double(accuracy) + 0.1 * Double(format) + weight * Double(visual ?? 0) + Double(repetition)
            #expect(abs(Double(reward.overall) - exact) < 1e-6)
        }
    }

    @Test("a response is scored by all rules at once")
    func rules() {
        func sampled(_ response: String) -> RewardVector {
            Rubric().sampled(RewardSubject(response: response, tokenCount: 9, maximumTokens: 16, question: "Which digit?", answer: "7"))
        }
        #expect(sampled(FormatRewardTests.good) == sampledRewards(accuracy: 1, format: 1))
        #expect(sampled("") == sampledRewards(accuracy: 0, format: 0))
    }

    @Test("every part has a name of its own that can stand in files; its weight counts where it is not 0")
    func registry() {
        let names = RewardParts.all.map { $0.name }
        #expect(Set(names).count == names.count && !names.contains("overall"))
        for name in names { #expect(name.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil, "\(name)") }
        let every = Rubric(weights: Dictionary(uniqueKeysWithValues: names.map { ($0, 1) }))
        #expect(every.names == names)
        #expect(
            Rubric(weights: Dictionary(uniqueKeysWithValues: names.map { ($0, 0) })).names == [
                "accuracy", "format", "visual", "repetition",
            ])
    }
}

/// What a sampler says of a response.
private func sampledRewards(accuracy: Float, format: Float = 0, repetition: Float = 0) -> RewardVector {
    RewardVector([.init("accuracy", .known(accuracy)), .init("format", .known(format)), .init("repetition", .known(repetition))])
}

private func rewards(accuracy: Float, format: Float, visual: Float?, repetition: Float) -> RewardVector {
    RewardVector(
        sampledRewards(accuracy: accuracy, format: format, repetition: repetition).entries
            + [.init("visual", visual.map { .known($0) } ?? .absent)])
}

extension Rubric {
    /// The default reward with other weights.
    fileprivate init(weights: [String: Double]) {
        var configuration = RewardConfiguration()
        for (name, weight) in weights { configuration.weights[name] = weight }
        self.init(configuration)
    }
}
