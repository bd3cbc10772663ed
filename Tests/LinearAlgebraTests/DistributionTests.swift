import Glibc
import LinearAlgebra
import Testing

private func padded(_ count: Int) -> Int { (count + 15) / 16 * 16 }

/// Probabilities of two segments by the definition.
private func softmax(_ scores: [Double]) -> [Double] {
    let top = scores.max() ?? 0
    let weights = scores.map { exp($0 - top) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
}

@Suite("Softmax and token distributions")
struct DistributionTests {
    private func run(_ prefix: [Float], _ own: [Float], prefixPadded: Int, ownPadded: Int, garbage: Float, scale: Float) -> (
        prefix: Matrix, own: Matrix
    ) {
        let a = matrix(1, prefixPadded) { $1 < prefix.count ? prefix[$1] : garbage }
        let b = matrix(1, ownPadded) { $1 < own.count ? own[$1] : garbage }
        Distributions.softmax(
            prefix: a.base, prefixCount: prefix.count, prefixPadded: prefixPadded, own: b.base, ownCount: own.count, ownPadded: ownPadded,
            scale: scale)
        return (a, b)
    }

    @Test(
        "two segments share one softmax; behind the counts all is 0, and neither padding nor what stood there changes a bit",
        arguments: [(0, 1), (5, 3), (16, 16), (17, 40), (33, 1), (64, 65)])
    func twoSegments(prefixCount: Int, ownCount: Int) {
        var random = TestRandom(state: 21)
        let prefix = (0..<prefixCount).map { _ in random.float(-20...20) }
        let own = (0..<ownCount).map { _ in random.float(-20...20) }
        let scale: Float = 0.37
        let (a, b) = run(
            prefix, own, prefixPadded: padded(prefixCount), ownPadded: padded(ownCount), garbage: .nan, scale: scale)
        let expected = softmax((prefix + own).map { Double($0) * Double(scale) })
        for i in 0..<prefixCount { #expect(isClose(a[0, i], expected[i], 1e-6)) }
        for i in 0..<ownCount { #expect(isClose(b[0, i], expected[prefixCount + i], 1e-6)) }
        for i in prefixCount..<padded(prefixCount) { #expect(a[0, i].bitPattern == 0) }
        for i in ownCount..<padded(ownCount) { #expect(b[0, i].bitPattern == 0) }
        let (c, d) = run(
            prefix, own, prefixPadded: padded(prefixCount) + 16, ownPadded: padded(ownCount) + 48, garbage: 1e9, scale: scale)
        #expect(Array(c.bits.prefix(prefixCount)) == Array(a.bits.prefix(prefixCount)))
        #expect(Array(d.bits.prefix(ownCount)) == Array(b.bits.prefix(ownCount)))
    }

    @Test("the backward pass of the two-segment softmax agrees with finite differences")
    func softmaxBackward() {
        var random = TestRandom(state: 22)
        let prefix = (0..<19).map { _ in random.float(-3...3) }
        let own = (0..<7).map { _ in random.float(-3...3) }
        let weights = (0..<26).map { _ in Double(random.float()) }
        let scale: Float = 0.6
        let (a, b) = run(prefix, own, prefixPadded: 32, ownPadded: 16, garbage: 0, scale: scale)
        let da = matrix(1, 32) { $1 < 19 ? Float(weights[$1]) : 0 }
        let db = matrix(1, 16) { $1 < 7 ? Float(weights[19 + $1]) : 0 }
        Distributions.softmaxBackward(
            prefix: a.base, dprefix: da.base, prefixPadded: 32, own: b.base, down: db.base, ownPadded: 16, scale: scale)
        let scores = (prefix + own).map(Double.init)
        for i in 0..<26 {
            let slope = derivative(scores[i]) { value in
                var changed = scores
                changed[i] = value
                return zip(softmax(changed.map { $0 * Double(scale) }), weights).reduce(0) { $0 + $1.0 * $1.1 }
            }
            #expect(isClose(i < 19 ? da[0, i] : db[0, i - 19], slope, 1e-5))
        }
    }

    @Test(
        "log-probability, entropy and gradient agree with the definition; -inf is outside", arguments: [2, 16, 31, 512], [1.0, 0.7, 2.5])
    func logProb(count: Int, temperature: Double) {
        var random = TestRandom(state: 23)
        let logits = matrix(1, count) { _, c in c % 7 == 5 ? -.infinity : random.float(-12...12) }
        let live = (0..<count).filter { logits[0, $0] > -.infinity }
        let p = softmax(live.map { Double(logits[0, $0]) / temperature })
        let entropy = -p.reduce(0) { $0 + ($1 > 0 ? $1 * log($1) : 0) }
        let gradient = floats(count)
        for (index, target) in live.enumerated() {
            let found = Distributions.logProb(logits: logits.base, count: count, temperature: Float(temperature), target: target)
            #expect(isClose(found.logProb, log(p[index]), 2e-6))
            #expect(isClose(found.entropy, entropy, 5e-6))
            guard index < 3 else { continue }
            Distributions.logProbBackward(
                logits: logits.base, count: count, temperature: Float(temperature), target: target, coefficient: -1.5, dlogits: gradient)
            for (other, column) in live.enumerated() {
                #expect(isClose(gradient[column], -1.5 * ((other == index ? 1 : 0) - p[other]) / temperature, 2e-6))
            }
            for column in 0..<count where logits[0, column] == -.infinity { #expect(gradient[column] == 0) }
        }
    }

    @Test("the logarithm is right over seven orders of magnitude: n equal logits have log-probability -log n")
    func logarithm() {
        for n in [1, 2, 3, 5, 11, 100, 1023, 1024, 40_000, 151_936] {
            let logits = matrix(1, n) { _, _ in 3.25 }
            let found = Distributions.logProb(logits: logits.base, count: n, temperature: 1, target: n / 2)
            #expect(isClose(found.logProb, -log(Double(n)), 1e-7), "\(n)")
            #expect(isClose(found.entropy, log(Double(n)), 1e-6), "\(n)")
        }
        // log(1 + e^-d), between log 1 and log 2.
        for step in 0...400 {
            let d = Double(step) * 0.05
            let logits = matrix(1, 2) { _, c in c == 0 ? 0 : Float(-d) }
            let found = Distributions.logProb(logits: logits.base, count: 2, temperature: 1, target: 0)
            #expect(abs(Double(found.logProb) + log1p(exp(Double(logits[0, 1])))) < 2e-7)
        }
    }

    @Test("drawing follows the probabilities: evenly spaced numbers hit each token as often as it is probable")
    func frequencies() {
        let logits = matrix(1, 37) { _, c in c % 5 == 0 ? -.infinity : Float(c % 9) * 0.5 }
        let scratch = floats(37)
        let live = (0..<37).filter { $0 % 5 != 0 }
        let p = softmax(live.map { Double(logits[0, $0]) / 0.8 })
        let draws = 1 << 16
        var counts = [Int](repeating: 0, count: 37)
        for i in 0..<draws {
            let uniform = (Float(i) + 0.5) / Float(draws)
            counts[Distributions.sample(logits: logits.base, count: 37, temperature: 0.8, uniform: uniform, scratch: scratch)] += 1
        }
        for (index, token) in live.enumerated() { #expect(abs(Double(counts[token]) - p[index] * Double(draws)) <= 2) }
        for token in stride(from: 0, to: 37, by: 5) { #expect(counts[token] == 0) }
    }

    @Test("the smallest and the largest uniform number draw tokens of positive probability, never -inf")
    func extremes() {
        let scratch = floats(20)
        let logits = matrix(1, 20) { _, c in c < 3 || c > 15 ? -.infinity : Float(c) }
        for (uniform, token) in [(Float(0), 3), (Float(1).nextDown, 15), (1 - 0x1p-24, 15)] {
            #expect(Distributions.sample(logits: logits.base, count: 20, temperature: 1, uniform: uniform, scratch: scratch) == token)
        }
        let single = matrix(1, 20) { _, c in c == 11 ? 0 : -.infinity }
        for uniform in [Float(0), 0.5, Float(1).nextDown] {
            #expect(Distributions.sample(logits: single.base, count: 20, temperature: 1, uniform: uniform, scratch: scratch) == 11)
        }
        // So improbable that its exponential is 0: not even the smallest number may draw it.
        let steep = matrix(1, 20) { _, c in c == 0 ? -200 : 0 }
        #expect(Distributions.sample(logits: steep.base, count: 20, temperature: 1, uniform: 0, scratch: scratch) == 1)
    }

    @Test("argmax is the lowest id among equals")
    func argmax() {
        let x = matrix(1, 40) { _, c in c == 17 || c == 33 ? 2 : c == 5 ? -.infinity : 1 }
        #expect(Distributions.argmax(x.base, count: 40) == 17)
        #expect(Distributions.argmax(x.base, count: 1) == 0)
    }
}
