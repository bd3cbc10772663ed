import Tasks
import Foundation
import Testing
import Trajectories

@Suite("Problem sampler")
struct ProblemSamplerTests {
    @Test("each epoch hands out each problem once, in an order of its own, and visits count epochs")
    func epochsAreComplete() throws {
        var sampler = try ProblemSampler(problemCount: 10, seed: 1)
        let draws = sampler.draw(30)
        for epoch in 0..<3 {
            let part = draws[epoch * 10..<epoch * 10 + 10]
            #expect(part.map(\.problemIndex).sorted() == Array(0..<10))
            #expect(part.allSatisfy { $0.visit == epoch })
        }
        #expect(draws[0..<10].map(\.problemIndex) != draws[10..<20].map(\.problemIndex))
        #expect(sampler.epoch == 3)
    }

    @Test("draws of any size give the same sequence, also across a save and across epochs")
    func resumesExactly() throws {
        var whole = try ProblemSampler(problemCount: 7, seed: 3)
        let expected = whole.draw(40)
        var parts = try ProblemSampler(problemCount: 7, seed: 3)
        var drawn = parts.draw(5) + parts.draw(0) + parts.draw(11)
        var resumed = try JSONDecoder().decode(ProblemSampler.self, from: JSONEncoder().encode(parts))
        drawn += resumed.draw(24)
        #expect(drawn == expected)
        #expect(resumed == whole)
    }

    @Test("a step's plan is what drawing step by step gives")
    func plansAreDraws() throws {
        var sampler = try ProblemSampler(problemCount: 9, seed: 8)
        let planner = sampler
        for step in 1...6 {
            #expect(planner.plan(step: step, problemsPerStep: 4) == sampler.draw(4))
        }
    }

    @Test("another seed gives another order, and an empty data set is refused")
    func seedsAndEmptiness() throws {
        let a = try ProblemSampler(problemCount: 50, seed: 1).order(ofEpoch: 0)
        #expect(a != (try ProblemSampler(problemCount: 50, seed: 2).order(ofEpoch: 0)))
        #expect(throws: DatasetError.self) { try ProblemSampler(problemCount: 0, seed: 1) }
        #expect(throws: DatasetError.self) { try ProblemSampler(problemCount: 1, seed: 1, cursor: -1) }
    }
}
