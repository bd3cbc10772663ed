import Foundation
import GGUF
import Safetensors
import TestSupport
import Testing

@Suite("GGUF files")
struct GGUFFileTests {
    private static func fixture(_ name: String) -> String { Bundle.module.bundleURL.appending(path: "Fixtures/\(name)").path }

    @Test("metadata that the gguf package wrote are read as written")
    func metadata() throws {
        let file = try GGUFFile(path: Self.fixture("quants.gguf"))
        let integers = [
            "uint8": 255, "int8": -128, "uint16": 65535, "int16": -32768, "uint32": 4_294_967_295, "int32": -2_147_483_648,
            "uint64": 1 << 62,
            "int64": -(1 << 62),
        ]
        for (name, value) in integers { #expect(try file.integer("values.\(name)") == value, "\(name)") }
        #expect(try file.real("values.float32") == Double(Float(1e-5)))
        #expect(try file.real("values.float64") == 1 / 3.0)
        #expect(try file.real("values.int8") == -128)
        #expect(try file.bool("values.bool") == true)
        #expect(try file.string("values.string") == "Grüße, 世界 🙂")
        #expect(try file.strings("values.strings") == ["a", "", "Ġthe", "Ã©"])
        #expect(try file.integers("values.integers") == [3, -1, 2_147_483_647])
        #expect(try file.string("general.architecture") == "none")
        #expect(try file.integer("absent") == nil)
        for read in [
            { try file.integer("values.string") as Any }, { try file.strings("values.reals") as Any },
            { try file.bool("values.int8") as Any },
        ] {
            #expect(throws: GGUFError.self) { _ = try read() }
        }
    }

    @Test("every type is dequantised to the reference's very bits", arguments: GGUFTensorType.allCases)
    func dequantization(_ type: GGUFTensorType) throws {
        let file = try GGUFFile(path: Self.fixture("quants.gguf"))
        let expected = try SafetensorsFile(path: Self.fixture("quants.safetensors")).floats(named: type.name)
        let tensor = try #require(file.tensor(named: type.name))
        #expect(tensor.type == type)
        #expect(tensor.shape == [3, 512])
        let values = try floats(file, tensor, 0..<tensor.elementCount)
        #expect(values.map(\.bitPattern) == expected.map(\.bitPattern))
    }

    @Test("any range of elements is the same part of the whole", arguments: GGUFTensorType.allCases)
    func ranges(_ type: GGUFTensorType) throws {
        let file = try GGUFFile(path: Self.fixture("quants.gguf"))
        let tensor = try #require(file.tensor(named: type.name))
        let whole = try floats(file, tensor, 0..<1536)
        for range in [0..<0, 0..<1, 31..<33, 250..<800, 511..<513, 512..<1024, 700..<701, 1535..<1536, 1..<1536] {
            #expect(try floats(file, tensor, range) == Array(whole[range]), "\(range)")
        }
        #expect(throws: GGUFError.self) { _ = try floats(file, tensor, 1536..<1537) }
    }

    @Test("a value that is not finite is an error that names tensor and element")
    func nonFinite() throws {
        var builder = GGUFBuilder()
        // Two blocks of Q8_0; the second one's scale is infinite.
        let block = [UInt8](repeating: 1, count: 32)
        builder.tensors = [.init("w", extents: [64], type: 8, bytes: [0, 0x3C] + block + [0, 0x7C] + block)]
        try withFile(builder.file()) { path in
            let file = try GGUFFile(path: path)
            let tensor = try #require(file.tensor(named: "w"))
            #expect(try floats(file, tensor, 0..<32) == [Float](repeating: 1, count: 32))
            let error = #expect(throws: GGUFError.self) { _ = try floats(file, tensor, 0..<64) }
            #expect(error?.code == .nonFinite)
            #expect(error?.description.contains("\"w\", element 32") == true)
        }
    }

    private func floats(_ file: GGUFFile, _ tensor: GGUFTensor, _ range: Range<Int>) throws -> [Float] {
        var values = [Float](repeating: .nan, count: range.count)
        try values.withUnsafeMutableBufferPointer { try file.readFloats(of: tensor, range, into: $0) }
        return values
    }
}

/// Calls `body` with the path of a file that holds `bytes` and goes away afterwards.
func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "percept-\(UUID()).gguf")
    try Data(bytes).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url.path)
}
