/// Who owns which part of a flat parameter buffer: contiguous slices, cut at multiples of ``chunkSize``.
///
/// Each element belongs to exactly one rank; a rank may own nothing where the buffer is short.
package struct ShardPlan: Codable, Hashable, Sendable {
    /// Elements that are never cut: the unit of the gradient norm's sums.
    package static let chunkSize = 4096

    /// Elements of the whole buffer.
    package let parameterCount: Int
    /// Learner ranks.
    package let rankCount: Int

    /// - Precondition: `parameterCount >= 0`, `rankCount > 0`.
    package init(parameterCount: Int, rankCount: Int) {
        precondition(parameterCount >= 0 && rankCount > 0, "\(parameterCount) parameters on \(rankCount) ranks")
        self.parameterCount = parameterCount
        self.rankCount = rankCount
    }

    /// Chunks of the whole buffer; the last may be short.
    package var chunkCount: Int { (parameterCount + Self.chunkSize - 1) / Self.chunkSize }

    /// The chunks that `rank` owns.
    package func chunks(ofRank rank: Int) -> Range<Int> {
        precondition(rank >= 0 && rank < rankCount, "rank \(rank) of \(rankCount)")
        return (chunkCount * rank / rankCount)..<(chunkCount * (rank + 1) / rankCount)
    }

    /// The elements that `rank` owns.
    package func elements(ofRank rank: Int) -> Range<Int> {
        let chunks = chunks(ofRank: rank)
        return min(chunks.lowerBound * Self.chunkSize, parameterCount)..<min(chunks.upperBound * Self.chunkSize, parameterCount)
    }
}
