import Foundation
import Multimodal
import Safetensors
import Testing
import Trajectories

@Suite("Image processing against transformers")
struct ImageProcessorTests {
    /// The goldens stand once, with the model's.
    private static let goldens = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "PolicyModelTests/Fixtures/qwen2_5_vl_tiny/golden")

    /// Pixel values of a golden image by us and by transformers.
    private func compare(_ name: String) throws -> (ours: ImagePatches, theirs: [Float], grid: [Int]) {
        let processor = try ImageProcessor(contentsOf: Fixture.url("qwen2_5_vl_tiny/preprocessor_config.json"))
        let image = try RGBImage(contentsOf: Self.goldens.appending(path: "image_\(name).png"))
        let golden = try SafetensorsFile(path: Self.goldens.appending(path: "pixels.safetensors").path)
        return try (
            processor.patches(of: image), golden.floats(named: "\(name).pixel_values"), golden.integers(named: "\(name).image_grid_thw")
        )
    }

    @Test("an image that fits gives transformers' pixel values within 1e-5", arguments: ["a", "b", "d"])
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
        let mean: Float = differences.reduce(0, +) / Float(differences.count)
        #expect(mean < 1e-3)
    }

    @Test("sizes are those of transformers' smart_resize")
    func smartResizeGolden() throws {
        let rows = try JSONDecoder().decode([[Int]].self, from: Data(contentsOf: Fixture.url("smart_resize.json")))
        #expect(rows.count > 150)
        for row in rows {
            let (height, width, factor) = (row[0], row[1], row[2])
            let processor = try ImageProcessor(patchSize: factor / 2, mergeSize: 2, minimumPixels: row[3], maximumPixels: row[4])
            let grid = try processor.grid(width: width, height: height)
            #expect(grid.h * factor / 2 == row[5] && grid.w * factor / 2 == row[6], "\(row)")
        }
    }

    @Test("patches of 8 pixels come block by block, channel before time before row")
    func patchOrder() throws {
        // 32 x 16 pixels of 8 x 8 patches in blocks of 2 x 2: one row of two blocks. Levels name (patch row, patch column, channel).
        var pixels: [UInt8] = []
        for y in 0..<16 {
            for x in 0..<32 {
                for channel in 0..<3 { pixels.append(UInt8(100 * channel + 10 * (y / 8) + x / 8)) }
            }
        }
        let processor = try ImageProcessor(
            patchSize: 8, mergeSize: 2, temporalPatchSize: 2, minimumPixels: 64, maximumPixels: 4096, mean: [0, 0, 0],
            standardDeviation: [1, 1, 1])
        let patches = try processor.patches(of: RGBImage(width: 32, height: 16, pixels: pixels))
        #expect(patches.grid == PatchGrid(t: 1, h: 2, w: 4))
        #expect(patches.grid.tokenCount(mergeSize: 2) == 2)
        #expect(patches.columnCount == 3 * 2 * 64)
        let order = [(0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (0, 3), (1, 2), (1, 3)]
        for (row, place) in order.enumerated() {
            for channel in 0..<3 {
                let start = row * 384 + channel * 128
                let level = Float(100 * channel + 10 * place.0 + place.1) / 255
                #expect(patches.values[start..<start + 128].allSatisfy { $0 == level })
            }
        }
    }

    @Test("resizing keeps a flat image flat, and shrinking keeps its mean", arguments: [(40, 30), (200, 90), (1000, 7)])
    func resamplingLaws(width: Int, height: Int) throws {
        let processor = try ImageProcessor(
            patchSize: 8, mergeSize: 2, minimumPixels: 256, maximumPixels: 4096, mean: [0, 0, 0], standardDeviation: [1, 1, 1])
        let flat = RGBImage(width: width, height: height, pixels: [UInt8](repeating: 137, count: width * height * 3))
        let level: Float = 137 / 255
        #expect(try processor.patches(of: flat).values.allSatisfy { $0 == level })
        let stripes = RGBImage(width: width, height: height, pixels: (0..<width * height * 3).map { $0 / 3 % width % 2 == 0 ? 90 : 110 })
        let values = try processor.patches(of: stripes).values
        let mean: Float = values.reduce(0, +) / Float(values.count) * 255
        #expect(abs(mean - 100) < 2)
    }

    @Test("an image of one row of 201 pixels is refused, one of 200 is not")
    func narrowImages() throws {
        let processor = try ImageProcessor()
        #expect(throws: ImageError.self) { try processor.grid(width: 201, height: 1) }
        #expect(throws: ImageError.self) { try processor.grid(width: 0, height: 1) }
        #expect(try processor.grid(width: 200, height: 1).patchCount > 0)
    }

    @Test(
        "settings that the processor can't honour are refused by name",
        arguments: [
            ("patch_size", "0"), ("patch_size", "\"14\""), ("min_pixels", "1e9"), ("image_std", "[0, 1, 1]"), ("image_mean", "[1]"),
            ("do_resize", "false"), ("resample", "2"), ("image_processor_type", "\"CLIPImageProcessor\""), ("rescale_factor", "1"),
            ("merge_size", "2.5"), ("do_rescale", "null"), ("do_normalize", "0"), ("do_convert_rgb", "false"), ("do_center_crop", "true"),
            ("do_pad", "true"), ("rescale_factor", "\"x\""), ("size", "448"), ("size", "{\"height\": 28, \"width\": 28}"),
            ("size", "{\"shortest_edge\": 3136}"),
            ("size", "{\"shortest_edge\": 3136, \"longest_edge\": 9999, \"min_pixels\": 1}"), ("size", "{\"longest_edge\": 9999}"),
            ("image_mean", "0.5"),
        ])
    func refusedSettings(key: String, value: String) throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "preprocessor-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: url) }
        try Data("{\"\(key)\": \(value)}".utf8).write(to: url)
        let error = #expect(throws: ImageError.self) { try ImageProcessor(contentsOf: url) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains(key) == true)
    }

    @Test("size.shortest_edge and size.longest_edge stand for absent min_pixels and max_pixels")
    func sizeMember() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "preprocessor-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: url) }
        try Data("{\"size\": {\"shortest_edge\": 100, \"longest_edge\": 5000}, \"max_pixels\": 4000, \"patch_size\": 8}".utf8).write(
            to: url)
        let processor = try ImageProcessor(contentsOf: url)
        #expect(processor.minimumPixels == 100 && processor.maximumPixels == 4000)
        #expect(processor.patchSize == 8 && processor.mergeSize == 2)
        try Data("{\"size\": {\"min_pixels\": 1, \"max_pixels\": 2}, \"min_pixels\": 200, \"max_pixels\": 4000}".utf8).write(to: url)
        let older = try ImageProcessor(contentsOf: url)
        #expect(older.minimumPixels == 200 && older.maximumPixels == 4000)
    }
}
