/// Which tokens of a response train: the share of them at which the policy was least sure.
///
/// Most tokens of a chain of thought follow from those before; the few at which it could go another way ("forking tokens") carry what reinforcement
/// learning has to teach. arXiv:2506.01939 takes the share over a batch; here it is taken within each response, so that how a batch is cut into
/// micro-batches and lanes changes nothing.
package struct EntropySelection: Hashable, Sendable {
    /// `loss.entropy_share`: above 0 ... 1; 1 trains every token.
    package let share: Double

    /// - Precondition: `share` is above 0 and at most 1.
    package init(share: Double) {
        precondition(share > 0 && share <= 1, "a share of \(share) of the tokens")
        self.share = share
    }

    /// Whether each token trains: the ceil(share n) of highest entropy, of equal ones the earlier. nil if all do.
    ///
    /// - Parameter entropies: of the whole next-token distributions, in nats; n of them.
    /// - Complexity: O(n log n).
    package func trained(_ entropies: [Float]) -> [Bool]? {
        guard share < 1 else { return nil }
        let count = Int((share * Double(entropies.count)).rounded(.up))
        // NaN has no place in an order; the guard against values that are not finite ends such a step elsewhere.
        func rank(_ index: Int) -> Float { entropies[index].isNaN ? -.infinity : entropies[index] }
        let order = entropies.indices.sorted { rank($0) != rank($1) ? rank($0) > rank($1) : $0 < $1 }
        var result = [Bool](repeating: false, count: entropies.count)
        for index in order.prefix(count) { result[index] = true }
        return result
    }
}
