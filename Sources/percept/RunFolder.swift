import Checkpointing
import Configuration
import ConfigurationReading
import Foundation

/// A run folder or one of its checkpoints, as people name them on the command line.
struct RunFolder {
    /// The resolved configuration inside a run folder.
    static let configurationFile = "config.json"

    let path: String

    /// The resolved configuration; nil if the folder has none.
    ///
    /// - Throws: `ConfigurationError` if it is damaged.
    func configuration() throws -> LoadedConfiguration? {
        let file = path + "/" + Self.configurationFile
        guard FileManager.default.fileExists(atPath: file) else { return nil }
        return try LoadedConfiguration(files: [file], overrides: [], isFineTuning: nil)
    }

    var store: CheckpointStore { CheckpointStore(path: path + "/checkpoints") }

    /// The run and, if the path names a single checkpoint, its folder.
    ///
    /// - Parameter path: `RUN`, `RUN/checkpoints` or `RUN/checkpoints/step-000120`.
    static func resolve(_ path: String) throws -> (run: RunFolder, checkpoint: String?) {
        var url = URL(fileURLWithPath: path).standardizedFileURL
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue else {
            throw CommandFailure("\(path): there is no such folder; give a run folder or one of its checkpoints")
        }
        var checkpoint: String?
        if FileManager.default.fileExists(atPath: url.appending(path: CheckpointManifest.fileName).path) {
            checkpoint = url.path
            url.deleteLastPathComponent()
        }
        if url.lastPathComponent == "checkpoints" { url.deleteLastPathComponent() }
        return (RunFolder(path: url.path), checkpoint)
    }
}
