import Learning
import Testing

@Suite("Batch plan")
struct BatchPlanTests {
    private func groups(_ count: Int, seed: Int) -> [GroupShape] {
        (0..<count).map { group in
            GroupShape(
                promptTokenCount: 5 + (group * 31 + seed) % 17,
                responseTokenCounts: (0..<(1 + (group + seed) % 8)).map { 1 + ($0 * 13 + group * 7 + seed) % 29 })
        }
    }

    @Test("each sibling is in exactly one micro-batch, in order, within the budget", arguments: [1, 2, 3, 9, 32], [1, 20, 64, 100_000])
    func cover(count: Int, budget: Int) throws {
        let groups = groups(count, seed: budget)
        let plan = try BatchPlan(groups: groups, tokensPerMicroBatch: budget)
        #expect(plan.lanes.count == 4)
        for (lane, microBatches) in plan.lanes.enumerated() {
            var seen: [[Int]] = []
            for microBatch in microBatches {
                var tokens = 0
                for segment in microBatch.segments {
                    #expect(segment.groupIndex % 4 == lane)
                    let group = groups[segment.groupIndex]
                    tokens += group.promptTokenCount + group.responseTokenCounts[segment.members].reduce(0, +)
                    seen += segment.members.map { [segment.groupIndex, $0] }
                }
                #expect(tokens == microBatch.tokenCount)
                let isLoneSibling = microBatch.segments.count == 1 && microBatch.segments[0].members.count == 1
                #expect(tokens <= budget || isLoneSibling)
            }
            let expected = stride(from: lane, to: count, by: 4).flatMap { group in
                groups[group].responseTokenCounts.indices.map { [group, $0] }
            }
            #expect(seen == expected)
        }
    }

    @Test("groups stay whole where they fit, so that their prompt is computed once")
    func wholeGroups() throws {
        let group = GroupShape(promptTokenCount: 10, responseTokenCounts: [5, 5])
        let plan = try BatchPlan(groups: [GroupShape](repeating: group, count: 12), tokensPerMicroBatch: 45)
        for lane in plan.lanes { #expect(lane.map { $0.segments.map(\.members) } == [[0..<2, 0..<2], [0..<2]]) }
    }

    @Test("lanes of 1 to 4 ranks cover all lanes once", arguments: 1...4)
    func ownership(rankCount: Int) {
        let lanes = (0..<rankCount).flatMap { LaneReduction.lanes(ofRank: $0, rankCount: rankCount) }
        #expect(lanes == [0, 1, 2, 3])
        for rank in 0..<rankCount {
            for lane in LaneReduction.lanes(ofRank: rank, rankCount: rankCount) {
                #expect(LaneReduction.rank(ofLane: lane, rankCount: rankCount) == rank)
            }
        }
        #expect(
            LaneReduction.supports(rankCount: rankCount) && !LaneReduction.supports(rankCount: 0) && !LaneReduction.supports(rankCount: 5))
    }

    @Test("the tree is (0 + 1) + (2 + 3), whether lanes meet at once or one after the other")
    func tree() {
        // Values for which any other order rounds differently.
        let lanes: [Float] = [1, 0x1p-24, 0x1p-24, 0x1p-24]
        let expected = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
        #expect(expected != ((lanes[0] + lanes[1]) + lanes[2]) + lanes[3])
        #expect(LaneReduction.combine(lanes, with: +) == expected)
        var values = lanes
        for lane in 0..<4 {
            for merge in LaneReduction.merges(afterLane: lane) {
                #expect(merge.source <= lane)
                let source = [values[merge.source]]
                LaneReduction.add(source, to: &values[merge.target], count: 1)
            }
        }
        #expect(values[0] == expected)
        #expect((0..<4).flatMap { LaneReduction.merges(afterLane: $0) } == LaneReduction.merges)
    }

    @Test(
        "waves within ranks and additions between ranks give the tree's sum, in the buffers that are promised",
        arguments: 1...4, [1, 2, 3, 4, 9])
    func schedules(rankCount: Int, threads: Int) {
        // Any other order of these rounds differently.
        let lanes: [Float] = [1, 0x1p-24, 0x1p-24, 0x1p-24]
        let expected = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
        var parts: [Float] = []
        for rank in 0..<rankCount {
            let own = LaneReduction.lanes(ofRank: rank, rankCount: rankCount)
            let schedule = LaneSchedule(lanes: own, threads: threads)
            #expect(schedule.waves.flatMap { $0.lanes.map(\.lane) } == Array(own))
            #expect(schedule.waves.allSatisfy { Set($0.lanes.map(\.buffer)).count == $0.lanes.count && $0.lanes.count <= schedule.width })
            #expect(schedule.width <= threads && schedule.bufferCount == (own.count == 4 ? (threads >= 4 ? 4 : 3) : own.count))
            var buffers = [Float?](repeating: nil, count: schedule.bufferCount)
            var isInUse = buffers.map { _ in false }
            for wave in schedule.waves {
                for place in wave.lanes {
                    #expect(!isInUse[place.buffer], "buffer \(place.buffer) still holds a sum")
                    buffers[place.buffer] = lanes[place.lane]
                    isInUse[place.buffer] = true
                }
                for addition in wave.additions {
                    let source = buffers[addition.source] ?? .nan
                    buffers[addition.target]? += source
                    isInUse[addition.source] = false
                }
            }
            #expect(isInUse == buffers.indices.map { $0 == 0 }, "one sum a rank, in the first buffer")
            parts.append(buffers[0] ?? .nan)
        }
        for merge in LaneReduction.mergesBetweenRanks(rankCount: rankCount) {
            let source = parts[merge.source]
            parts[merge.target] += source
        }
        #expect(parts[0] == expected)
    }

    @Test("a budget that is not positive is refused")
    func refusal() {
        #expect(throws: LearningError.self) { try BatchPlan(groups: [], tokensPerMicroBatch: 0) }
    }
}
