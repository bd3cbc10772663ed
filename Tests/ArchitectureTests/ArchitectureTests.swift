import Foundation
import Testing

/// Values: no actors, no MPI, no math libraries.
private let values: Set<String> = [
    "Randomness", "Trajectories", "Digests", "JSON", "Files", "Safetensors", "GGUF", "Telemetry", "ConfigurationReading", "Configuration",
    "Multimodal", "Tasks",
    "Rewards", "Evaluation", "Endpoints",
    "Orchestration", "Annotation",
]
/// Math: no actors, no MPI.
private let math: Set<String> = [
    "LinearAlgebra", "PolicyModel", "Generation", "Judging", "AnnotationBackEnds", "Learning", "Checkpointing", "Footprints",
]
/// Actors and what carries them.
private let actors: Set<String> = ["MessagePassing", "ActorRuntime", "MPITransport", "TrainingCluster"]
/// What stands above all.
private let top: Set<String> = ["percept", "TestSupport"]
private let messagePassing: Set<String> = ["CMPI", "COpenMPI", "MessagePassing", "MPITransport"]

/// The import rules of the design (README, "Modules") and the rules of its text, kept by reading the sources.
@Suite("the architecture's rules")
struct ArchitectureTests {
    private let tree: SourceTree

    init() throws { tree = try SourceTree() }

    @Test("every module has a place in the layers")
    func everyModuleIsKnown() {
        #expect(tree.swiftModules == values.union(math).union(actors).union(top))
    }

    @Test("the import graph is the one that Package.swift declares")
    func graphIsDeclared() throws {
        let (imported, declared) = (try tree.importGraph(), try tree.declaredGraph())
        for module in tree.swiftModules.sorted() {
            let (imports, declares) = (imported[module] ?? [], declared[module] ?? [])
            #expect(imports.subtracting(declares).sorted() == [], "\(module) imports what it doesn't declare")
            #expect(declares.subtracting(imports).sorted() == [], "\(module) declares what it doesn't import")
        }
    }

    @Test("values import neither actors, nor MPI, nor math", arguments: values)
    func valuesAreValues(_ module: String) throws {
        let found = try tree.importGraph().closure(of: module)
        #expect(found.intersection(math.union(actors).union(messagePassing).union(["COpenBLAS", "CKernels"])).sorted() == [])
    }

    @Test("math imports neither actors nor MPI", arguments: math)
    func mathIsMath(_ module: String) throws {
        let found = try tree.importGraph().closure(of: module)
        #expect(found.intersection(actors.union(messagePassing)).sorted() == [])
    }

    @Test("distributed actors stay in the modules that are for them")
    func distributedActors() {
        let importers = Set(tree.sources.filter { $0.isSwift && $0.imports.contains { $0.module == "Distributed" } }.map(\.module))
        #expect(importers.subtracting(actors).subtracting(top).sorted() == [])
    }

    @Test("only MPITransport and the program know MPI")
    func mpiIsBehindTransports() throws {
        let graph = try tree.importGraph()
        #expect(graph.closure(of: "ActorRuntime").isDisjoint(with: messagePassing))
        #expect(graph.closure(of: "TrainingCluster").isDisjoint(with: messagePassing))
        let importers = graph.filter { $0.value.contains("MessagePassing") }.map(\.key)
        #expect(Set(importers).isSubset(of: ["MPITransport", "percept"]))
    }

