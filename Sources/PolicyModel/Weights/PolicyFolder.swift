package import Foundation
import LinearAlgebra
import Safetensors

/// Reading and writing models as Hugging Face folders.
package enum PolicyFolder {
    /// Loads `config.json` and all tensors of a folder.
    ///
    /// - Throws: `PolicyModelError` or `SafetensorsError` naming the file and tensor: missing, of another shape, out of range, not finite.
    package static func load(_ folder: URL) throws -> PolicyWeights {
        // Sizes are believed only once the files have them: no memory is taken on a configuration's word.
        let (configuration, files) = try open(folder)
        let weights = PolicyWeights(configuration)
        for slice in weights.table.slices {
            let target = UnsafeMutableBufferPointer(start: weights.values.base + slice.offset, count: slice.count)
            try files.file(holding: slice.name).readFloats(named: slice.name, into: target, requiringFinite: true)
        }
        weights.refresh()
        return weights
    }

    /// Checks that `config.json` is a supported model's and that the weight files have all its tensors, without reading their values.
    ///
    /// - Throws: `PolicyModelError` or `SafetensorsError` naming the file and tensor.
    package static func check(_ folder: URL) throws { _ = try open(folder) }

    private static func open(_ folder: URL) throws -> (ModelConfiguration, SafetensorsFolder) {
        let configuration = try ModelConfiguration(folder: folder)
        let files = try SafetensorsFolder(path: folder.path)
        for slice in ParameterTable(configuration).slices {
            guard let info = files.info(named: slice.name) else {
                throw PolicyModelError(.weights, "\(folder.path): tensor '\(slice.name)' is missing, though config.json asks for it")
            }
            guard info.shape == slice.shape else {
                throw PolicyModelError(
                    .weights, "\(folder.path): tensor '\(slice.name)' has shape \(info.shape), but config.json asks for \(slice.shape)")
            }
        }
        return (configuration, files)
    }

    /// Writes `config.json` and `model.safetensors` under the tensor names that were read, and copies the other files of `companions`
    /// (tokenizer, processor, templates) where they exist.
    package static func save(_ weights: PolicyWeights, to folder: URL, companions: URL?) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        if let companions {
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

    /// The files beside weights and configuration that make a folder complete.
    package static let companionFiles = [
        "tokenizer.json", "tokenizer_config.json", "chat_template.json", "preprocessor_config.json", "generation_config.json",
    ]
}
