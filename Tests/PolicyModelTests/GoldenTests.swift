import Foundation
import LinearAlgebra
import PolicyModel
import Safetensors
import Testing

private let cases: [(folder: String, file: String)] = [
    ("qwen2_5_vl_tiny", "single"), ("qwen2_5_vl_tiny", "batch"), ("text_tiny/qwen2", "text"), ("text_tiny/llama", "text"),
]

@Suite("transformers' values")
struct GoldenTests {
    @Test("logits agree within 2e-4 at every unpadded position", arguments: cases)
    func logits(_ item: (folder: String, file: String)) throws {
        let golden = try Golden(item.folder)
        let file = try golden.file(item.file)
        let (rows, _) = try goldenRows(file, configuration: golden.weights.configuration)
        let expected = try file.floats(named: "logits")
        let vocabulary = golden.weights.configuration.text.vocabularySize
        let batch = try GoldenLoss(rows, configuration: golden.weights.configuration).batch
        let pass = ForwardPass(weights: golden.weights, batch: batch, arena: Arena())
        let logits = pass.logits(rows: Array(0..<batch.rowCount)).values
        var worst: Float = 0
        for (row, last) in zip(rows, batch.lastPromptRows) {
            let start = last - row.ids.count + 1
            for i in row.ids.indices {
                for v in 0..<vocabulary {
                    worst = max(worst, abs(logits[(start + i) * vocabulary + v] - expected[(row.offset + i) * vocabulary + v]))
                }
            }
        }
        #expect(worst < 2e-4, "largest difference \(worst)")
    }

    @Test("the loss agrees within 1e-5, every gradient within 1e-3 in relative norm", arguments: cases)
    func gradients(_ item: (folder: String, file: String)) throws {
        let golden = try Golden(item.folder)
        let file = try golden.file(item.file)
        let (rows, _) = try goldenRows(file, configuration: golden.weights.configuration)
        let gradients = FloatBuffer(count: golden.weights.table.count)
        let loss = try GoldenLoss(rows, configuration: golden.weights.configuration).evaluate(golden.weights, gradients: gradients)
        #expect(abs(loss - Double(try file.floats(named: "loss")[0])) < 1e-5)
        #expect(golden.weights.table.slices.count == file.tensors.filter { $0.name.hasPrefix("grad.") }.count)
        for slice in golden.weights.table.slices {
            let expected = try file.floats(named: "grad." + slice.name)
            let mine = Array(UnsafeBufferPointer(start: gradients.base + slice.offset, count: slice.count))
            let difference = relativeNorm(mine, expected)
            #expect(difference < 1e-3, "\(slice.name): \(difference)")
        }
    }

    @Test("hidden states and the vision tower's tokens agree")
    func hiddenStates() throws {
        let golden = try Golden("qwen2_5_vl_tiny")
        let file = try golden.file("single")
        let (rows, _) = try goldenRows(file, configuration: golden.weights.configuration)
        let batch = try GoldenLoss(rows, configuration: golden.weights.configuration).batch
        let pass = ForwardPass(weights: golden.weights, batch: batch, arena: Arena())
        // transformers' last hidden state is behind the final norm, so only the others compare.
        for index in 0..<3 {
            let expected = try file.floats(named: "hidden.\(index)")
            let mine = Array(UnsafeBufferPointer(start: pass.hiddenState(index).base, count: expected.count))
            #expect(relativeNorm(mine, expected) < 1e-5, "hidden state \(index)")
        }
    }

    @Test("config.json in the nested layout means the same model")
    func nestedConfiguration() throws {
        let golden = try Golden("qwen2_5_vl_tiny")
        let nested = try Data(contentsOf: golden.folder.appending(path: "config.nested.json"))
        let configuration = try ModelConfiguration(json: nested, source: "config.nested.json")
        #expect(configuration.text == golden.weights.configuration.text)
        #expect(configuration.vision == golden.weights.configuration.vision)
        #expect(configuration.imageTokenID == golden.weights.configuration.imageTokenID)
    }

    @Test("a saved folder holds the same tensors under the same names")
    func roundTrip() throws {
        let golden = try Golden("qwen2_5_vl_tiny")
        let copy = FileManager.default.temporaryDirectory.appending(path: "percept-\(UUID())")
        defer { try? FileManager.default.removeItem(at: copy) }
        try PolicyFolder.save(golden.weights, to: copy, companions: golden.folder)
        let before = try SafetensorsFile(path: golden.folder.appending(path: "model.safetensors").path)
        let after = try SafetensorsFile(path: copy.appending(path: "model.safetensors").path)
        #expect(Set(before.tensors.map(\.name)) == Set(after.tensors.map(\.name)))
        let loaded = try PolicyFolder.load(copy)
        #expect(loaded.values.values == golden.weights.values.values)
    }
}
