import Foundation

/// One `import` of a Swift file.
struct Import: Hashable {
    let module: String
    /// `package` or `public`, where other modules see it; else empty.
    let access: String
}

/// One file of the package.
struct SourceFile {
    /// From the package's folder: `Sources/Digests/SHA256.swift`.
    let path: String
    let text: String

    /// The modules of a floor: folders of its folder that are modules of their own.
    static let floors = ["Tasks": ["Trajectories", "Rewards"]]

    /// The module's name: the folder below Sources, or below a floor.
    var module: String {
        let names = path.split(separator: "/").map(String.init)
        return Self.floors[names[1]]?.first { $0 == names[2] } ?? names[1]
    }
    var isSwift: Bool { path.hasSuffix(".swift") }
    var lineCount: Int { text.split(separator: "\n", omittingEmptySubsequences: false).count - (text.hasSuffix("\n") ? 1 : 0) }

    /// The text without comments and string literals.
    var code: String { SwiftCode.strip(text) }

    var imports: [Import] {
        code.split(separator: "\n").compactMap { line in
            var words = line.split(separator: " ").map(String.init).filter { !$0.hasPrefix("@") }
            let access = words.first == "package" || words.first == "public" ? words.removeFirst() : ""
            if words.first == "internal" || words.first == "private" || words.first == "fileprivate" { words.removeFirst() }
            guard words.first == "import", let name = words.last else { return nil }
            return Import(module: String(name.prefix { $0 != "." }), access: access)
        }
    }
}

/// The package's own sources, found from this file's place.
struct SourceTree {
    let root: URL
    let sources: [SourceFile]
    let tests: [SourceFile]

    init() throws {
        root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        sources = try Self.files(root, "Sources")
        tests = try Self.files(root, "Tests")
    }

    private static func files(_ root: URL, _ folder: String) throws -> [SourceFile] {
        let names = FileManager.default.enumerator(atPath: root.appending(path: folder).path)?.compactMap { $0 as? String } ?? []
        return try names.sorted().filter { name in [".swift", ".c", ".h"].contains { name.hasSuffix($0) } && !name.contains("Fixtures/") }
            .map { name in
                SourceFile(
                    path: "\(folder)/\(name)",
                    text: try String(contentsOf: root.appending(path: "\(folder)/\(name)"), encoding: .utf8))
            }
    }

    /// Names of modules that have Swift files.
    var swiftModules: Set<String> { Set(sources.filter(\.isSwift).map(\.module)) }

    /// Names of folders below Sources without a Swift file.
    func cModules() throws -> Set<String> {
        let folders = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "Sources").path)
        return Set(folders).subtracting(swiftModules)
    }

    /// What each Swift module imports of this package.
    func importGraph() throws -> [String: Set<String>] {
        let own = swiftModules.union(try cModules())
        var graph: [String: Set<String>] = [:]
        for file in sources where file.isSwift {
            graph[file.module, default: []].formUnion(Set(file.imports.map(\.module)).intersection(own))
        }
        return graph
    }

    /// What Package.swift declares for each Swift module of Sources, without other packages' products.
    func declaredGraph() throws -> [String: Set<String>] {
        let manifest = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
        var graph: [String: Set<String>] = [:]
        let target = #/(?:module\(|executableTarget\()\s*(?:name:\s*)?"(\w+)"(?:,\s*(?:dependencies:\s*)?\[([^\]]*)\])?/#
        for match in manifest.matches(of: target) {
            let names = (match.2 ?? "").matches(of: #/"(\w+)"/#).map { String($0.1) }
            graph[String(match.1)] = Set(names)
        }
        return graph
    }
}

extension Dictionary where Key == String, Value == Set<String> {
    /// Everything that a module imports, and what that imports.
    func closure(of module: String) -> Set<String> {
        var found: Set<String> = []
        var open = [module]
        while let next = open.popLast() {
            for name in self[next] ?? [] where found.insert(name).inserted { open.append(name) }
        }
        return found
    }
}
