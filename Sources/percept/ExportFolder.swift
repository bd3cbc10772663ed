import Foundation
import PolicyModel

/// A model folder that is written whole or not at all: files are written beside it, and a rename puts it in place.
struct ExportFolder {
    private let target: URL
    private let replaces: Bool

    /// - Parameter replacesModel: an existing folder may be replaced if it holds nothing but a model.
    /// - Throws: ``CommandFailure`` if something else is there.
    init(path: String, replacesModel: Bool) throws {
        target = URL(fileURLWithPath: path, isDirectory: true)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: target.path, isDirectory: &isFolder) else {
            replaces = false
            return
        }
        guard isFolder.boolValue else { throw CommandFailure("\(path) is a file: choose another folder") }
        let names = try FileManager.default.contentsOfDirectory(atPath: target.path).sorted()
        guard !names.isEmpty else {
            replaces = true
            return
        }
        guard replacesModel else {
            let content = names.contains("config.json") ? "holds a model already" : "is not empty"
            throw CommandFailure("\(path) \(content): choose another folder, remove it, or replace a model by --force")
        }
        if let stranger = names.first(where: { [target] in !PolicyFolder.isModelFile($0, in: target) }) {
            throw CommandFailure("\(path)/\(stranger) is no file of a model: --force replaces a folder only if it holds nothing else")
        }
        replaces = true
    }

    /// Calls `body` with an empty folder, which becomes the target when it returns and vanishes if it throws.
    func write(_ body: (URL) throws -> Void) throws {
        let manager = FileManager.default
        let partial = target.deletingLastPathComponent().appending(path: ".\(target.lastPathComponent).partial-\(UUID().uuidString)")
        try manager.createDirectory(at: partial, withIntermediateDirectories: true)
        do {
            try body(partial)
            if replaces {
                let old = target.deletingLastPathComponent().appending(path: ".\(target.lastPathComponent).replaced-\(UUID().uuidString)")
                try manager.moveItem(at: target, to: old)
                try manager.moveItem(at: partial, to: target)
                try manager.removeItem(at: old)
            } else {
                try manager.moveItem(at: partial, to: target)
            }
        } catch {
            try? manager.removeItem(at: partial)
            throw error
        }
    }
}
