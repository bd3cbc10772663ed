internal import CKernels
import Glibc

/// Softmax over attention scores and over the vocabulary.
package enum Distributions {
    /// Scores of a prefix segment and of the own segment become probabilities over their union. Values from a count up to its padded count
    /// (a multiple of 16) become 0.
    @inline(__always)
    package static func softmax(
        prefix: UnsafeMutablePointer<Float>, prefixCount: Int, prefixPadded: Int, own: UnsafeMutablePointer<Float>, ownCount: Int,
        ownPadded: Int, scale: Float
    ) {
        ck_softmax_two(prefix, Int64(prefixCount), Int64(prefixPadded), own, Int64(ownCount), Int64(ownPadded), scale)
    }

    /// The backward pass: gradients of probabilities become gradients of scores, in place.
    @inline(__always)
    package static func softmaxBackward(
        prefix: UnsafePointer<Float>, dprefix: UnsafeMutablePointer<Float>, prefixPadded: Int, own: UnsafePointer<Float>,
        down: UnsafeMutablePointer<Float>, ownPadded: Int, scale: Float
    ) {
        ck_softmax_two_backward(prefix, dprefix, Int64(prefixPadded), own, down, Int64(ownPadded), scale)
    }

    /// Log-probability of `target` under softmax(logits / temperature), and the distribution's entropy in nats.
    ///
    /// The one function by which rollouts, learner, reference and scoring compute a log-probability: equal logits give equal bits.
    package static func logProb(logits: UnsafePointer<Float>, count: Int, temperature: Float, target: Int) -> (
        logProb: Float, entropy: Float
    ) {
        var entropy: Float = 0
        let logProb = ck_log_prob(Int64(count), logits, 1 / temperature, Int64(target), &entropy)
        return (logProb, entropy)
    }

    /// dlogits = coefficient * d logProb(target) / d logits, overwritten.
    package static func logProbBackward(
        logits: UnsafePointer<Float>, count: Int, temperature: Float, target: Int, coefficient: Float, dlogits: UnsafeMutablePointer<Float>
    ) {
        ck_log_prob_backward(Int64(count), logits, 1 / temperature, Int64(target), coefficient, dlogits)
    }

    /// The token drawn by inverse transform from softmax(logits / temperature) with a uniform number in [0, 1).
    ///
    /// - Parameter scratch: `count` floats.
    package static func sample(
        logits: UnsafePointer<Float>, count: Int, temperature: Float, uniform: Float, scratch: UnsafeMutablePointer<Float>
    ) -> Int {
        Int(ck_sample(Int64(count), logits, 1 / temperature, uniform, scratch))
    }

    /// The most probable token, the lowest id among equals.
    package static func argmax(_ logits: UnsafePointer<Float>, count: Int) -> Int { Int(ck_argmax(Int64(count), logits)) }
}
