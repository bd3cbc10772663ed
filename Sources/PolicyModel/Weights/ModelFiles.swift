package import Foundation
import GGUF
import Safetensors

/// The configuration and the named tensors of a model, whatever format they are stored in.
///
/// - Isolation: immutable; any thread may read.
package protocol ModelFiles: Sendable {
    /// The folder or file, for messages.
    var path: String { get }
    /// What the configuration file says, borne out by the tensors: a model whose files hold a head that differs from the embedding has a head
    /// of its own, as in transformers, whatever `tie_word_embeddings` says.
    var configuration: ModelConfiguration { get }

    /// Tensors that mean something and have no place in the model.
    var strayNames: [String] { get }

    /// Extents of the tensor that Hugging Face calls `name`, outermost first; nil if there is none.
    func shape(of name: String) -> [Int]?

    /// Reads elements `range` of the tensor that Hugging Face calls `name`, counted in row-major order, as `Float`s.
    ///
    /// - Parameter destination: As many `Float`s as the range has elements.
    /// - Throws: errors naming the file and the tensor: missing, of another size, of a type without meaning as `Float`s, not finite.
    func read(_ name: String, _ range: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>) throws

    /// Gives back the memory that reading a tensor took: for loaders that read each tensor once.
    func releasePages(of name: String)
}

/// Where a model is: a Hugging Face folder, or a `.gguf` file.
package enum ModelLocation {
    /// Whether `location` names a `.gguf` file rather than a folder.
    package static func isFile(_ location: URL) -> Bool { GGUFFile.isNamed(by: location.path) }

    /// Whether the weights are there: in a folder, `model.safetensors` or the index of its shards.
    package static func holdsWeights(_ location: URL) -> Bool {
        isFile(location)
            || ["model.safetensors", SafetensorsShards.indexName].contains {
                FileManager.default.fileExists(atPath: location.appending(path: $0).path)
            }
    }

    /// Opens the model at `location` and reads its configuration, but no tensor.
    ///
    /// - Throws: errors naming the file: missing, damaged, or of a model that is not supported.
    package static func open(_ location: URL) throws -> any ModelFiles {
        isFile(location) ? try GGUFModel(path: location.path) : try SafetensorsModel(location)
    }
}
