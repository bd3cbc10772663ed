package import Foundation
import GGUF
import LinearAlgebra
import Safetensors

/// Reading models from where they are, and writing them as Hugging Face folders.
package enum PolicyFolder {
    /// Loads the configuration and all tensors of a Hugging Face folder or a `.gguf` file.
    ///
    /// - Throws: `PolicyModelError`, `SafetensorsError` or `GGUFError` naming the file and tensor: missing, of another shape, out of range, not finite.
    package static func load(_ folder: URL) throws -> PolicyWeights {
        // Sizes are believed only once the files have them: no memory is taken on a configuration's word.
        let files = try open(folder)
        let weights = PolicyWeights(files.configuration)
        for slice in weights.table.slices {
            let target = UnsafeMutableBufferPointer(start: weights.values.base + slice.offset, count: slice.count)
            try files.read(slice.name, 0..<slice.count, into: target)
        }
        weights.refresh()
        return weights
    }

    /// Checks that a model location is of a supported model and has all its tensors, without reading their values.
    ///
    /// - Throws: `PolicyModelError`, `SafetensorsError` or `GGUFError` naming the file and tensor.
    package static func check(_ folder: URL) throws { _ = try open(folder) }

    /// Opens a model location and checks that every tensor of its configuration is there in the right shape.
    private static func open(_ location: URL) throws -> any ModelFiles {
        let files = try ModelLocation.open(location)
        for slice in ParameterTable(files.configuration).slices {
            guard let shape = files.shape(of: slice.name) else {
                throw PolicyModelError(.weights, "\(files.path): tensor '\(slice.name)' is missing, though its configuration asks for it")
            }
            guard shape == slice.shape else {
                throw PolicyModelError(
                    .weights, "\(files.path): tensor '\(slice.name)' has shape \(shape), but its configuration asks for \(slice.shape)")
            }
        }
        return files
    }

    /// Writes `config.json` and `model.safetensors` under the tensor names that were read, and copies the other files of `companions`
    /// (tokenizer, processor, templates) where they exist; of a `.gguf` file, those that its metadata stand for.
    package static func save(_ weights: PolicyWeights, to folder: URL, companions: URL?) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        if let companions {
            for (name, bytes) in try madeCompanions(companions) {
                try Data(bytes).write(to: folder.appending(path: name), options: .atomic)
            }
            for name in companionFiles {
                let source = companions.appending(path: name)
                let target = folder.appending(path: name)
                guard source.standardizedFileURL != target.standardizedFileURL, let data = try? Data(contentsOf: source) else { continue }
                try data.write(to: target, options: .atomic)
            }
        }
        try weights.configuration.json.write(to: folder.appending(path: "config.json"), options: .atomic)
        let sources = weights.table.slices.map { slice in
            TensorSource(
                name: slice.name, shape: slice.shape,
                floats: UnsafeBufferPointer(start: weights.values.base + slice.offset, count: slice.count))
        }
        try SafetensorsWriter.write(sources, metadata: ["format": "pt"], to: folder.appending(path: "model.safetensors").path)
    }

    /// The companion files that a model location doesn't have as such, but carries.
    private static func madeCompanions(_ location: URL) throws -> [(name: String, bytes: [UInt8])] {
        guard ModelLocation.isFile(location) else { return [] }
        let tokenizer = try GGUFTokenizer(GGUFFile(path: location.path))
        return [("tokenizer.json", tokenizer.tokenizerJSON), ("tokenizer_config.json", tokenizer.tokenizerConfigJSON)]
    }

    /// The files beside weights and configuration that make a folder complete.
    package static let companionFiles = [
        "tokenizer.json", "tokenizer_config.json", "chat_template.json", "preprocessor_config.json", "generation_config.json",
    ]
}
