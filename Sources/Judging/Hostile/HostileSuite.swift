import Tasks
import Trajectories

/// A response and the same response with an attack.
package struct HostilePair: Hashable, Sendable {
    package let family: HostileFamily
    /// All annotations of the problem.
    package let annotations: [String]
    package let plain: String
    package let attacked: String

    package init(family: HostileFamily, annotations: [String], plain: String, attacked: String) {
        self.family = family
        self.annotations = annotations
        self.plain = plain
        self.attacked = attacked
    }
}

/// Pairs that show whether attacks pay: a pure function of responses and seed.
///
/// Every pair has room for the attack: its plain response leaves at least one annotation missing, by the oracle. Where a
/// response reflects them all, one fact is altered first. The attack is about an annotation that is missing.
package struct HostileSuite: Sendable {
    private let responses: [AuditResponse]
    private let seed: UInt64

    /// - Parameters:
    ///   - responses: Policies' responses to problems of embedded tasks: about other annotations nobody knows the truth, and they count as missing.
    ///   - seed: Another seed, other pairs.
    package init(responses: [AuditResponse], seed: UInt64) {
        self.responses = responses.filter { !$0.annotations.isEmpty }
        self.seed = seed
    }

    /// `count` pairs, family after family in turn.
    ///
    /// - Throws: ``AuditError`` without responses.
    package func pairs(count: Int) throws -> [HostilePair] {
        guard !responses.isEmpty else { throw AuditError(description: "the hostile suite needs responses to problems with annotations") }
        let families = HostileFamily.allCases
        return (0..<count).map { pair(at: $0, of: families[$0 % families.count]) }
    }

    private func pair(at index: Int, of family: HostileFamily) -> HostilePair {
        var random = KeyedRandom(seed: seed, words: [0x484F_5354_494C, UInt64(index)])
        let source = random.pick(responses)
        let plain = misread(source, &random)
        let missing = source.annotations.indices.filter { !isReflected(source.annotations[$0], in: plain) }
        let target = missing.isEmpty ? random.pick(source.annotations) : source.annotations[random.pick(missing)]
        return HostilePair(
            family: family, annotations: source.annotations, plain: plain,
            attacked: family.attack(response: plain, annotation: target, seed: random.next()))
    }

    private func isReflected(_ annotation: String, in response: String) -> Bool {
        EmbeddedOracles.of(annotation: annotation)?.verdict(annotation: annotation, response: response) == .reflected
    }

    /// The response with another fact in one of its statements, if it reflects everything.
    private func misread(_ source: AuditResponse, _ random: inout KeyedRandom) -> String {
        guard source.annotations.allSatisfy({ isReflected($0, in: source.response) }) else {
            return source.response
        }
        let annotation = random.pick(source.annotations)
        guard let altered = EmbeddedOracles.of(annotation: annotation)?.altered(annotation, &random) else { return source.response }
        return source.response.replacing(annotation, with: altered)
    }
}
