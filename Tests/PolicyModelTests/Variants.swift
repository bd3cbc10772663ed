import Foundation
import JSON
import LinearAlgebra
import PolicyModel
import Safetensors
import Testing

/// A tiny model with something changed in its files, and what transformers makes of it (`Fixtures/variants/make_variants.py`).
struct Variant {
    let name: String
    let base: String
    /// Words of the refusal; nil where transformers' values are to come out.
    let refused: String?
    /// transformers' log-probabilities of ``Variants/scored``.
    let logProbs: [Double]
    let json: JSONValue

    /// The names that the variant changes in `config.json`, objects before a dot.
    var changedKeys: [String] {
        (json["set"]?.members ?? []).map(\.key) + (json["remove"]?.elements ?? []).compactMap(\.string)
    }

    private static let folders = ["llama": "text_tiny/llama", "qwen2": "text_tiny/qwen2", "qwen2_5_vl": "qwen2_5_vl_tiny"]

    static func folder(of base: String) throws -> URL {
        Bundle.module.bundleURL.appending(path: "Fixtures/" + (try #require(folders[base])))
    }

    /// Calls `body` with the variant's folder.
    func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "percept-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let source = try Self.folder(of: base)
        let nested = json["nested"] == true
        let config = try JSONValue(
            parsing: [UInt8](Data(contentsOf: source.appending(path: nested ? "config.nested.json" : "config.json"))), name: "config.json")
        try Data(try changed(config).text.utf8).write(to: folder.appending(path: "config.json"))
        for member in json["files"]?.members ?? [] {
            try Data(try #require(member.value.string).utf8).write(to: folder.appending(path: member.key))
        }
        let weights = source.appending(path: "model.safetensors")
        if json["tensors"] == nil, json["names"] == nil {
            try FileManager.default.createSymbolicLink(at: folder.appending(path: "model.safetensors"), withDestinationURL: weights)
        } else {
            try writeTensors(SafetensorsFile(path: weights.path), to: folder)
        }
        return try body(folder)
    }

    private func changed(_ config: JSONValue) throws -> JSONValue {
        var config = config
        for key in json["remove"]?.elements ?? [] { config = Self.put(config, try #require(key.string).split(separator: "."), nil) }
        for member in json["set"]?.members ?? [] { config = Self.put(config, member.key.split(separator: "."), member.value) }
        return config
    }

    private static func put(_ object: JSONValue, _ path: [Substring], _ value: JSONValue?) -> JSONValue {
        guard let first = path.first else { return object }
        var members = object.members ?? []
        let place = members.firstIndex { $0.key == first }
        let inner = path.count > 1 ? put(object[String(first)] ?? [:], Array(path.dropFirst()), value) : value
        if let place { members.remove(at: place) }
        if let inner { members.insert(JSONValue.Member(String(first), inner), at: place ?? members.count) }
        return .object(members)
    }

    private func writeTensors(_ file: SafetensorsFile, to folder: URL) throws {
        var tensors: [(name: String, shape: [Int], values: [Float])] = try file.tensors.map {
            ($0.name, $0.shape, try file.floats(named: $0.name))
        }
        for change in json["tensors"]?.members ?? [] {
            let copied = change.value.string.flatMap { text in tensors.first { "copy " + $0.name == text } }
            tensors.removeAll { $0.name == change.key }
            if let copied {
                tensors.append((change.key, copied.shape, copied.values))
            } else if let shape = change.value.numbers?.map({ Int($0) }) {
                tensors.append((change.key, shape, (0..<shape.reduce(1, *)).map { Float(Double(($0 * 37) % 101 - 50) / 400) }))
            }
        }
        let spelling = json["names"]?.string
        let buffers = tensors.map { tensor in
            let buffer = FloatBuffer(count: tensor.values.count)
            for (index, value) in tensor.values.enumerated() { buffer.base[index] = value }
            return buffer
        }
        let sources = zip(tensors, buffers).map { tensor, buffer in
            TensorSource(
                name: spelled(tensor.name, spelling), shape: tensor.shape,
                floats: UnsafeBufferPointer(start: buffer.base, count: buffer.count))
        }
        try SafetensorsWriter.write(sources, to: folder.appending(path: "model.safetensors").path)
        withExtendedLifetime(buffers) {}
    }

    private func spelled(_ name: String, _ spelling: String?) -> String {
        let isVision = name.hasPrefix("visual.")
        switch spelling {
        case "v5" where !isVision && name.hasPrefix("model."): return "model.language_model." + name.dropFirst(6)
        case "v5" where isVision, "mixed" where isVision: return "model." + name
        case "base" where name.hasPrefix("model."): return (base == "qwen2_5_vl" ? "language_model." : "") + name.dropFirst(6)
        default: return name
        }
    }
}

/// All variants, and the tokens that are scored.
struct Variants {
    let all: [Variant]
    private let first: JSONValue
    private let length: JSONValue

    init() throws {
        let url = Bundle.module.bundleURL.appending(path: "Fixtures/variants/variants.json")
        let json = try JSONValue(parsing: [UInt8](Data(contentsOf: url)), name: url.path)
        let values = try #require(json["log_probs"]?.elements).map { $0.numbers ?? [] }
        all = try #require(json["variants"]?.elements).map { variant in
            Variant(
                name: try #require(variant["name"]?.string), base: try #require(variant["base"]?.string),
                refused: variant["refused"]?.string,
                logProbs: variant["expected"]?.integer.map { values[$0] } ?? [], json: variant)
        }
        first = try #require(json["first"])
        length = try #require(json["length"])
    }

    /// What the log-probabilities of a variant depend on.
    struct Computation: Hashable {
        let base: String
        let text: TextConfiguration
        let vision: VisionConfiguration?
        let tensors: JSONValue?
        let names: JSONValue?

        init(_ variant: Variant, _ configuration: ModelConfiguration) {
            base = variant.base
            text = configuration.text
            vision = configuration.vision
            tensors = variant.json["tensors"]
            names = variant.json["names"]
        }
    }

    /// The log-probabilities of the base's golden tokens, from the first that is compared.
    func scores(_ weights: PolicyWeights, base: String) throws -> [Double] {
        let isVision = base == "qwen2_5_vl"
        let golden = try Variant.folder(of: base).appending(path: "golden/\(isVision ? "single" : "text").safetensors")
        let row = try #require(try goldenRows(SafetensorsFile(path: golden.path), configuration: weights.configuration).rows.first)
        let ids = Array(row.ids.prefix(try #require(length[base]?.integer)))
        let batch = try PackedBatch([TokenFamily(prompt: ids, images: row.images)], configuration: weights.configuration)
        let targets = (try #require(first[base]?.integer)..<ids.count).map { TokenTarget(row: $0 - 1, token: ids[$0]) }
        return ForwardPass(weights: weights, batch: batch, arena: Arena()).logProbs(targets).map { Double($0.logProb) }
    }
}
