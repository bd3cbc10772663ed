package import Configuration
import ConfigurationReading
import Tasks
import Digests
import Files
import Foundation
import LinearAlgebra
import PolicyModel
import Synchronization
import Telemetry

/// One input of a run, by name: a key of the configuration, or a file.
package struct InputClaim: Hashable, Codable, Sendable {
    /// A dotted key, or the key of a place and a name there, such as `model.policy/tokenizer.json`.
    package let name: String
    /// JSON of a key's value; SHA-256 of a file.
    package let value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// What one rank computes from: the answering part of its configuration, and every file that it reads of models and data.
///
/// Texts are read at once, weights by the one rank of a host that is asked to (``IdentityDesk``), pictures where all pictures are read (``PictureCheck``).
package struct RunClaims: Sendable {
    /// A file that is a part of the run.
    struct InputFile: Sendable {
        let name: String
        let path: String
    }

    /// The machine's name.
    package let host: String
    /// Names the machine and the folders on it: ranks of the same place read the same files.
    let place: String
    /// Of the configuration.
    let keys: [InputClaim]
    /// Of files that are read at once.
    let texts: [InputClaim]
    /// Files that are still to be read.
    let weights: [InputFile]
    /// Where files are on this machine, by their names.
    private let paths: [String: String]
    private let threads: Int

    /// - Parameter host: nil for this machine's name.
    /// - Throws: errors naming a file that can't be read.
    package init(_ configuration: RunConfiguration, host: String? = nil) throws {
        var models = [(key: "model.policy", path: configuration.model.policy, use: ModelUse.policy)]
        if let reference = configuration.model.reference { models.append(("model.reference", reference, .reference)) }
        for (index, pool) in configuration.judge.chain.enumerated() {
            guard pool.kind == .model, let model = pool.model else { continue }
            models.append((configuration.judge.pools.isEmpty ? "judge.model" : "judge.pools[\(index)].model", model, .judge))
        }
        var data = ProblemSources.files(try configuration.data.train.task.files(), key: "data.train")
        if let validation = configuration.data.validation {
            data += ProblemSources.files(try validation.task.files(), key: "data.validation")
        }
        try self.init(
            keys: configuration.sharedAnswers, models: models, data: data, threads: configuration.training.threads, host: host)
    }

    /// What supervised training computes from.
    ///
    /// - Throws: errors naming a file that can't be read.
    package init(_ configuration: FineTuningConfiguration, host: String? = nil) throws {
        var place = configuration
        place.output = ""
        place.cluster = LearnerClusterConfiguration()
        place.training.threads = FineTuningLoopConfiguration().threads
        var data: [InputFile] = []
        switch configuration.data {
        case .jsonLines(var lines):
            data.append(InputFile(name: "data", path: lines.path))
            lines.path = ""
            place.data = .jsonLines(lines)
        case .policy(let lessons): data += ProblemSources.files(try lessons.task.files(), key: "data")
        case .judge(let lessons): data += ProblemSources.files(try lessons.task.files(), key: "data")
        }
        var models: [(key: String, path: String, use: ModelUse)] = []
        if let path = configuration.model.path {
            models.append(("model.path", path, .policy))
            place.model.path = ""
        }
        let answers = place.resolved.leaves.map {
            RunConfiguration.Answer(key: $0.path, value: $0.value.json.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        try self.init(keys: answers, models: models, data: data, threads: configuration.training.threads, host: host)
    }

    private init(
        keys: [RunConfiguration.Answer], models: [(key: String, path: String, use: ModelUse)], data: [InputFile], threads: Int,
        host: String?
    ) throws {
        self.host = host ?? ProcessInfo.processInfo.hostName
        self.threads = threads
        self.keys = keys.map { InputClaim(name: $0.key, value: $0.value) }
        var (small, weights) = (data, [InputFile]())
        for model in models {
            let location = URL(filePath: model.path)
            let files = try PolicyFolder.files(of: location, for: model.use)
            func file(_ name: String) -> InputFile {
                name.isEmpty
                    ? InputFile(name: model.key, path: location.path)
                    : InputFile(name: "\(model.key)/\(name)", path: location.appending(path: name).path)
            }
            small += files.small.map(file)
            weights += files.weights.map(file)
        }
        texts = try small.map { InputClaim(name: $0.name, value: try FileDigest.of($0.path)) }
        self.weights = weights
        paths = Dictionary((small + weights).map { ($0.name, $0.path) }) { first, _ in first }
        place = Self.place(of: models.map(\.path) + data.map(\.path), host: self.host)
    }

    /// Two machines may have one name, and two containers of one machine the same paths: its start and the folders' own numbers tell them apart.
    private static func place(of paths: [String], host: String) -> String {
        var sha = SHA256()
        sha.update(host)
        sha.update((try? Files.InputFile.text("/proc/sys/kernel/random/boot_id")) ?? "")
        for path in paths {
            var status = stat()
            sha.update(URL(filePath: path).resolvingSymlinksInPath().path)
            guard stat(path, &status) == 0 else { continue }
            sha.update(UInt64(status.st_dev))
            sha.update(UInt64(status.st_ino))
        }
        return sha.hex
    }

    /// Reads all weights, and says every five seconds how far it is.
    ///
    /// - Throws: `FileFailure` naming a file that can't be read.
    func readWeights(log: Log) async throws -> [InputClaim] {
        let total = weights.reduce(0) { $0 + FileDigest.size(of: $1.path) }
        let beat = ProgressBeat(interval: .seconds(5))
        let done = Atomic<Int>(0)
        return try await ComputeThreads.run { [weights, threads] in
            let found = Mutex<[Int: String]>([:])
            try ComputeThreads.forEach(weights.count, threads: threads) { index in
                let digest = try FileDigest.of(weights[index].path) { count in
                    let bytes = done.wrappingAdd(count, ordering: .relaxed).newValue
                    if beat.isDue() { log.info("the models' files are read", ["done": bytes, "bytes": total]) }
                }
                found.withLock { $0[index] = digest }
            }
            let digests = found.withLock { $0 }
            return weights.enumerated().map { InputClaim(name: $1.name, value: digests[$0] ?? "") }
        }
    }

    /// Where a file is on this machine; nil for what is no file.
    func path(of name: String) -> String? { paths[name] }
}

extension RunIdentity {
    /// The identity that claims amount to.
    init(configuration: [RunConfiguration.Answer], files: [InputClaim]) {
        let keys = Dictionary(configuration.map { ($0.key, $0.value) }) { first, _ in first }
        let files = Dictionary(files.map { ($0.name, $0.value) }) { first, _ in first }
        var sha = SHA256()
        for table in [keys, files] {
            sha.update(UInt64(table.count))
            for (name, value) in table.sorted(by: { $0.key < $1.key }) {
                sha.update(name)
                sha.update(value)
            }
        }
        self.init(digest: sha.hex, configuration: keys, files: files)
    }
}
