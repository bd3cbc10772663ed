import Files
package import Foundation
import GGUF
import LinearAlgebra
import Safetensors

extension PolicyFolder {
    /// Bytes of tensors in one weight file unless something else is asked for.
    package static let defaultShardByteCount = 5_000_000_000

    /// Writes `config.json` and the weight files under the hub's tensor names, and copies the other files of `companions`
    /// (tokenizer, processor, templates, generation settings, licence) where they exist; of a `.gguf` file, those that its metadata stand for.
    /// Weight files and companions of an earlier save are removed.
    ///
    /// - Parameters:
    ///   - storage: the form of the values in the files, which `torch_dtype` names; nil for the weights' own.
    ///   - shardByteCount: more bytes of tensors than this are spread over several files with an index.
    package static func save(
        _ weights: PolicyWeights, to folder: URL, companions: URL?, as storage: WeightStorage? = nil,
        shardByteCount: Int = defaultShardByteCount
    ) throws {
        try FileFailure.naming("create the folder", folder.path) {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        if let companions {
            if ModelLocation.isFile(companions) {
                for (name, bytes) in try madeCompanions(companions) {
                    try write(Data(bytes), to: folder.appending(path: name))
                }
            } else {
                try CompanionFiles.copy(from: companions, to: folder)
            }
        }
        let storage = storage ?? weights.storage
        try write(try weights.configuration.json(storage: storage), to: folder.appending(path: "config.json"))
        let files = SafetensorsShards.files(of: weights.table.slices.map { source($0, of: weights, as: storage) }, limit: shardByteCount)
        for file in files {
            try SafetensorsWriter.write(file.tensors, metadata: ["format": "pt"], to: folder.appending(path: file.name).path)
        }
        var written = Set(files.map(\.name))
        if files.count > 1 {
            try write(Data(SafetensorsShards.index(of: files).utf8), to: folder.appending(path: SafetensorsShards.indexName))
            written.insert(SafetensorsShards.indexName)
        }
        try FileFailure.naming("remove old weights from", folder.path) {
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where isWeightFile(name) && !written.contains(name)
            {
                try FileManager.default.removeItem(at: folder.appending(path: name))
            }
        }
    }

    private static func write(_ data: Data, to file: URL) throws(FileFailure) {
        try FileFailure.naming("write", file.path) { try data.write(to: file, options: .atomic) }
    }

    /// Whether a file of a model folder is one that ``save(_:to:companions:as:shardByteCount:)`` writes weights to.
    package static func isWeightFile(_ name: String) -> Bool {
        name == SafetensorsShards.indexName || name.hasPrefix("model") && name.hasSuffix(".safetensors")
    }

    /// Whether what is called `name` in `folder` is a file of a model: configuration, weights or a companion of them.
    package static func isModelFile(_ name: String, in folder: URL) -> Bool {
        guard name == CompanionFiles.templateFolder else {
            return name == "config.json" || CompanionFiles.names.contains(name) || isWeightFile(name)
        }
        return (try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: name).path))?.allSatisfy(
            CompanionFiles.isTemplate)
            ?? false
    }

    /// The companion files that a `.gguf` file carries in its metadata.
    private static func madeCompanions(_ location: URL) throws -> [(name: String, bytes: [UInt8])] {
        let tokenizer = try GGUFTokenizer(GGUFFile(path: location.path))
        return [("tokenizer.json", tokenizer.tokenizerJSON), ("tokenizer_config.json", tokenizer.tokenizerConfigJSON)]
    }

    private static func source(_ slice: ParameterSlice, of weights: PolicyWeights, as storage: WeightStorage) -> TensorSource {
        let own = weights.storage
        let type: TensorDataType = storage == .float32 ? .float32 : .bfloat16
        return TensorSource(name: slice.name, dataType: type, shape: slice.shape) { elements, target in
            guard let base = weights.bytes.baseAddress else { return }
            let start = base + (slice.offset + elements.lowerBound) * own.byteCount
            guard own != storage else { return target.copyMemory(from: start, byteCount: elements.count * storage.byteCount) }
            let scratch = FloatBuffer(uninitializedCount: elements.count)
            own.read(start, count: elements.count, into: scratch.base)
            storage.write(scratch.base, count: elements.count, to: target)
        }
    }
}

extension ModelConfiguration {
    /// ``json`` with the type of the stored values in `torch_dtype` (and in `dtype`, where the file has it).
    func json(storage: WeightStorage) throws -> Data {
        guard var root = try JSONSerialization.jsonObject(with: json) as? [String: Any] else { return json }
        let keys = ["torch_dtype", "dtype"].filter { root[$0] != nil }
        guard keys.isEmpty || keys.contains(where: { root[$0] as? String != storage.rawValue }) else { return json }
        for key in keys.isEmpty ? ["torch_dtype"] : keys { root[key] = storage.rawValue }
        for section in ["text_config", "vision_config"] {
            guard var content = root[section] as? [String: Any] else { continue }
            for key in ["torch_dtype", "dtype"] where content[key] is String { content[key] = storage.rawValue }
            root[section] = content
        }
        return try JSONSerialization.data(withJSONObject: root, options: [.prettyPrinted, .sortedKeys])
    }
}
