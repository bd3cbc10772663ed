import Foundation
import Multimodal
import Safetensors
import Testing
import Trajectories

@Suite("Image processing against transformers")
struct ImageProcessorTests {
    /// Pixel values of a golden image by us and by transformers.
    private func compare(_ name: String) throws -> (ours: ImagePatches, theirs: [Float], grid: [Int]) {
        let processor = try ImageProcessor(contentsOf: Fixture.url("qwen2_5_vl_tiny/preprocessor_config.json"))
        let image = try RGBImage(contentsOf: Fixture.url("qwen2_5_vl_tiny/image_\(name).png"))
        let golden = try Fixture.safetensors("qwen2_5_vl_tiny/pixels.safetensors")
        return try (
            processor.patches(of: image), golden.floats(named: "\(name).pixel_values"), golden.integers(named: "\(name).image_grid_thw")
        )
    }

    @Test("an image that fits gives transformers' pixel values within 1e-5", arguments: ["a", "b"])
    func unresized(name: String) throws {
        let (ours, theirs, grid) = try compare(name)
        #expect([ours.grid.t, ours.grid.h, ours.grid.w] == grid)
        #expect(ours.columnCount == 3 * 2 * 14 * 14)
        try #require(ours.values.count == theirs.count)
        let worst = zip(ours.values, theirs).map { abs($0 - $1) }.max() ?? .infinity
        #expect(worst <= 1e-5)
    }

    @Test("a resized image stays within one 8-bit level of transformers, 1e-3 on average")
    func resized() throws {
        let (ours, theirs, grid) = try compare("c")
        #expect([ours.grid.t, ours.grid.h, ours.grid.w] == grid)
        try #require(ours.values.count == theirs.count)
        let differences = zip(ours.values, theirs).map { abs($0 - $1) }
        let worst = differences.max() ?? .infinity
        let oneLevel: Float = 1 / (255 * 0.26130258)
        #expect(worst <= oneLevel + 1e-5)
        #expect(differences.reduce(0, +) / Float(differences.count) < 1e-3)
    }
}
