import Files
package import Foundation

/// What a run was: `run.json`, written once when it starts.
package struct RunManifest: Hashable, Codable, Sendable {
    /// One process.
    package struct RankEntry: Hashable, Codable, Sendable {
        package let rank: Int
        package let role: String
        package let host: String

        package init(rank: Int, role: String, host: String) {
            self.rank = rank
            self.role = role
            self.host = host
        }
    }

    /// The math library that made the bits.
    package struct OpenBLAS: Hashable, Codable, Sendable {
        /// `openblas_get_config`.
        package let config: String
        /// `openblas_get_corename`.
        package let coreName: String
        package let threads: Int

        private enum CodingKeys: String, CodingKey {
            case config
            case coreName = "core_name"
            case threads
        }

        package init(config: String, coreName: String, threads: Int) {
            self.config = config
            self.coreName = coreName
            self.threads = threads
        }
    }

    /// Names the run in its checkpoints: the same for all continuations. Nil in a folder of an earlier build.
    package let run: String?
    /// What the run is a function of. Nil in a folder of an earlier build.
    package let identity: RunIdentity?
    /// What has computed it so far, the first that began it first.
    package let programs: [RunProgram]?
    /// Percept's version.
    package let version: String
    /// ISO 8601, UTC.
    package let started: String
    package let configDigest: String
    package let command: [String]
    package let ranks: [RankEntry]
    package let openBLAS: OpenBLAS
    /// Digest of the program all ranks ran.
    package let buildFingerprint: String
    /// Digest of a fixed forward pass: equal where machines compute equal bits.
    package let numericFingerprint: String?
    /// Digests of the starting models' weights, by role (`policy`, `judge`, `reference`).
    package let models: [String: String]
    /// The run folder and step that this run resumed, if it did.
    package let resumedFrom: String?
    /// The launcher's name for the attempt that wrote this; nil without a launcher.
    package var attempt = LaunchJournal.current?.attempt

    private enum CodingKeys: String, CodingKey {
        case run, identity, programs, version, started
        case configDigest = "config_digest"
        case command, ranks
        case openBLAS = "openblas"
        case buildFingerprint = "build_fingerprint"
        case numericFingerprint = "numeric_fingerprint"
        case models
        case resumedFrom = "resumed_from"
        case attempt
    }

    package init(
        run: String? = nil, identity: RunIdentity? = nil, programs: [RunProgram]? = nil, version: String, started: String,
        configDigest: String, command: [String], ranks: [RankEntry], openBLAS: OpenBLAS,
        buildFingerprint: String, numericFingerprint: String? = nil, models: [String: String], resumedFrom: String? = nil
    ) {
        self.run = run
        self.identity = identity
        self.programs = programs
        self.version = version
        self.started = started
        self.configDigest = configDigest
        self.command = command
        self.ranks = ranks
        self.openBLAS = openBLAS
        self.buildFingerprint = buildFingerprint
        self.numericFingerprint = numericFingerprint
        self.models = models
        self.resumedFrom = resumedFrom
    }

    /// The hosts in the order of their lowest rank.
    package var hosts: [String] {
        var hosts: [String] = []
        for entry in ranks where !hosts.contains(entry.host) { hosts.append(entry.host) }
        return hosts
    }

    package static let fileName = "run.json"

    /// What computed the run's latest steps, as far as the folder says.
    package var latestProgram: RunProgram? {
        programs?.last
            ?? numericFingerprint.map {
                RunProgram(afterStep: 0, version: version, build: buildFingerprint, numeric: $0, coreName: openBLAS.coreName)
            }
    }

    /// Writes `run.json` into a run folder, whole or not at all.
    ///
    /// - Throws: ``TelemetryError``.
    package func write(toFolder folder: String) throws(TelemetryError) { try RunFile.write(self, folder, Self.fileName) }

    /// Reads `run.json`.
    ///
    /// - Throws: ``TelemetryError``.
    package static func load(fromFolder folder: String) throws(TelemetryError) -> RunManifest { try RunFile.read(folder, fileName) }

    /// A moment as `2025-06-09T12:04:31Z`.
    package static func timestamp(_ date: Date) -> String { date.formatted(.iso8601) }
}

/// How a run ended: `run.end.json`. Its presence, not mpirun's exit code, says that a run ended by itself.
package struct RunEnd: Hashable, Codable, Sendable {
    package enum Status: String, Hashable, Codable, Sendable {
        /// All steps are done.
        case finished
        /// Stopped on request after a whole step and its checkpoint.
        case stopped
        /// Gave up; the message says why. Starting it again would end the same way.
        case failed
        /// Lost a part that it can't do without, such as a learner rank or all judges: it can go on from its last checkpoint.
        case interrupted
    }

    package let status: Status
    /// The last step that was done.
    package let step: Int
    package let message: String?
    /// The warnings that lasted at the end; nil if there were none.
    package let warnings: [RunWarning]?
    /// The launcher's name for the attempt that ended so; nil without a launcher.
    package var attempt = LaunchJournal.current?.attempt

    package init(status: Status, step: Int, message: String? = nil, warnings: [RunWarning]? = nil) {
        self.status = status
        self.step = step
        self.message = message
        self.warnings = warnings?.isEmpty == true ? nil : warnings
    }

    package static let fileName = "run.end.json"

    /// Writes `run.end.json` into a run folder, whole or not at all.
    ///
    /// - Throws: ``TelemetryError``.
    package func write(toFolder folder: String) throws(TelemetryError) { try RunFile.write(self, folder, Self.fileName) }

    /// Reads `run.end.json`; nil if there is none: the run still goes on, or was killed.
    ///
    /// - Throws: ``TelemetryError``.
    package static func load(fromFolder folder: String) throws(TelemetryError) -> RunEnd? {
        guard FileManager.default.fileExists(atPath: folder + "/" + fileName) else { return nil }
        return try RunFile.read(folder, fileName)
    }

    /// Removes the marker, as a resumed run does before it starts. Nothing happens if there is none.
    ///
    /// - Throws: ``TelemetryError``.
    package static func remove(fromFolder folder: String) throws(TelemetryError) {
        let path = folder + "/" + fileName
        guard FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw .file(path: path, operation: "remove", reason: FileFailure.words(of: error))
        }
    }
}
