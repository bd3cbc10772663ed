import Foundation
import LinearAlgebra
import Safetensors

/// A Hugging Face folder: `config.json` and `model.safetensors` or its shards.
struct SafetensorsModel: ModelFiles {
    let configuration: ModelConfiguration
    private let files: SafetensorsFolder
    private let names: TensorNames
    /// The file's name of the tensor that is the embedding and the head.
    private let tiedName: String?

    var path: String { files.path }

    init(_ folder: URL) throws {
        let configuration = try ModelConfiguration(folder: folder)
        let adapter = folder.appending(path: "adapter_config.json")
        guard !FileManager.default.fileExists(atPath: adapter.path) else {
            throw PolicyModelError(
                .weights, "\(adapter.path): adapters are not applied: merge it into the weights (PEFT's merge_and_unload), or take it away")
        }
        files = try SafetensorsFolder(path: folder.path)
        names = try TensorNames(files.names, family: configuration.family, path: files.path)
        let (embedding, head) = (names[TensorNames.embeddingName], names[TensorNames.headName])
        guard configuration.text.tiesEmbeddings else {
            (self.configuration, tiedName) = (configuration, nil)
            return
        }
        let isTied = if let embedding, let head { try Self.areEqual(embedding, head, files) } else { true }
        self.configuration = isTied ? configuration : try configuration.untied()
        tiedName = isTied ? embedding ?? head : nil
    }

    /// The names of the files that hold the weights of a folder, and of the index that names them.
    static func weightFiles(of folder: URL) throws -> [String] {
        let index =
            FileManager.default.fileExists(atPath: folder.appending(path: "model.safetensors").path) ? [] : [SafetensorsShards.indexName]
        return try index + SafetensorsFolder(path: folder.path).files.map { URL(filePath: $0.path).lastPathComponent }
    }

    var strayNames: [String] {
        names.strays(Set(ParameterTable(configuration).slices.map(\.name))).filter { tiedName == nil || $0 != names[TensorNames.headName] }
    }

    func shape(of name: String) -> [Int]? { storedName(of: name).flatMap { files.info(named: $0)?.shape } }

    func read(_ name: String, _ range: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>) throws {
        let stored = storedName(of: name) ?? name
        try files.file(holding: stored).readFloats(named: stored, range: range, into: destination, requiringFinite: true)
    }

    func releasePages(of name: String) {
        guard let stored = storedName(of: name) else { return }
        try? files.file(holding: stored).releasePages(ofTensor: stored)
    }

    private func storedName(of name: String) -> String? { name == TensorNames.embeddingName ? tiedName ?? names[name] : names[name] }

    /// Whether two tensors have the same shape and values.
    private static func areEqual(_ one: String, _ other: String, _ files: SafetensorsFolder) throws -> Bool {
        guard let shape = files.info(named: one)?.shape, files.info(named: other)?.shape == shape else { return false }
        let chunk = 1 << 16
        return try withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * chunk) { buffer in
            let count = shape.reduce(1, *)
            for start in stride(from: 0, to: count, by: chunk) {
                let range = start..<min(start + chunk, count)
                let halves = [buffer[0..<range.count], buffer[chunk..<(chunk + range.count)]].map {
                    UnsafeMutableBufferPointer(rebasing: $0)
                }
                for (name, half) in zip([one, other], halves) {
                    try files.file(holding: name).readFloats(named: name, range: range, into: half, requiringFinite: true)
                }
                guard halves[0].elementsEqual(halves[1]) else { return false }
            }
            return true
        }
    }
}
