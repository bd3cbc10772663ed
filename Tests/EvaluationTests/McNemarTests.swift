import Evaluation
import Testing

@Suite("McNemar's exact test")
struct McNemarTests {
    /// scipy 1.17.1: `binomtest(lost, lost + gained)`, two-sided and `alternative="greater"`.
    @Test(
        "p values equal scipy's",
        arguments: [
            (1, 5, 0.21875, 0.984375),
            (2, 4, 0.6875, 0.890625),
            (2, 10, 0.03857421875, 0.996826171875),
            (0, 1, 1, 1),
            (3, 3, 1, 0.65625),
            (7, 21, 0.012540951371192932, 0.9981404170393944),
            (150, 212, 0.0013135282476418554, 0.999548112074469),
            (480, 560, 0.014259079095385853, 0.9940106976202814),
            (900, 1400, 1.5282546629842897e-25, 1),
            (2000, 2300, 5.079935568924055e-06, 0.9999978048609371),
            (0, 40, 1.8189894035458565e-12, 1),
            (0, 1000, 1.8665272370064378e-301, 1),
            (2500, 2501, 1, 0.5112809717522782),
            (1, 3000, 0, 1),
        ])
    func scipy(lost: Int, gained: Int, twoSided: Double, lossSided: Double) {
        let p = McNemar.exact(lost: lost, gained: gained)
        #expect(abs(p - twoSided) <= 1e-11 * twoSided, "\(p)")
        let q = McNemar.oneSidedLoss(lost: lost, gained: gained)
        #expect(abs(q - lossSided) <= 1e-11 * lossSided, "\(q)")
    }

    /// Perception-R1, arXiv 2506.07218: perception of Qwen2-VL-7B and Qwen2.5-VL-7B after accuracy-only training, and with the reward.
    @Test("the paper's tests are reproduced", arguments: [(1, 5, 22), (2, 4, 69), (2, 10, 4)])
    func paper(lost: Int, gained: Int, percent: Int) {
        #expect(Int((100 * McNemar.exact(lost: lost, gained: gained)).rounded()) == percent)
    }

    @Test("without a difference p is 1")
    func noDifference() {
        for n in [0, 1, 2, 17, 1000] { #expect(McNemar.exact(lost: n, gained: n) == 1) }
    }

    @Test("swapping before and after changes nothing two-sided, and swaps the one-sided tests")
    func symmetry() {
        for (a, b) in [(0, 3), (4, 9), (37, 51), (600, 540)] {
            #expect(McNemar.exact(lost: a, gained: b) == McNemar.exact(lost: b, gained: a))
            #expect(McNemar.oneSidedLoss(lost: a, gained: b) == McNemar.oneSidedGain(lost: b, gained: a))
        }
    }

    @Test("the tails around a cut make the whole: P(X >= a) + P(X >= b + 1 of the other side) = 1")
    func tails() {
        for (a, b) in [(1, 0), (3, 8), (40, 44), (700, 500)] {
            let sum = McNemar.oneSidedLoss(lost: a, gained: b) + McNemar.oneSidedGain(lost: a - 1, gained: b + 1)
            #expect(abs(sum - 1) < 1e-12)
        }
    }

    @Test("more gained at equal lost never raises the two-sided p beyond the balance")
    func monotone() {
        var last = 1.0
        for gained in 20...200 {
            let p = McNemar.exact(lost: 20, gained: gained)
            #expect(p <= last)
            last = p
        }
    }
}
