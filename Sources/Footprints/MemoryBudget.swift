/// The memory that ranks may take.
package enum MemoryBudget: Hashable, Sendable {
    /// So many bytes for each rank.
    case perRank(Int)
    /// One host for some of the job's ranks, by their numbers.
    ///
    /// - Parameter sharesProcess: the ranks are tasks of one process.
    case host(HostMemory, ranks: Range<Int>, sharesProcess: Bool)

    /// Checks that every rank fits.
    ///
    /// - Parameter ranks: the footprint of each rank of the job, by rank number.
    /// - Throws: ``FootprintError`` that says what is too large and what to change.
    package func check(_ ranks: [RankFootprint]) throws(FootprintError) {
        switch self {
        case .perRank(let limit):
            guard let largest = ranks.max(by: { $0.total < $1.total }), largest.total > limit else { return }
            throw FootprintError(
                "\(largest.role) takes up to \(ByteText.of(largest.total)), but a rank may take \(ByteText.of(limit))"
                    + Self.remedies([largest]))
        case .host(let memory, let numbers, let sharesProcess):
            let here = numbers.compactMap { ranks.indices.contains($0) ? ranks[$0] : nil }
            let total = Self.total(here, sharesProcess: sharesProcess)
            guard total > memory.available else { return }
            let place =
                here.count == 1 ? "rank \(numbers.lowerBound) (\(here[0].role)) takes" : "the \(here.count) ranks of this machine take"
            throw FootprintError(
                "\(place) up to \(ByteText.of(total)), but \(ByteText.of(memory.available)) are available (\(memory.source))"
                    + Self.remedies(here))
        }
    }

    /// Bytes of some ranks together.
    package static func total(_ ranks: [RankFootprint], sharesProcess: Bool) -> Int {
        let shared = sharesProcess ? max(0, ranks.count - 1) * RankFootprint.Part.processByteCount : 0
        return ranks.reduce(0) { $0 + $1.total } - shared
    }

    /// The largest parts, and what makes each smaller.
    private static func remedies(_ ranks: [RankFootprint]) -> String {
        var sums: [String: (role: String, part: String, bytes: Int)] = [:]
        for rank in ranks {
            for part in rank.parts where part.name != "process" {
                sums[rank.role + part.name, default: (rank.role, part.name, 0)].bytes += part.bytes
            }
        }
        let largest = sums.values.sorted { ($1.bytes, $0.role, $0.part) < ($0.bytes, $1.role, $1.part) }.prefix(3)
        return largest.map { "\n  \(ByteText.of($0.bytes)) \($0.part), \($0.role): \(remedy($0.role, $0.part))" }.joined()
    }

    private static func remedy(_ role: String, _ part: String) -> String {
        switch (role, part) {
        case ("rollout", "weights"): "set rollout.weights: bfloat16, or fewer rollout ranks a machine"
        case ("judge", "weights"): "set judge.weights: bfloat16, or fewer judge ranks a machine"
        case ("rollout", "caches"), ("rollout", "logits"):
            "lower rollout.group_size or rollout.max_response_tokens, or use more rollout ranks on more machines"
        case ("rollout", "activations"): "lower rollout.max_prompt_tokens, or use more rollout ranks on more machines"
        case ("judge", _): "choose a smaller judge.model, or fewer judge ranks a machine"
        case (_, "activations"): "lower training.tokens_per_micro_batch or training.threads, or use more learner ranks on more machines"
        case (_, "images"): "lower rollout.problems_per_step or rollout.max_prompt_tokens"
        case (_, "published versions"): "set rollout.weights: bfloat16"
        default: "use more learner ranks (up to 4) on more machines, or a smaller model.policy"
        }
    }
}

/// Why a run does not fit, and what to change.
package struct FootprintError: Error, CustomStringConvertible, Sendable {
    package let description: String

    package init(_ description: String) { self.description = description }
}
