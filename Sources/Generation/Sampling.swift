import Glibc
import LinearAlgebra
package import PolicyModel
import Randomness

/// How tokens are drawn.
package struct SamplingParameters: Hashable, Sendable {
    /// 0 is greedy decoding: the most probable token, its log-probability at temperature 1.
    package var temperature: Float
    /// The smallest set of most probable tokens whose probability reaches this is kept; 1 keeps all.
    package var topP: Float
    /// How many most probable tokens are kept; 0 keeps all.
    package var topK: Int
    /// The most tokens that are drawn for a member, over all its turns.
    package var maximumTokens: Int
    /// The most tokens that a member is given by replies. A reply beyond it is not given, and ends the response.
    package var maximumGivenTokens: Int
    package var stopTokens: [Int32]
    package var bannedTokens: [Int32]

    package init(
        temperature: Float = 1, topP: Float = 1, topK: Int = 0, maximumTokens: Int, maximumGivenTokens: Int = 0, stopTokens: [Int32],
        bannedTokens: [Int32] = []
    ) {
        self.temperature = temperature
        self.topP = topP
        self.topK = topK
        self.maximumTokens = maximumTokens
        self.maximumGivenTokens = maximumGivenTokens
        self.stopTokens = stopTokens
        self.bannedTokens = bannedTokens
    }

    /// The distribution whose log-probabilities are recorded: temperature applied and banned ids removed, but not truncated.
    package var distribution: TokenDistribution {
        TokenDistribution(temperature: temperature > 0 ? temperature : 1, bannedTokens: bannedTokens)
    }
}

/// Draws a token from one row of logits, by the number keyed to (stream, token index) and nothing else.
struct TokenSampler {
    let parameters: SamplingParameters
    private let scratch: FloatBuffer
    private let truncated: FloatBuffer

    init(_ parameters: SamplingParameters, vocabularySize: Int) {
        self.parameters = parameters
        scratch = FloatBuffer(count: vocabularySize)
        truncated = FloatBuffer(count: vocabularySize)
    }

    /// The drawn token with its log-probability and the distribution's entropy in nats. `logits` is changed.
    func draw(_ logits: UnsafeMutablePointer<Float>, random: CounterRandom, index: Int) -> (token: Int32, logProb: Float, entropy: Float) {
        let count = scratch.count
        let distribution = parameters.distribution
        distribution.ban(logits)
        let token: Int
        if parameters.temperature > 0 {
            let source = parameters.topP < 1 || parameters.topK > 0 ? truncate(logits) : UnsafePointer(logits)
            token = Distributions.sample(
                logits: source, count: count, temperature: distribution.temperature, uniform: random.uniform(0, UInt64(index)),
                scratch: scratch.base)
        } else {
            token = Distributions.argmax(logits, count: count)
        }
        let (logProb, entropy) = Distributions.logProb(
            logits: logits, count: count, temperature: distribution.temperature, target: token)
        return (Int32(token), logProb, entropy)
    }

    /// A copy of the logits with everything outside the top-k and the top-p nucleus at -inf. Ties keep the lower id.
    private func truncate(_ logits: UnsafePointer<Float>) -> UnsafePointer<Float> {
        let order = (0..<truncated.count).sorted { (logits[$0], $1) > (logits[$1], $0) }
        for i in 0..<truncated.count { truncated.base[i] = -.infinity }
        let temperature = Double(parameters.distribution.temperature)
        // log p = logit / temperature - this, which one log-probability gives.
        let best = Distributions.logProb(
            logits: logits, count: truncated.count, temperature: parameters.distribution.temperature, target: order[0])
        let normalizer = Double(logits[order[0]]) / temperature - Double(best.logProb)
        var reached: Double = 0
        for (rank, id) in order.enumerated() {
            if parameters.topK > 0, rank >= parameters.topK { break }
            if reached >= Double(parameters.topP) { break }
            truncated.base[id] = logits[id]
            reached += exp(Double(logits[id]) / temperature - normalizer)
        }
        return UnsafePointer(truncated.base)
    }
}
