package import Foundation

/// What a model is read for.
package enum ModelUse: Sendable {
    /// It samples and is trained.
    case policy
    /// Its probabilities are compared with the policy's: weights alone.
    case reference
    /// It judges.
    case judge
}

/// The files of a model location that decide what it computes.
package struct ModelFileList: Hashable, Sendable {
    /// Texts of configuration, tokenizer and templates, by their paths inside the folder, in order.
    package let small: [String]
    /// Weights, likewise.
    package let weights: [String]
}

extension PolicyFolder {
    /// The files that are read of a model location; of a `.gguf` file, itself, under the name "".
    ///
    /// A test watches which files loaders open, and finds one that is missing here.
    /// - Throws: errors naming the file of weights that can't be used.
    package static func files(of location: URL, for use: ModelUse) throws -> ModelFileList {
        guard !ModelLocation.isFile(location) else { return ModelFileList(small: [], weights: [""]) }
        func present(_ names: [String]) -> [String] {
            names.filter { FileManager.default.fileExists(atPath: location.appending(path: $0).path) }.sorted()
        }
        var names = ["config.json", "generation_config.json"]
        switch use {
        case .reference: break
        case .policy: names += CompanionFiles.textNames
        case .judge: names += CompanionFiles.textNames + ["judge.json"]
        }
        return ModelFileList(small: present(names), weights: try SafetensorsModel.weightFiles(of: location))
    }
}
