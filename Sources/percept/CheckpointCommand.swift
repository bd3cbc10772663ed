import ArgumentParser
import Checkpointing
import Foundation
import LinearAlgebra
import PolicyModel
import Telemetry
import TrainingCluster

extension WeightStorage: ExpressibleByArgument {}

/// `percept checkpoint`: what stands in a run's checkpoints.
struct CheckpointCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint", abstract: "Inspect, verify and export checkpoints.",
        subcommands: [InspectCommand.self, VerifyCommand.self, ExportCommand.self])

    /// Which checkpoints are meant.
    struct Choice: ParsableArguments {
        @Argument(help: ArgumentHelp("A run folder, or one checkpoint in it.", valueName: "run"), completion: .directory)
        var path: String
        @Option(help: ArgumentHelp("The checkpoint after this step.", valueName: "n"))
        var step: Int?
        @Flag(help: "The checkpoint with the best validation.")
        var best = false

        func validate() throws {
            if best, step != nil { throw ValidationError("--best and --step exclude each other.") }
        }

        /// The folders meant: the one that is named, or all of the run in the order of steps.
        func folders() throws -> (run: RunFolder, folders: [String]) {
            let (run, named) = try RunFolder.resolve(path)
            let store = run.store
            if let named {
                guard step == nil, !best else { throw CommandFailure("\(path) is one checkpoint already: remove --step or --best") }
                return (run, [named])
            }
            let steps = store.steps()
            guard !steps.isEmpty else { throw CommandFailure("\(run.path): there is no checkpoint in \(store.path)") }
            guard let wanted = best ? store.best()?.step : step else {
                guard !best else { throw CommandFailure("\(run.path): no best checkpoint is recorded; validation never ran") }
                return (run, steps.map { store.folder(step: $0) })
            }
            guard steps.contains(wanted) else {
                throw CommandFailure(
                    "\(run.path): there is no checkpoint after step \(wanted), only after \(steps.map(String.init).joined(separator: ", "))"
                )
            }
            return (run, [store.folder(step: wanted)])
        }
    }

    /// `percept checkpoint inspect`.
    struct InspectCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "inspect", abstract: "Say what checkpoints hold. Reads the manifests only.")

        @OptionGroup var choice: Choice
        @Flag(help: "Print JSON: an array of manifests.")
        var json = false

        func run() throws {
            let (run, folders) = try choice.folders()
            let manifests = try folders.map { try Checkpoint(path: $0).manifest }
            if json { return StandardOutput.print(try JSONText.encode(manifests, isIndented: true)) }
            let best = run.store.best()
            for (folder, manifest) in zip(folders, manifests) {
                let weights = manifest.pieces.filter { $0.kind == .weights }
                let tensors = Set(weights.map(\.tensor)).count
                let parameters = weights.reduce(0) { $0 + $1.sliceEnd - $1.sliceBegin }
                StandardOutput.print("\(folder)\(best?.step == manifest.step ? "  (best, \(best?.score ?? 0))" : "")")
                StandardOutput.print(
                    "  step \(manifest.step), \(tensors) tensors, \(parameters) parameters, written by \(manifest.rankCount) learner ranks")
                StandardOutput.print("  config \(manifest.configDigest)")
                if let origin = manifest.origin { StandardOutput.print("  run \(origin.run), identity \(origin.identity)") }
                for (name, version) in manifest.libraryVersions.sorted(by: { $0.key < $1.key }) {
                    StandardOutput.print("  \(name) \(version)")
                }
                for file in manifest.files { StandardOutput.print("  \(file.name)  \(file.byteCount) bytes  sha256 \(file.sha256)") }
            }
        }
    }

    /// `percept checkpoint verify`.
    struct VerifyCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify", abstract: "Check every byte of checkpoints against their manifests.")

        @OptionGroup var choice: Choice

        func run() throws {
            var faults: [String] = []
            let folders = try choice.folders().folders
            for folder in folders {
                do throws(CheckpointError) {
                    try Checkpoint(path: folder).verify()
                    StandardOutput.print("\(folder): good")
                } catch {
                    faults.append("\(error)")
                }
            }
            guard faults.isEmpty else {
                throw CommandFailure("\(faults.count) of \(folders.count) checkpoints can't be used:\n" + faults.joined(separator: "\n"))
            }
        }
    }

    /// `percept checkpoint export`.
    struct ExportCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export", abstract: "Write a checkpoint's master weights as a Hugging Face model folder.",
            discussion: "Without --step or --best, the newest checkpoint that verifies.")

        @OptionGroup var choice: Choice
        @Option(
            help: ArgumentHelp("The folder to write: absent or empty, unless --force is given.", valueName: "dir"), completion: .directory)
        var output: String
        @Option(
            help: ArgumentHelp("Where config.json and the tokenizer come from; the run's model.policy if absent.", valueName: "dir"),
            completion: .file())
        var model: String?
        @Option(help: "The form of the values: float32 as the checkpoint has them, or bfloat16, rounded.")
        var dtype = WeightStorage.float32
        @Option(help: ArgumentHelp("The most bytes of tensors in one weight file, such as 5GB or 512MiB.", valueName: "size"))
        var shardSize: ByteSize?
        @Flag(help: "Replace the model that the folder holds.")
        var force = false

        func run() throws {
            let folder = try ExportFolder(path: output, replacesModel: force)
            let (run, folders) = try choice.folders()
            let checkpoint = try open(run, folders)
            let source = URL(fileURLWithPath: try model ?? recordedModel(run), isDirectory: true)
            let weights = PolicyWeights(uninitialized: try ModelConfiguration(location: source), storage: .float32)
            try checkpoint.read(.weights, slices: weights.table.slices, range: 0..<weights.table.count, into: weights.values.base)
            for slice in weights.table.slices { try check(slice, of: weights, checkpoint) }
            try folder.write {
                try PolicyFolder.save(
                    weights, to: $0, companions: source, as: dtype,
                    shardByteCount: shardSize?.byteCount ?? PolicyFolder.defaultShardByteCount)
            }
            StandardOutput.print("\(output): \(weights.table.count) parameters in \(dtype.rawValue) after step \(checkpoint.manifest.step)")
        }

        /// The values are numbers, and stay so when they are rounded.
        private func check(_ slice: ParameterSlice, of weights: PolicyWeights, _ checkpoint: Checkpoint) throws {
            let values = UnsafeBufferPointer(start: weights.values.base + slice.offset, count: slice.count)
            guard values.allSatisfy(\.isFinite) else {
                throw CommandFailure("\(checkpoint.path): tensor '\(slice.name)' holds values that are not finite; export an earlier step")
            }
            // Rounding keeps the order of magnitudes: the largest tells.
            var largest = values.reduce(0) { max($0, $1.magnitude) }
            dtype.round(&largest, count: 1)
            guard largest.isFinite else {
                throw CommandFailure("tensor '\(slice.name)' holds values beyond \(dtype.rawValue)'s range: export with --dtype float32")
            }
        }

        private func open(_ run: RunFolder, _ folders: [String]) throws -> Checkpoint {
            if folders.count == 1 {
                let checkpoint = try Checkpoint(path: folders[0])
                try checkpoint.verify()
                return checkpoint
            }
            // Another run's newest checkpoint is not this run's.
            if FileManager.default.fileExists(atPath: run.path + "/" + RunManifest.fileName) {
                let manifest = try RunManifest.load(fromFolder: run.path)
                try run.store.checkOrigin(CheckpointOrigin(manifest))
            }
            guard let (checkpoint, rejected) = try run.store.newestGood() else {
                throw CommandFailure("\(run.path): there is no checkpoint")
            }
            for fault in rejected { Console.standardError.say("passed over: \(fault)") }
            return checkpoint
        }

        private func recordedModel(_ run: RunFolder) throws -> String {
            guard let configuration = try run.configuration() else {
                throw CommandFailure("\(run.path) has no \(RunFolder.configurationFile) that names the model: give --model")
            }
            guard let path = try? configuration.text(of: "model.\(configuration.command == "train" ? "policy" : "path")"), path != "null"
            else {
                throw CommandFailure("the configuration of \(run.path) names no model folder: give --model")
            }
            return path
        }
    }
}
