package import Foundation
import LinearAlgebra

/// Reading models from where they are, and writing them as Hugging Face folders.
package enum PolicyFolder {
    /// Loads the configuration and all tensors of a Hugging Face folder or a `.gguf` file. Each value goes from the mapped file into its place:
    /// there is no second copy.
    ///
    /// - Parameter storage: `.float32` for whoever computes gradients; `.bfloat16` rounds every parameter.
    /// - Throws: `PolicyModelError`, `SafetensorsError` or `GGUFError` naming the file and tensor: missing, of another shape, out of range, not finite.
    package static func load(_ folder: URL, storage: WeightStorage = .float32) throws -> PolicyWeights {
        // Sizes are believed only once the files have them: no memory is taken on a configuration's word.
        let files = try open(folder)
        let weights = PolicyWeights(uninitialized: files.configuration, storage: storage)
        for slice in weights.table.slices {
            switch storage {
            case .float32:
                let target = UnsafeMutableBufferPointer(start: weights.values.base + slice.offset, count: slice.count)
                try files.read(slice.name, 0..<slice.count, into: target)
            case .bfloat16: try readRounded(slice, of: files, into: weights)
            }
            files.releasePages(of: slice.name)
        }
        weights.refresh()
        return weights
    }

    /// Values that are float32 at once on their way to another storage.
    private static let chunk = 1 << 16

    private static func readRounded(_ slice: ParameterSlice, of files: any ModelFiles, into weights: PolicyWeights) throws {
        let storage = weights.storage
        let scratch = FloatBuffer(uninitializedCount: min(chunk, slice.count))
        guard let target = weights.bytes.baseAddress else { return }
        for start in stride(from: 0, to: slice.count, by: chunk) {
            let range = start..<min(start + chunk, slice.count)
            let values = UnsafeMutableBufferPointer(start: scratch.base, count: range.count)
            try files.read(slice.name, range, into: values)
            storage.round(scratch.base, count: range.count)
            guard values.allSatisfy(\.isFinite) else {
                throw PolicyModelError(.weights, "\(files.path): tensor '\(slice.name)' holds values beyond \(storage.rawValue)'s range")
            }
            storage.write(scratch.base, count: range.count, to: target + (slice.offset + start) * storage.byteCount)
        }
    }

    /// Checks that a model location is of a supported model, has all its tensors and no other, and companions that can be copied, without reading
    /// values.
    ///
    /// - Throws: `PolicyModelError`, `SafetensorsError` or `GGUFError` naming the file and tensor.
    package static func check(_ location: URL) throws {
        _ = try open(location)
        if !ModelLocation.isFile(location) { _ = try CompanionFiles.paths(in: location) }
    }

    /// Opens a model location and checks that every tensor of its configuration is there in the right shape, and that no other is: what a file
    /// holds is either computed with or refused.
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
        let strays = files.strayNames
        guard strays.isEmpty else {
            let more = strays.count > 3 ? " and \(strays.count - 3) more" : ""
            throw PolicyModelError(
                .weights,
                "\(files.path): \(strays.prefix(3).map { "'\($0)'" }.joined(separator: ", "))\(more) have no place in a "
                    + "\(files.configuration.family.rawValue) model as its configuration describes it, and would change what it computes: "
                    + "correct config.json (docs/models.md), or remove the tensors")
        }
        return files
    }
}
