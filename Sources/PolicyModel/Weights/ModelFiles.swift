package import Foundation
import GGUF
import Safetensors

/// The configuration and the named tensors of a model, whatever format they are stored in.
///
/// - Isolation: immutable; any thread may read.
package protocol ModelFiles: Sendable {
    /// The folder or file, for messages.
    var path: String { get }
    var configuration: ModelConfiguration { get }

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

    /// Opens the model at `location` and reads its configuration, but no tensor.
    ///
    /// - Throws: errors naming the file: missing, damaged, or of a model that is not supported.
    package static func open(_ location: URL) throws -> any ModelFiles {
        isFile(location) ? try GGUFModel(path: location.path) : try SafetensorsModel(location)
    }
}

/// A Hugging Face folder: `config.json` and `model.safetensors` or its shards.
struct SafetensorsModel: ModelFiles {
    let configuration: ModelConfiguration
    private let files: SafetensorsFolder

    var path: String { files.path }

    init(_ folder: URL) throws {
        configuration = try ModelConfiguration(location: folder)
        files = try SafetensorsFolder(path: folder.path)
    }

    func shape(of name: String) -> [Int]? { files.info(named: name)?.shape }

    func read(_ name: String, _ range: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>) throws {
        try files.file(holding: name).readFloats(named: name, range: range, into: destination, requiringFinite: true)
    }

    func releasePages(of name: String) { try? files.file(holding: name).releasePages(ofTensor: name) }
}
