import Learning
import LinearAlgebra
import Testing

@Suite("AdamW")
struct AdamWTests {
    private let slices = [
        ParameterSlice(name: "a.weight", shape: [5], offset: 0, count: 5),
        ParameterSlice(name: "b.weight", shape: [7], offset: 5, count: 7),
    ]

    private func oracleGradients(step t: Int) -> [Float] {
        let first: [Float] = (0..<5).map { Float(($0 * 29 + t * 17) % 41 - 20) / 32 }
        let second: [Float] = (0..<7).map { Float(($0 * 31 + t * 13) % 37 - 18) / 64 }
        return first + second
    }

    @Test("ten steps equal torch's, with clipping, warm-up, rates and decay by tensor")
    func torch() throws {
        let rules = ParameterRules(learningRateScales: [.init(pattern: NamePattern("b*"), scale: 0.5)], withoutDecay: [NamePattern("b.*")])
        let segments = try rules.segments(for: slices, parameterCount: 12, weightDecay: 0.1)
        let schedule = try LearningRateSchedule(peak: 0.01, warmUpStepCount: 4, stepCount: 10)
        let optimizer = try AdamW(beta1: 0.9, beta2: 0.99, epsilon: 1e-6)
        let first: [Float] = (0..<5).map { Float(($0 * 37) % 23 - 11) / 8 }
        let second: [Float] = (0..<7).map { Float(($0 * 53) % 31 - 15) / 16 }
        let start = first + second
        let shard = OptimizerShard(range: 0..<12, copying: start)
        for step in 1...10 {
            let gradients = oracleGradients(step: step)
            let norm = gradients.withUnsafeBufferPointer { GradientNorm.norm(chunkSums: GradientNorm.chunkSums(of: $0)) }
            #expect(abs(norm - AdamWOracle.norms[step - 1]) < 1e-6)
            optimizer.update(
                shard, gradients: gradients, segments: segments, learningRate: schedule.rate(step: step),
                gradientScale: GradientNorm.clipScale(norm: norm, maximum: 1))
            switch step {
            case 1: expectClose(shard.weights, AdamWOracle.weightsAfter1)
            case 5: expectClose(shard.weights, AdamWOracle.weightsAfter5)
            case 10:
                expectClose(shard.weights, AdamWOracle.weightsAfter10)
                expectClose(shard.firstMoments, AdamWOracle.firstMoments)
                expectClose(shard.secondMoments, AdamWOracle.secondMoments)
            default: break
            }
        }
        #expect(shard.updateCount == 10)
    }

    // A few roundings a step in single precision, ten steps.
    private func expectClose(_ values: UnsafePointer<Float>, _ expected: [Float]) {
        for (index, value) in expected.enumerated() {
            #expect(abs(values[index] - value) <= 1e-6 * max(abs(value), 0.01), "element \(index)")
        }
    }

    /// The update as a plain loop, one rounding an operation.
    private func reference(_ w: inout [Float], _ m: inout [Float], _ v: inout [Float], _ g: [Float], _ s: AdamWKernel.Scalars) {
        for i in w.indices {
            let gradient = g[i] * s.gradientScale
            m[i] = m[i] + s.firstRate * (gradient - m[i])
            v[i] = v[i] * s.secondKeep + s.secondRate * gradient * gradient
            w[i] = w[i] * s.decay - s.stepSize * m[i] / (v[i].squareRoot() / s.secondCorrection + s.epsilon)
        }
    }

    @Test("the kernel equals the plain loop bit for bit at any length", arguments: [0, 1, 7, 8, 15, 16, 17, 33, 1000])
    func kernel(count: Int) {
        func values(_ seed: Int) -> [Float] { (0..<count).map { Float(($0 * 7919 + seed * 104729) % 1999 - 999) / 777 } }
        let scalars = AdamWKernel.Scalars(
            gradientScale: 0.37, decay: 0.9997, firstRate: 0.1, secondKeep: 0.999, secondRate: 0.001, secondCorrection: 0.0447,
            stepSize: 0.003,
            epsilon: 1e-8)
        var (w, m, v) = (values(1), values(2), values(3).map { abs($0) })
        let g = values(4)
        var (w2, m2, v2) = (w, m, v)
        AdamWKernel.update(weights: &w, firstMoments: &m, secondMoments: &v, gradients: g, count: count, scalars: scalars)
        reference(&w2, &m2, &v2, g, scalars)
        #expect(w.map(\.bitPattern) == w2.map(\.bitPattern))
        #expect(m.map(\.bitPattern) == m2.map(\.bitPattern))
        #expect(v.map(\.bitPattern) == v2.map(\.bitPattern))
    }

