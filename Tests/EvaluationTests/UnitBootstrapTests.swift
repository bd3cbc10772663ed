import Evaluation
import Randomness
import Testing

@Suite("Bootstrap over shared units")
struct UnitBootstrapTests {
    /// Differences -1, 0, 1 of problems that show `perProblem` of `unitCount` units; a function of the arguments alone.
    private func design(problems: Int, unitCount: Int, perProblem: Int) -> (values: [Double], units: [[Int]]) {
        let random = CounterRandom(key: 99)
        let units = (0..<problems).map { p in (0..<perProblem).map { random.index(below: unitCount, row: p, column: $0) } }
        let values = (0..<problems).map { Double([-1, 0, 0, 0, 1, 1][random.index(below: 6, row: $0, column: 50)]) }
        return (values, units)
    }

    @Test("with a problem a unit, the interval is the ordinary bootstrap's: normal quantiles of the mean's standard error")
    func ordinary() throws {
        let (values, _) = design(problems: 2000, unitCount: 1, perProblem: 1)
        let interval = try #require(UnitBootstrap().interval(ofMean: values, units: values.indices.map { [$0] }))
        let mean = values.reduce(0, +) / Double(values.count)
        let error = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }).squareRoot() / Double(values.count)
        #expect(abs(interval.lowerBound - (mean - 1.96 * error)) < 0.1 * error)
        #expect(abs(interval.upperBound - (mean + 1.96 * error)) < 0.1 * error)
        // Problems without units are their own units.
        #expect(UnitBootstrap().interval(ofMean: values, units: values.map { _ in [] }) == interval)
    }

    @Test("where problems share units by chance alone, the width stays near the independent one, not 2^k times as wide")
    func sparse() throws {
        let (values, units) = design(problems: 2000, unitCount: 900, perProblem: 4)
        let interval = try #require(UnitBootstrap().interval(ofMean: values, units: units))
        let mean = values.reduce(0, +) / Double(values.count)
        let error = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }).squareRoot() / Double(values.count)
        let half = (interval.upperBound - interval.lowerBound) / 2
        #expect(half > 1.8 * error && half < 3 * error, "\(half / error)")
    }

    @Test("copies of a problem add no certainty: they share all units")
    func copies() throws {
        let (values, units) = design(problems: 300, unitCount: 120, perProblem: 1)
        let once = try #require(UnitBootstrap().interval(ofMean: values, units: units))
        let fourfold = try #require(
            UnitBootstrap().interval(
                ofMean: (0..<4).flatMap { _ in values }, units: (0..<4).flatMap { _ in units }))
        #expect(abs(once.lowerBound - fourfold.lowerBound) < 1e-12)
        #expect(abs(once.upperBound - fourfold.upperBound) < 1e-12)
    }

    @Test(
        "95 % intervals hold the truth about 95 times in 100, whether units or problems make the differences", arguments: [0.0, 0.3, 2.0])
    func coverage(unitEffect: Double) throws {
        let (worlds, problems, unitCount, perProblem) = (200, 300, 120, 4)
        var covered = 0
        for world in 0..<worlds {
            let random = CounterRandom(key: UInt64(1000 + world))
            // Uniform on -1 ... 1, in steps of a millionth; the true mean is 0.
            func noise(_ row: Int, _ column: Int) -> Double {
                Double(random.index(below: 2_000_001, row: row, column: column) - 1_000_000) / 1e6
            }
            let units = (0..<problems).map { p in (0..<perProblem).map { random.index(below: unitCount, row: p, column: $0) } }
            let values = units.enumerated().map { p, own in
                noise(p, 100) + unitEffect * Set(own).sorted().reduce(0) { $0 + noise($1, 200) }
            }
            let interval = try #require(UnitBootstrap(replicateCount: 400, seed: UInt64(world)).interval(ofMean: values, units: units))
            if interval.contains(0) { covered += 1 }
        }
        #expect((180...198).contains(covered), "\(covered) of \(worlds)")
    }

    @Test("an effect of the units widens the interval beyond the independent one")
    func clustered() throws {
        let values = (0..<1000).map { $0 % 20 < 9 ? 1.0 : 0.0 }
        let shared = try #require(UnitBootstrap().interval(ofMean: values, units: values.indices.map { [$0 % 20] }))
        let alone = try #require(UnitBootstrap().interval(ofMean: values, units: values.indices.map { [$0] }))
        #expect(shared.upperBound - shared.lowerBound > 5 * (alone.upperBound - alone.lowerBound))
    }

    @Test("the same seed gives the same bits, another seed others; names of units don't matter")
    func deterministic() {
        let (values, units) = design(problems: 400, unitCount: 90, perProblem: 4)
        let first = UnitBootstrap(replicateCount: 500, seed: 1).interval(ofMean: values, units: units)
        #expect(first == UnitBootstrap(replicateCount: 500, seed: 1).interval(ofMean: values, units: units))
        #expect(first != UnitBootstrap(replicateCount: 500, seed: 2).interval(ofMean: values, units: units))
        #expect(first == UnitBootstrap(replicateCount: 500, seed: 1).interval(ofMean: values, units: units.map { $0.map { 7 - 3 * $0 } }))
    }

    @Test("equal values leave a point, no values no interval")
    func degenerate() {
        #expect(UnitBootstrap().interval(ofMean: [0, 0, 0], units: [[1], [2], [1]]) == 0...0)
        #expect(UnitBootstrap().interval(ofMean: [], units: []) == nil)
    }

    @Test("the opposite gain has the mirrored interval, to the quantiles of a finite number of replicates")
    func mirrored() throws {
        let (values, units) = design(problems: 400, unitCount: 90, perProblem: 4)
        let up = try #require(UnitBootstrap().interval(ofMean: values, units: units))
        let down = try #require(UnitBootstrap().interval(ofMean: values.map { -$0 }, units: units))
        #expect(abs(up.lowerBound + down.upperBound) < 1e-12)
        #expect(abs(up.upperBound + down.lowerBound) < 1e-12)
    }
}
