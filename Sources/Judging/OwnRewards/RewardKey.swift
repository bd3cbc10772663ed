import Digests
package import Trajectories

/// Names a value by what it is a function of: the first 16 bytes of a SHA-256 over the part's identity and the whole question.
///
/// The question's seed belongs to one trajectory, and so does the key.
package struct RewardKey: Hashable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64
    /// The question's.
    package let seed: UInt64

    package init(identity: String, question: RewardQuestion) {
        var sha = SHA256()
        sha.update("reward")
        sha.update(identity)
        sha.update(question.problem.rawValue)
        sha.update(question.question)
        sha.update(question.response)
        sha.update(question.answer)
        sha.update(Int64(question.annotations.count))
        for annotation in question.annotations { sha.update(annotation) }
        sha.update(question.verdicts.map(\.rawValue))
        sha.update(question.seed)
        let digest = sha.finalize()
        high = digest[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = digest[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
        seed = question.seed
    }

    /// As a log writes it: 32 hexadecimal digits.
    package var description: String { Self.hex(high) + Self.hex(low) }

    /// Reads ``description``; nil for anything else.
    init?(_ text: String, seed: UInt64) {
        guard text.utf8.count == 32, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }),
            let high = UInt64(text.prefix(16), radix: 16), let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        (self.high, self.low, self.seed) = (high, low, seed)
    }

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
