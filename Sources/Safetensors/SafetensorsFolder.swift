import Glibc
import JSON

/// The weights of a model folder: one `model.safetensors`, or the shards that `model.safetensors.index.json` names.
package struct SafetensorsFolder: Sendable {
    package let path: String
    /// The files in order of their names.
    package let files: [SafetensorsFile]
    private let places: [String: Int]

    /// Opens and checks every file. `model.safetensors` wins where both are there, as in transformers.
    /// - Throws: ``SafetensorsError``: `unreadable` if neither is there; `invalidHeader` for an index that isn't a map from tensor names to
    ///   file names inside the folder, or that disagrees with its files.
    package init(path: String) throws(SafetensorsError) {
        self.path = path
        let single = path + "/model.safetensors"
        let index = path + "/model.safetensors.index.json"
        if access(single, F_OK) == 0 {
            let file = try SafetensorsFile(path: single)
            files = [file]
            places = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, 0) })
        } else if access(index, F_OK) == 0 {
            let weightMap = try Self.weightMap(index)
            let names = Set(weightMap.map(\.file)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            var files: [SafetensorsFile] = []
            for name in names { files.append(try SafetensorsFile(path: path + "/" + name)) }
            var fileIndices: [String: Int] = [:]
            for (place, name) in names.enumerated() { fileIndices[name] = place }
            var places: [String: Int] = [:]
            for (tensor, name) in weightMap {
                guard let place = fileIndices[name], files[place].info(named: tensor) != nil else {
                    throw SafetensorsError(.missingTensor, path: index, "\"\(tensor)\" is not in \(name), which the index names for it")
                }
                places[tensor] = place
            }
            for file in files {
                if let stray = file.tensors.first(where: { places[$0.name] == nil }) {
                    throw SafetensorsError(.invalidHeader, path: index, "\"\(stray.name)\" in \(file.path) is missing from the index")
                }
            }
            self.files = files
            self.places = places
        } else {
            throw SafetensorsError(.unreadable, path: path, "there is neither model.safetensors nor model.safetensors.index.json")
        }
    }

    /// The names of all tensors, sorted.
    package var names: [String] { places.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

    /// The tensor called `name`, or nil.
    package func info(named name: String) -> TensorInfo? { places[name].flatMap { files[$0].info(named: name) } }

    /// The file that holds the tensor called `name`.
    /// - Throws: ``SafetensorsError`` with code `missingTensor`.
    package func file(holding name: String) throws(SafetensorsError) -> SafetensorsFile {
        guard let place = places[name] else { throw SafetensorsError(.missingTensor, path: path, "there is no tensor \"\(name)\"") }
        return files[place]
    }

    private static func weightMap(_ index: String) throws(SafetensorsError) -> [(tensor: String, file: String)] {
        let file = try MappedFile(path: index)
        let root: JSONValue
        do {
            guard file.bytes.count <= SafetensorsHeader.maximumByteCount else {
                throw SafetensorsError(.invalidHeader, path: index, "\(file.bytes.count) bytes are too many for an index")
            }
            root = try JSONValue(parsing: Array(file.bytes), name: index, rules: .strict)
        } catch let error as JSONError {
            throw SafetensorsError(.invalidHeader, path: index, "byte \(error.offset): \(error.reason)")
        } catch {
            throw (error as? SafetensorsError) ?? SafetensorsError(.invalidHeader, path: index, "\(error)")
        }
        guard let members = root["weight_map"]?.members, !members.isEmpty else {
            throw SafetensorsError(.invalidHeader, path: index, "there is no weight_map")
        }
        var result: [(tensor: String, file: String)] = []
        for member in members {
            guard let name = member.value.string, name.hasSuffix(".safetensors"), !name.contains("/"), !name.contains("\0") else {
                throw SafetensorsError(.invalidHeader, path: index, "\"\(member.key)\" must name a .safetensors file of the same folder")
            }
            result.append((member.key, name))
        }
        return result
    }
}
