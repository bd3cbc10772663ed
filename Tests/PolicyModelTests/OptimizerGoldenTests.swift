import Learning
import LinearAlgebra
import PolicyModel
import Safetensors
import Testing

@Suite("Training steps of torch")
struct OptimizerGoldenTests {
    @Test(
        "ten AdamW steps give torch's losses within 1e-4 and its gradient norms", arguments: ["text_tiny/qwen2", "text_tiny/llama"])
    func tenSteps(folder: String) throws {
        let golden = try Golden(folder)
        let weights = golden.weights
        let file = try golden.file("text")
        let (rows, _) = try goldenRows(file, configuration: weights.configuration)
        let loss = try GoldenLoss(rows, configuration: weights.configuration)
        let expected = try file.floats(named: "adamw_loss_and_gradnorm")
        let segments = try ParameterRules().segments(for: weights.table.slices, parameterCount: weights.table.count, weightDecay: 1e-2)
        let shard = OptimizerShard(range: 0..<weights.table.count, copying: weights.values.base)
        let optimizer = try AdamW()
        for step in 0..<10 {
            let gradients = FloatBuffer(count: weights.table.count)
            let found = loss.evaluate(weights, gradients: gradients)
            #expect(abs(found - Double(expected[2 * step])) < 1e-4, "step \(step + 1)")
            let norm = GradientNorm.norm(
                chunkSums: GradientNorm.chunkSums(of: UnsafeBufferPointer(start: gradients.base, count: gradients.count)))
            #expect(abs(norm / Double(expected[2 * step + 1]) - 1) < 1e-3, "step \(step + 1)")
            optimizer.update(
                shard, gradients: gradients.base, segments: segments, learningRate: 1e-3,
                gradientScale: GradientNorm.clipScale(norm: norm, maximum: 1))
            weights.values.base.update(from: shard.weights, count: weights.table.count)
        }
        #expect(expected[0] - expected[18] > 0.1, "the golden losses fall")
    }
}
