import ActorRuntime
import Checkpointing
import Configuration
import ConfigurationReading
import Digests
import Files
import Foundation
import LinearAlgebra
import Telemetry

/// What a run folder says from its first moment on: `run.json` and the resolved configuration in `config.json`.
package struct RunStart: Sendable {
    /// Percept's version.
    package let version: String
    /// The command line.
    package let command: [String]
    /// The resolved configuration.
    package let configuration: String

    package init(version: String, command: [String], configuration: String) {
        self.version = version
        self.command = command
        self.configuration = configuration
    }

    /// Names the run that begins, should one begin.
    let run = SHA256.hex((0..<16).map { _ in UInt8.random(in: 0...255) })

    /// What of a run is never there by chance: the folder holds it until somebody takes it away.
    private static let remains = ["metrics.jsonl", "samples.jsonl", "verdicts.jsonl", "rewards.jsonl", "checkpoints", "model"]

    /// Refuses a folder that holds a run already, or anything of one: what this run would take for its own.
    ///
    /// A run that was refused before its first step has left nothing of the kind.
    /// - Parameter canResume: whether the command could go on with that run.
    /// - Throws: ``ClusterError`` that says what to do.
    package static func checkFresh(_ folder: String, canResume: Bool) throws(ClusterError) {
        guard let found = remains.first(where: { holdsAnything(folder + "/" + $0) }) else { return }
        guard found == remains[0] else {
            throw ClusterError("\(folder) holds something of another run (\(found)); remove it, or name another --output")
        }
        let remedy = canResume ? "go on with it by --resume \(folder), or name another --output" : "name another --output"
        throw ClusterError("\(folder) holds a run already; \(remedy)")
    }

    /// Takes away what a run that was refused before its first step has left: nobody is to take it for this one's.
    static func clear(_ folder: String) throws(FileFailure) {
        for name in [RunManifest.fileName, "config.json", RunEnd.fileName, PictureRecords.fileName] {
            let path = folder + "/" + name
            guard FileManager.default.fileExists(atPath: path) else { continue }
            try FileFailure.naming("remove", path) { try FileManager.default.removeItem(atPath: path) }
        }
    }

    /// A file with bytes, or a folder with anything in it.
    private static func holdsAnything(_ path: String) -> Bool {
        if let names = try? FileManager.default.contentsOfDirectory(atPath: path) { return !names.isEmpty }
        let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
        return size ?? 0 > 0
    }

    /// What both files say beside the command and the configuration.
    struct Facts: Sendable {
        var run: String?
        var identity: RunIdentity?
        var programs: [RunProgram]
        /// By rank.
        var roles: [String]
        var hosts: [String]
        /// Digests of the starting models' weights.
        var models: [String: String]
        /// The checkpoint's path.
        var resumedFrom: String?
    }

    /// This program on this machine.
    func program(afterStep step: Int) throws -> RunProgram {
        RunProgram(
            afterStep: step, version: version, build: String(try ProgramFingerprints.build.get(), radix: 16),
            numeric: String(try ProgramFingerprints.numeric.get(), radix: 16), coreName: Products.openBLASDescription.core)
    }

    /// Writes both files.
    func write(toFolder folder: String, _ facts: Facts) throws {
        let (openBLAS, core) = Products.openBLASDescription
        let program = try program(afterStep: 0)
        try RunManifest(
            run: facts.run, identity: facts.identity, programs: facts.programs, version: version, started: RunManifest.timestamp(Date()),
            configDigest: Digest.text(configuration), command: command,
            ranks: facts.roles.enumerated().map { rank, role in
                .init(rank: rank, role: role, host: rank < facts.hosts.count ? facts.hosts[rank] : ProcessInfo.processInfo.hostName)
            },
            openBLAS: .init(config: openBLAS, coreName: core, threads: 1), buildFingerprint: program.build,
            numericFingerprint: program.numeric, models: facts.models, resumedFrom: facts.resumedFrom
        ).write(toFolder: folder)
        let path = folder + "/config.json"
        try FileFailure.naming("write", path) { try configuration.write(toFile: path, atomically: true, encoding: .utf8) }
    }
}