    @Test("each C module has one Swift importer, which shows it to nobody")
    func oneImporter() throws {
        let graph = try tree.importGraph()
        for module in try tree.cModules().sorted() {
            let importers = graph.filter { $0.value.contains(module) }.map(\.key).sorted()
            // Open MPI itself is seen by the C shim alone.
            #expect(importers.count == (module == "COpenMPI" ? 0 : 1), "\(module) is imported by \(importers)")
            for file in tree.sources where file.isSwift {
                #expect(
                    !file.imports.contains { $0.module == module && !$0.access.isEmpty }, "\(file.path) shows \(module) to other modules")
            }
        }
    }

    @Test("what stands in an embedded task's folder is named in one line outside of it: the registry's", arguments: ["Digits", "Shapes"])
    func tasksAreFolders(_ name: String) {
        let folder = "Sources/Tasks/\(name)/"
        let types = Set(
            tree.sources.filter { $0.path.hasPrefix(folder) }.flatMap { file in
                file.code.matches(of: #/^(?:package )?(?:struct|enum|class|protocol) (\w+)/#.anchorsMatchLineEndings()).map { String($0.1) }
            })
        #expect(types.count > 5)
        var lines: [String] = []
        for file in tree.sources where file.isSwift && !file.path.hasPrefix(folder) {
            for line in file.code.split(separator: "\n")
            where line.matches(of: #/\w+/#).contains(where: { types.contains(String($0.output)) }) {
                lines.append("\(file.path): \(line)")
            }
        }
        #expect(lines == ["Sources/Tasks/Registry/TaskKind.swift:         EmbeddedSettings<\(name)Task>.self,"])
    }

    @Test("state machines are values without async")
    func stateMachines() {
        for file in tree.sources where file.module == "Orchestration" {
            for word in file.code.matches(of: #/\b(async|await|actor|Task|class|Mutex|Date)\b/#) {
                Issue.record("\(file.path) has '\(word.1)'")
            }
        }
    }

    @Test("bad input can't end the program")
    func noTraps() {
        for file in tree.sources where file.isSwift {
            for found in file.code.matches(of: #/\bfatalError\(|\btry!|\bas!/#) { Issue.record("\(file.path) has '\(found.output)'") }
        }
    }

    @Test("nothing is public: other packages see no symbol")
    func nothingIsPublic() {
        for file in tree.sources where file.isSwift {
            for found in file.code.matches(of: #/\bpublic\b|\bopen (class|func|var)\b/#) { Issue.record("\(file.path) has '\(found.0)'") }
        }
    }

    @Test("standard output and standard error have one writer, which can't trap")
    func oneWriter() {
        let writers = ["Sources/Telemetry/StandardStream.swift"]
        for file in tree.sources where !writers.contains(file.path) {
            for found in file.code.matches(
                of:
                    #/(?<before>func\s+|[\w)\]]\.)?\b(?:print|debugPrint|dump|puts|putchar|fputs|fputc|fwrite|printf|fprintf|vprintf|vfprintf|perror|NSLog)\(/#
            )
            where found.before == nil {
                Issue.record("\(file.path) has '\(found.0)': write through StandardOutput or Console")
            }
            // A FileHandle's write(_:) ends the process when it fails; so does print(to:) with one behind it.
            for found in file.code.matches(
                of:
                    #/\bFileHandle\.standard(?:Output|Error)\b|\bSTD(?:OUT|ERR)_FILENO\b|\b(?:stdout|stderr)\b|FileHandle\([^()]*\)\.write\(/#
            ) {
                Issue.record("\(file.path) has '\(found.0)': write through StandardOutput or Console")
            }
        }
    }

    @Test("files are read through one door, which refuses pipes, devices and what is too long")
    func oneReader() {
        let doors = ["Sources/Files/InputFile.swift", "Sources/Telemetry/StandardStream.swift"]
        for file in tree.sources where file.isSwift && file.module != "TestSupport" && !doors.contains(file.path) {
            for found in file.code.matches(
                of:
                    #/\b(?:Data|String|NSData)\(contentsOf\w*:|\.contents\(atPath:|\bFileHandle\(for(?:Reading|Updating)\w*:|\bfopen\(|\bInputStream\(/#
            ) {
                Issue.record("\(file.path) has '\(found.0)': read through InputFile")
            }
            // Who needs a descriptor must not wait for a pipe's other end.
            for found in file.code.matches(of: #/\bopen\([^()]*\bO_RDONLY\b[^()]*\)/#)
            where !found.0.contains("O_NONBLOCK") && !found.0.contains("O_DIRECTORY") {
                Issue.record("\(file.path) has '\(found.0)'")
            }
        }
    }

    @Test("no file is longer than 500 lines")
    func fileLengths() {
        for file in tree.sources + tree.tests where file.lineCount > 500 { Issue.record("\(file.path) has \(file.lineCount) lines") }
    }

    @Test("no build flag is unsafe")
    func noUnsafeFlags() throws {
        let manifest = try String(contentsOf: tree.root.appending(path: "Package.swift"), encoding: .utf8)
        #expect(!manifest.contains("unsafeFlags"))
        #expect(manifest.contains(".treatAllWarnings(as: .error)"))
    }
}

/// The reader that the rules stand on.
@Suite("reading Swift sources")
struct SwiftCodeTests {
    @Test("comments and literals go, code stays")
    func strip() {
        #expect(SwiftCode.strip("let a = 1 // try! b\nlet c = 2") == "let a = 1 \nlet c = 2")
        #expect(SwiftCode.strip("a /* x /* as! */ y */ b") == "a   b")
        #expect(SwiftCode.strip(#"f("as! \(g("x", (1))) try!") + 1"#) == #"f("") + 1"#)
        #expect(SwiftCode.strip("let r = #\"a \" b\"# + 2") == "let r = \"\" + 2")
        #expect(SwiftCode.strip("let t = \"\"\"\n fatalError( \" \n\"\"\"\nx") == "let t = \"\"\nx")
        #expect(SwiftCode.strip(#"let q = "\"" + try! f()"#) == #"let q = "" + try! f()"#)
    }

    @Test("imports are found in all their spellings")
    func imports() {
        let file = SourceFile(
            path: "Sources/M/F.swift",
            text: "import A\npackage import B\n@preconcurrency internal import C\nimport struct D.E\n// import X\n")
        let expected = [("A", ""), ("B", "package"), ("C", ""), ("D", "")].map { Import(module: $0.0, access: $0.1) }
        #expect(file.imports == expected)
        #expect(file.module == "M")
    }
}