    @Test("sharded over any number of ranks, weights, moments and norm have the same bits", arguments: [1, 2, 3, 4, 7])
    func sharding(rankCount: Int) throws {
        let count = 3 * 4096 + 123
        let parameters = (0..<count).map { Float(($0 * 7919) % 1999 - 999) / 777 }
        let slices = [
            ParameterSlice(name: "x", shape: [5000], offset: 0, count: 5000),
            ParameterSlice(name: "frozen", shape: [100], offset: 5000, count: 100),
            ParameterSlice(name: "y", shape: [count - 5104], offset: 5104, count: count - 5104),
        ]
        let segments = try ParameterRules(frozen: [NamePattern("fro*")]).segments(for: slices, parameterCount: count, weightDecay: 0.01)
        let optimizer = try AdamW()
        let whole = OptimizerShard(range: 0..<count, copying: parameters)
        let plan = ShardPlan(parameterCount: count, rankCount: rankCount)
        let shards = (0..<rankCount).map { OptimizerShard(range: plan.elements(ofRank: $0), copying: parameters) }
        #expect(shards.map(\.range.count).reduce(0, +) == count)
        for step in 1...3 {
            let gradients = (0..<count).map { Float(($0 * 104729 + step) % 997 - 498) / 555 }
            try gradients.withUnsafeBufferPointer { all in
                let sums = GradientNorm.chunkSums(of: all)
                let pieces = shards.flatMap { GradientNorm.chunkSums(of: UnsafeBufferPointer(rebasing: all[$0.range])) }
                #expect(sums == pieces)
                let scale = GradientNorm.clipScale(norm: GradientNorm.norm(chunkSums: sums), maximum: 1)
                let start = try #require(all.baseAddress)
                optimizer.update(whole, gradients: start, segments: segments, learningRate: 1e-3, gradientScale: scale)
                for shard in shards {
                    optimizer.update(
                        shard, gradients: start + shard.range.lowerBound, segments: segments, learningRate: 1e-3, gradientScale: scale)
                }
            }
        }
        for shard in shards {
            for index in 0..<shard.range.count {
                let place = shard.range.lowerBound + index
                guard shard.weights[index].bitPattern == whole.weights[place].bitPattern,
                    shard.secondMoments[index].bitPattern == whole.secondMoments[place].bitPattern
                else {
                    Issue.record("element \(place) differs")
                    return
                }
            }
        }
        #expect((5000..<5104).allSatisfy { whole.weights[$0] == parameters[$0] && whole.firstMoments[$0] == 0 })
    }

    @Test("the norm's sum of squares is that of eight lanes in a fixed tree", arguments: [0, 1, 5, 8, 13, 4096])
    func sumOfSquares(count: Int) {
        let values = (0..<count).map { Float(($0 * 7919) % 1999 - 999) / 777 }
        var lanes = [Double](repeating: 0, count: 8)
        for (index, value) in values.enumerated() { lanes[index % 8] += Double(value) * Double(value) }
        let expected = ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]))
        #expect(values.withUnsafeBufferPointer { AdamWKernel.sumOfSquares($0) } == expected)
    }

    @Test("name patterns match whole names")
    func patterns() {
        #expect(NamePattern("model.*.weight").matches("model.layers.0.q_proj.weight"))
        #expect(NamePattern("*").matches(""))
        #expect(NamePattern("*norm*").matches("model.norm.weight"))
        #expect(!NamePattern("norm").matches("model.norm"))
        #expect(!NamePattern("visual.*").matches("model.visual.x"))
        #expect(NamePattern("a*b*c").matches("aXbYbZc"))
        #expect(!NamePattern("a*b*c").matches("aXbYbZ"))
    }

    @Test("segments tile the buffer, freeze the gaps, and refuse patterns that match nothing")
    func segments() throws {
        let slices = [
            ParameterSlice(name: "v.1", shape: [2, 3], offset: 16, count: 6), ParameterSlice(name: "l.1", shape: [4], offset: 0, count: 4),
            ParameterSlice(name: "l.2", shape: [4], offset: 4, count: 4),
        ]
        let segments = try ParameterRules().segments(for: slices, parameterCount: 24, weightDecay: 0.5)
        #expect(segments.map(\.range) == [0..<8, 8..<16, 16..<22, 22..<24])
        #expect(segments.map(\.isFrozen) == [false, true, false, true])
        let error = #expect(throws: LearningError.self) {
            try ParameterRules(frozen: [NamePattern("visual.*")]).segments(for: slices, parameterCount: 24, weightDecay: 0)
        }
        #expect(error?.code == .unmatchedPattern)
        #expect(throws: LearningError.self) { try ParameterRules().segments(for: slices, parameterCount: 20, weightDecay: 0) }
    }

    @Test("frozen parameters and gaps count neither in the norm nor for the guard, in any part of the buffer", arguments: [0, 3, 6])
    func frozenGradients(offset: Int) throws {
        let segments = try ParameterRules(frozen: [NamePattern("a.*")]).segments(for: slices, parameterCount: 14, weightDecay: 0)
        var gradients = [Float](repeating: 2, count: 14)
        gradients[4] = .nan
        gradients[13] = .infinity
        var part = Array(gradients[offset...])
        part.withUnsafeMutableBufferPointer { GradientNorm.clearFrozen($0, offset: offset, segments: segments) }
        let trained = max(5, offset)..<12
        #expect(part == (offset..<14).map { trained.contains($0) ? 2 : 0 })
        let norm = part.withUnsafeBufferPointer { GradientNorm.norm(chunkSums: GradientNorm.chunkSums(of: $0)) }
        #expect(norm == (4 * Double(trained.count)).squareRoot())
    }

    @Test("the schedule warms up, then holds or decays to its floor")
    func schedule() throws {
        let constant = try LearningRateSchedule(peak: 2, warmUpStepCount: 4, stepCount: 10)
        #expect((1...6).map(constant.rate) == [0.5, 1, 1.5, 2, 2, 2])
        let linear = try LearningRateSchedule(peak: 1, warmUpStepCount: 0, decay: .linear, stepCount: 4, floor: 0.2)
        #expect(linear.rate(step: 1) == 1)
        #expect(abs(linear.rate(step: 3) - 0.6) < 1e-12)
        #expect(abs(linear.rate(step: 5) - 0.2) < 1e-12 && linear.rate(step: 50) == linear.rate(step: 5))
        let cosine = try LearningRateSchedule(peak: 1, warmUpStepCount: 2, decay: .cosine, stepCount: 6)
        #expect(cosine.rate(step: 3) == 1)
        #expect(abs(cosine.rate(step: 5) - 0.5) < 1e-12)
        #expect(throws: LearningError.self) { try LearningRateSchedule(peak: .nan, stepCount: 1) }
    }
}
