/// Inputs differ where they must be equal: among the ranks of an attempt, or between a run and its continuation. Every rank says the same.
package struct IdentityDifference: Error, CustomStringConvertible, Sendable {
    package let description: String

    init(_ description: String) { self.description = description }

    /// Differences that are named; the others are counted.
    private static let namedCount = 12

    /// A heading, differences one a line, and what to do.
    init(_ heading: String, _ differences: [String], remedy: String) {
        var lines = [heading + (differences.isEmpty ? "" : ":")] + differences.prefix(Self.namedCount).map { "  " + $0 }
        if differences.count > Self.namedCount { lines.append("  and \(differences.count - Self.namedCount) more") }
        description = (lines + [remedy]).joined(separator: "\n")
    }
}

/// The claims of two sides side by side.
struct ClaimComparison {
    /// A name on which two sides don't agree.
    struct Difference: Hashable {
        let name: String
        let here: String?
        let there: String?

        /// Whether it is a file that differs, by its content.
        var isFile: Bool { [here, there].compactMap(\.self).contains(where: ClaimComparison.isDigest) }

        /// A value for people: digests cut short, keys that stand at their default named so.
        func words(_ value: String?) -> String {
            guard let value else { return isFile ? "absent" : "as by default" }
            return isFile ? "SHA-256 \(value.prefix(12))…" : value
        }
    }

    /// Values of keys are JSON, in which a text has quotes: only files have digests.
    static func isFile(_ claim: InputClaim) -> Bool { isDigest(claim.value) }

    private static func isDigest(_ value: String) -> Bool { value.utf8.count == 64 && value.allSatisfy(\.isHexDigit) }

    /// In the order of the names.
    let differences: [Difference]

    init(_ here: [InputClaim], _ there: [InputClaim]) {
        let (own, other) = (Self.table(here), Self.table(there))
        differences = Set(own.keys).union(other.keys).sorted().compactMap { name in
            own[name] == other[name] ? nil : Difference(name: name, here: own[name], there: other[name])
        }
    }

    private static func table(_ claims: [InputClaim]) -> [String: String] {
        Dictionary(claims.map { ($0.name, $0.value) }) { first, _ in first }
    }
}
