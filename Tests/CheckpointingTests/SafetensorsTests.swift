import Foundation
import Safetensors
import Testing

@Suite("Safetensors")
struct SafetensorsTests {
    private func file(_ header: String, data: [UInt8] = []) -> [UInt8] {
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8) + data
    }

    private func open(_ bytes: [UInt8]) throws -> SafetensorsFile {
        let folder = try TemporaryFolder()
        return try SafetensorsFile(path: folder.write(bytes, to: "x.safetensors"))
    }

    private func code(_ bytes: [UInt8]) -> SafetensorsError.Code? {
        do {
            _ = try open(bytes)
            return nil
        } catch { return (error as? SafetensorsError)?.code }
    }

    /// The bytes of `safetensors.torch.save`, safetensors 0.8.0, for {"b": float32 [[1, 2]], "a": int64 [-3], "h": bfloat16 [1.5, -0.25]}.
    @Test("a file that the reference implementation wrote is read")
    func reference() throws {
        let header =
            #"{"__metadata__":{"k":"v"},"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"#
            + #""b":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]},"h":{"dtype":"BF16","shape":[2],"data_offsets":[16,20]}} "#
        let data: [UInt8] = [
            0xFD, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0x80, 0x3F, 0, 0, 0, 0x40, 0xC0, 0x3F, 0x80, 0xBE,
        ]
        let opened = try open(file(header, data: data))
        #expect(opened.tensors.map(\.name) == ["a", "b", "h"])
        #expect(opened.header.metadata == ["k": "v"])
        #expect(try opened.integers(named: "a") == [-3])
        #expect(try opened.floats(named: "b") == [1, 2])
        #expect(try opened.floats(named: "h") == [1.5, -0.25])
        #expect(opened.info(named: "b")?.shape == [1, 2])
        #expect(throws: SafetensorsError.self) { try opened.floats(named: "a") }
        #expect(throws: SafetensorsError.self) { try opened.floats(named: "c") }
    }

    @Test(
        "half and brain floats become the Floats they stand for",
        arguments: [
            (0x3C00, 1.0), (0xC000, -2.0), (0x0001, 0x1p-24), (0x03FF, 0x3FFp-24), (0x7BFF, 65504.0), (0x7C00, Float.infinity),
            (0x8000, -0.0), (0x3555, 0.33325195),
        ] as [(UInt16, Float)])
    func halves(bits: UInt16, value: Float) {
        #expect(Float(halfBits: bits).bitPattern == value.bitPattern)
        #expect(Float(brainBits: UInt16(value.bitPattern >> 16)).bitPattern == value.bitPattern & 0xFFFF_0000)
    }

    @Test("NaN halves stay NaN, and a weight that is not finite is refused by place")
    func nonFinite() throws {
        #expect(Float(halfBits: 0x7E01).isNaN)
        let header = #"{"w":{"dtype":"F16","shape":[3],"data_offsets":[0,6]}}"#
        let opened = try open(file(header, data: [0, 0x3C, 0x01, 0x7E, 0, 0]))
        #expect(try opened.floats(named: "w")[1].isNaN)
        let error = #expect(throws: SafetensorsError.self) { try opened.floats(named: "w", requiringFinite: true) }
        #expect(error?.code == .nonFinite)
        #expect(error?.message.contains("\"w\", element 1") == true)
    }

    @Test("what is written is read back, aligned, in a fixed order, and whole parts can be read")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        let values = (0..<37).map { Float($0) / 8 }
        let path = folder.path + "/w.safetensors"
        try values.withUnsafeBufferPointer { all in
            let sources = [
                TensorSource(name: "z \"quoted\"\n", shape: [5, 7], floats: UnsafeBufferPointer(rebasing: all[..<35])),
                TensorSource(name: "a", shape: [], floats: UnsafeBufferPointer(rebasing: all[35..<36])),
                TensorSource(name: "empty", shape: [0, 4], floats: UnsafeBufferPointer(rebasing: all[..<0])),
                TensorSource(
                    name: "h", dataType: .bfloat16, shape: [2], bytes: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[36...]))),
            ]
            let layout = try SafetensorsWriter.write(sources, metadata: ["format": "pt"], to: path)
            #expect(layout.head.count % 64 == 0)
            let first = try folder.read("w.safetensors")
            #expect(first.count == layout.fileByteCount)
            try SafetensorsWriter.write(sources.reversed(), metadata: ["format": "pt"], to: path)
            #expect(try folder.read("w.safetensors") == first)
            #expect(Set(try SafetensorsFile(path: path).tensors) == Set(layout.tensors))
        }
        let opened = try SafetensorsFile(path: path)
        #expect(try opened.floats(named: "z \"quoted\"\n") == Array(values[..<35]))
        #expect(try opened.floats(named: "a") == [values[35]])
        #expect(try opened.floats(named: "empty").isEmpty)
        #expect(opened.header.metadata == ["format": "pt"])
        var part = [Float](repeating: 0, count: 3)
        try part.withUnsafeMutableBufferPointer { try opened.readFloats(named: "z \"quoted\"\n", range: 4..<7, into: $0) }
        #expect(part == Array(values[4..<7]))
    }

    @Test(
        "a header that breaks a rule of the format is refused",
        arguments: [
            (
                #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, 12,
                "invalidTensor"
            ),
            (
                #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}"#, 16,
                "invalidTensor"
            ),
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 12, "invalidTensor"),
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4, "invalidTensor"),
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8, "invalidTensor"),
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#, 8, "invalidTensor"),
            (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8, "invalidTensor"),
            (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, 8, "invalidTensor"),
            (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0, "invalidTensor"),
            (#"{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8]}}"#, 8, "invalidTensor"),
            (#"{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}"#, 8, "invalidTensor"),
            (#"{"a":{"dtype":"F32","shape":[2]}}"#, 8, "invalidTensor"),
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}}"#, 8, "invalidTensor"),
            (
                #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#, 16,
                "invalidHeader"
            ),
            (#"{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 8, "invalidHeader"),
            (#"{"__metadata__":{"k":1}}"#, 0, "invalidHeader"), (#" {}"#, 0, "invalidHeader"), (#"[]"#, 0, "invalidHeader"),
            (#"{"#, 0, "invalidHeader"),
            (#"{} x"#, 0, "invalidHeader"), (#"{"a":{"dtype":"F32","shape":[02],"data_offsets":[0,8]}}"#, 8, "invalidHeader"),
            (#"{"\ud800":1}"#, 0, "invalidHeader"),
        ])
    func refusals(header: String, dataCount: Int, expected: String) {
        #expect(code(file(header, data: [UInt8](repeating: 0, count: dataCount)))?.rawValue == expected)
    }

    @Test("deep nesting, absurd lengths and short files are refused, not crashed on")
    func hostile() throws {
        #expect(code([]) == .truncated)
        #expect(code([1, 2, 3]) == .truncated)
        #expect(code([UInt8](repeating: 0xFF, count: 64)) == .invalidHeader)
        #expect(code([100, 0, 0, 0, 0, 0, 0, 0, 0x7B]) == .truncated)
        #expect(code(file("{\"a\":" + String(repeating: "[", count: 100_000))) == .invalidHeader)
        #expect(throws: SafetensorsError.self) { try SafetensorsFile(path: "/nonexistent/x.safetensors") }
        #expect(throws: SafetensorsError.self) { try SafetensorsFile(path: "/") }
    }

    @Test("random damage of the header is refused or harmless", arguments: 0..<200)
    func fuzz(seed: Int) throws {
        var random = SeededGenerator(state: UInt64(seed))
        let header = #"{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]}}"#
        var bytes = file(header, data: [UInt8](repeating: 7, count: 12))
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
        guard let opened = try? open(bytes) else { return }
        for tensor in opened.tensors {
            #expect(tensor.byteRange.upperBound <= bytes.count)
            _ = try? opened.floats(named: tensor.name)
            _ = try? opened.integers(named: tensor.name)
        }
    }

    @Test("a full disk leaves no file, and an older one stays")
    func fullDisk() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/w.safetensors"
        _ = try folder.write([1, 2, 3], to: "w.safetensors")
        try FileManager.default.createSymbolicLink(atPath: path + ".partial", withDestinationPath: "/dev/full")
        let values = [Float](repeating: 1, count: 5000)
        let error = #expect(throws: SafetensorsError.self) {
            try values.withUnsafeBufferPointer {
                _ = try SafetensorsWriter.write([TensorSource(name: "a", shape: [5000], floats: $0)], to: path)
            }
        }
        #expect(error?.code == .unwritable && error?.message.contains("No space left") == true)
        #expect(try folder.read("w.safetensors") == [1, 2, 3])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["w.safetensors"])
    }

    @Test("a sharded folder is read by its index, and an index that leaves the folder or lies is refused")
    func sharded() throws {
        let folder = try TemporaryFolder()
        for (name, value) in [("a", Float(1)), ("b", Float(2))] {
            try [value].withUnsafeBufferPointer {
                _ = try SafetensorsWriter.write(
                    [TensorSource(name: name, shape: [1], floats: $0)], to: folder.path + "/model-\(name).safetensors")
            }
        }
        func index(_ text: String) throws { _ = try folder.write(Array(text.utf8), to: "model.safetensors.index.json") }
        #expect(throws: SafetensorsError.self) { try SafetensorsFolder(path: folder.path) }
        try index(#"{"metadata":{"total_size":8},"weight_map":{"a":"model-a.safetensors","b":"model-b.safetensors"}}"#)
        let opened = try SafetensorsFolder(path: folder.path)
        #expect(opened.names == ["a", "b"])
        #expect(try opened.file(holding: "b").floats(named: "b") == [2])
        for bad in [
            #"{"weight_map":{"a":"model-a.safetensors"}}"#, #"{"weight_map":{"a":"model-b.safetensors","b":"model-b.safetensors"}}"#,
            #"{"weight_map":{"a":"../model-a.safetensors"}}"#, #"{"weight_map":{}}"#, #"{"weight_map":{"a":"x.bin"}}"#, "",
        ] {
            try index(bad)
            if bad == #"{"weight_map":{"a":"model-a.safetensors"}}"# {
                #expect(try SafetensorsFolder(path: folder.path).names == ["a"])
            } else {
                #expect(throws: SafetensorsError.self, "\(bad)") { try SafetensorsFolder(path: folder.path) }
            }
        }
    }
}
