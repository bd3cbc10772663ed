import LinearAlgebra
import PolicyModel
import Randomness
import Testing

@Suite("Gradients by finite differences")
struct FiniteDifferenceTests {
    /// A loss over six hundred tokens has a noise of some 1e-7 in float32 arithmetic, so a step must move it by much more.
    private static let noise = 2e-5

    @Test(
        "each tensor's gradient predicts the change of the loss along it, and along single parameters",
        arguments: [("qwen2_5_vl_tiny", "single"), ("text_tiny/qwen2", "text"), ("text_tiny/llama", "text")])
    func gradients(_ item: (folder: String, file: String)) throws {
        let golden = try Golden(item.folder)
        let weights = golden.weights
        let (rows, _) = try goldenRows(try golden.file(item.file), configuration: weights.configuration)
        let loss = try GoldenLoss(rows, configuration: weights.configuration)
        let gradients = FloatBuffer(count: weights.table.count)
        _ = loss.evaluate(weights, gradients: gradients)
        let random = CounterRandom(key: 77)
        for (number, slice) in weights.table.slices.enumerated() {
            let gradient = gradients.base + slice.offset
            let norm = (0..<slice.count).reduce(0.0) { $0 + Double(gradient[$1]) * Double(gradient[$1]) }.squareRoot()
            // Along the whole gradient, as far as the loss moves by 2e-3, but never far from where the gradient holds.
            let reach = min(1e-3 / max(norm, 1e-12), 0.05)
            var directions: [[(index: Int, step: Float)]] = []
            if norm > 0 { directions.append((0..<slice.count).map { ($0, Float(reach * Double(gradient[$0]) / norm)) }) }
            for draw in 0..<2 {
                let index = Int(random.words(UInt64(number), UInt64(draw))[0]) % slice.count
                directions.append([(index, 0.02)])
            }
            for direction in directions {
                let change = try moved(direction, slice.offset, weights, loss)
                let predicted = direction.reduce(0.0) { $0 + 2 * Double($1.step) * Double(gradient[$1.index]) }
                #expect(
                    abs(change - predicted) <= Self.noise + 0.03 * abs(predicted),
                    "\(slice.name), \(direction.count) parameters: \(change), not \(predicted)")
            }
        }
    }

    /// The loss ahead less the loss behind; the weights are as before afterwards.
    private func moved(_ direction: [(index: Int, step: Float)], _ offset: Int, _ weights: PolicyWeights, _ loss: GoldenLoss) throws
        -> Double
    {
        let target = weights.values.base + offset
        let kept = direction.map { target[$0.index] }
        func value(_ sign: Float) -> Double {
            for (entry, start) in zip(direction, kept) { target[entry.index] = start + sign * entry.step }
            return loss.evaluate(weights, gradients: nil)
        }
        defer {
            for (entry, start) in zip(direction, kept) { target[entry.index] = start }
        }
        return value(1) - value(-1)
    }
}
