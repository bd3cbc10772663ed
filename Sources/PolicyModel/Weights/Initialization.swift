import Foundation
import LinearAlgebra
import Randomness

extension PolicyWeights {
    /// Sets starting values for training from nothing: norms 1, biases 0, matrices normal with standard deviation
    /// 1 / sqrt(inputs), embeddings `embeddingDeviation`, and the matrices that write into the residual stream divided by
    /// sqrt(2 layers) (GPT-2's rule). A pure function of the seed: each value is keyed by its tensor's index and its own.
    package func initialize(seed: UInt64, embeddingDeviation: Float = 0.05) {
        let random = CounterRandom(key: CounterRandom.mix(seed, 0x1417))
        let depth = Float(2 * max(1, configuration.text.layerCount))
        for (index, slice) in table.slices.enumerated() {
            let target = values.base + slice.offset
            let isNorm = slice.name.contains("norm") || slice.name.hasSuffix("ln_q.weight")
            guard slice.shape.count > 1 else {
                for i in 0..<slice.count { target[i] = isNorm ? 1 : 0 }
                continue
            }
            var deviation = 1 / Float(slice.count / slice.shape[0]).squareRoot()
            if slice.name.hasSuffix("embed_tokens.weight") || slice.name == "lm_head.weight" { deviation = embeddingDeviation }
            let writesResidual = ["o_proj.weight", "down_proj.weight", "attn.proj.weight"].contains { slice.name.hasSuffix($0) }
            if writesResidual { deviation /= depth.squareRoot() }
            for i in 0..<slice.count { target[i] = deviation * random.normal(UInt64(index), UInt64(i)) }
        }
    }
}
