import LinearAlgebra
import PolicyModel
import Safetensors
import Testing

@Suite("Rotary positions")
struct PositionTests {
    @Test("prompts with no, one and two images have transformers' positions on all three axes", arguments: ["single", "batch"])
    func golden(file: String) throws {
        let golden = try Golden("qwen2_5_vl_tiny")
        let values = try golden.file(file)
        let (rows, length) = try goldenRows(values, configuration: golden.weights.configuration)
        let positions = try values.integers(named: "position_ids")
        let deltas = try values.integers(named: "rope_deltas")
        let mask = try values.integers(named: "attention_mask")
        for (number, row) in rows.enumerated() {
            let found = try PromptPositions(row.ids, images: row.images, configuration: golden.weights.configuration)
            let kept = (0..<length).filter { mask[row.offset + $0] == 1 }
            #expect(kept.count == row.ids.count)
            for axis in 0..<3 {
                let expected = kept.map { positions[(axis * rows.count + number) * length + $0] }
                #expect(found.positions.map { Int($0[axis]) } == expected, "row \(number), axis \(axis)")
            }
            // transformers counts the delta from the row's length; padding stands on the right here.
            let padding = length - row.ids.count
            #expect(
                [row.ids.count + deltas[number], length + deltas[number]].contains(Int(found.next)), "row \(number), padding \(padding)")
        }
    }

    @Test("placeholders that don't fit the images are refused")
    func mismatch() throws {
        let golden = try Golden("qwen2_5_vl_tiny")
        let row = try goldenRows(try golden.file("single"), configuration: golden.weights.configuration).rows[0]
        let placeholder = try #require(golden.weights.configuration.imageTokenID)
        let first = try #require(row.ids.firstIndex(of: placeholder))
        var short = row.ids
        short.remove(at: first)
        let configuration = golden.weights.configuration
        for (ids, images) in [(short, row.images), (row.ids, []), (row.ids, row.images + row.images), ([Int32(5)], row.images)] {
            let error = #expect(throws: PolicyModelError.self) {
                try PackedBatch([TokenFamily(prompt: ids, images: images)], configuration: configuration)
            }
            #expect(error?.code == .input)
        }
        for bad in [Int32(-1), 512] {
            #expect(throws: PolicyModelError.self) { try PackedBatch([TokenFamily(prompt: [1, bad])], configuration: configuration) }
        }
        #expect(throws: PolicyModelError.self) { try PackedBatch([TokenFamily(prompt: [])], configuration: configuration) }
    }
}
