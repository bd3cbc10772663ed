import JSON

/// How tensors are spread over the files of a model folder: one `model.safetensors`, or numbered shards and their index, as in transformers.
package enum SafetensorsShards {
    /// The file that says which shard holds which tensor.
    package static let indexName = "model.safetensors.index.json"

    /// The tensors of each file, in the order given: a file ends before the tensor that would make it larger than `limit`.
    ///
    /// - Parameter limit: bytes of tensors in one file; a larger tensor has a file to itself.
    package static func files(of sources: [TensorSource], limit: Int) -> [(name: String, tensors: [TensorSource])] {
        var groups: [[TensorSource]] = []
        var size = 0
        for source in sources {
            if groups.isEmpty || size + source.byteCount > limit {
                groups.append([])
                size = 0
            }
            groups[groups.count - 1].append(source)
            size += source.byteCount
        }
        guard groups.count > 1 else { return [("model.safetensors", groups.first ?? [])] }
        func number(_ value: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        }
        return groups.enumerated().map { ("model-\(number($0 + 1))-of-\(number(groups.count)).safetensors", $1) }
    }

    /// The index of several files: `metadata.total_size`, and `weight_map` from tensor to file.
    package static func index(of files: [(name: String, tensors: [TensorSource])]) -> String {
        let total = files.reduce(0) { $1.tensors.reduce($0) { $0 + $1.byteCount } }
        let places = files.flatMap { file in file.tensors.map { (tensor: $0.name, file: file.name) } }
            .sorted { $0.tensor.utf8.lexicographicallyPrecedes($1.tensor.utf8) }
        let lines = places.map { "    \(JSONValue.quoted($0.tensor)): \(JSONValue.quoted($0.file))" }
        return "{\n  \"metadata\": {\n    \"total_size\": \(total)\n  },\n  \"weight_map\": {\n\(lines.joined(separator: ",\n"))\n  }\n}\n"
    }
}
