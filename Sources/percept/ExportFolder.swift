import Files
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
        let existing = target.path
        let names = try FileFailure.naming("list", existing) { try FileManager.default.contentsOfDirectory(atPath: existing).sorted() }
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
        try FileFailure.naming("create the folder", partial.path) {
            try manager.createDirectory(at: partial, withIntermediateDirectories: true)
        }
        do {
            try body(partial)
            try FileFailure.naming("put the folder in place as", target.path) { try place(partial, manager) }
        } catch {
            try? manager.removeItem(at: partial)
            throw error
        }
    }

    private func place(_ partial: URL, _ manager: FileManager) throws {
        guard replaces else { return try manager.moveItem(at: partial, to: target) }
        let old = target.deletingLastPathComponent().appending(path: ".\(target.lastPathComponent).replaced-\(UUID().uuidString)")
        try manager.moveItem(at: target, to: old)
        try manager.moveItem(at: partial, to: target)
        try manager.removeItem(at: old)
    }
}
