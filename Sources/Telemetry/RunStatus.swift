import Foundation
import Glibc

/// What a run is doing right now: `status.json` of its folder, replaced about once a second by the controller's process.
///
/// Reading it asks nobody anything, so it is safe while the run is live, and works when the run hangs. Times are seconds before ``written``.
package struct RunStatus: Hashable, Codable, Sendable {
    /// A rank and what it does.
    package struct Rank: Hashable, Codable, Sendable {
        /// Its number in the run: the MPI rank or, for ranks that joined later, the next free number.
        package let number: Int
        package let role: String
        package let host: String
        /// Of its process; nil before it has said so.
        package let processID: Int?
        /// `joining`, `live`, `suspect`, `stuck`, `lost`, `leaving` or `left`.
        package let state: String
        package let stateSeconds: Double
        /// What it does or waits for, for people.
        package let activity: String
        /// Groups or responses that it holds.
        package let held: Int
        /// Since it last delivered something or said that it moves on; nil if it never did.
        package let progressSeconds: Double?
        /// Policy versions that it can sample with, ascending.
        package let versions: [Int]

        package init(
            number: Int, role: String, host: String, processID: Int?, state: String, stateSeconds: Double, activity: String, held: Int,
            progressSeconds: Double?, versions: [Int]
        ) {
            self.number = number
            self.role = role
            self.host = host
            self.processID = processID
            self.state = state
            self.stateSeconds = stateSeconds
            self.activity = activity
            self.held = held
            self.progressSeconds = progressSeconds
            self.versions = versions
        }
    }

    /// What the controller waits for.
    package struct Wait: Hashable, Codable, Sendable {
        package let what: String
        package let seconds: Double
        /// Since anything made progress; at `limitSeconds` the run is interrupted.
        package let idleSeconds: Double
        package let limitSeconds: Double

        package init(what: String, seconds: Double, idleSeconds: Double, limitSeconds: Double) {
            self.what = what
            self.seconds = seconds
            self.idleSeconds = idleSeconds
            self.limitSeconds = limitSeconds
        }
    }

    /// A call that the controller's process has made and that is not answered.
    package struct Call: Hashable, Codable, Sendable {
        package let name: String
        package let peer: String
        package let seconds: Double
        package let limitSeconds: Double

        package init(name: String, peer: String, seconds: Double, limitSeconds: Double) {
            self.name = name
            self.peer = peer
            self.seconds = seconds
            self.limitSeconds = limitSeconds
        }
    }

    /// How much work stands where.
    package struct Queues: Hashable, Codable, Sendable {
        package var groupsWaiting = 0
        package var groupsInFlight = 0
        /// Sampled, not all judged.
        package var groupsUnjudged = 0
        package var groupSlots = 0
        package var groupSlotsTaken = 0
        package var responsesWaiting = 0
        package var responsesInFlight = 0

        package init() {}
    }

    /// When this was written, in seconds since 1970.
    package var written: Double
    /// How long the controller had not looked after its work then; above a few seconds it hangs.
    package var controllerSeconds: Double
    /// The step under way or, once the run has ended, the last that was done; and the last of the configuration.
    package let step: Int
    package let steps: Int
    /// The newest version that workers can get.
    package let publishedVersion: Int
    /// nil while the controller itself computes.
    package let wait: Wait?
    package let ranks: [Rank]
    package let queues: Queues
    package let calls: [Call]
    /// Started, not heard of yet, by role.
    package let spawning: [String: Int]
    /// The warnings that last; nil in files that don't say.
    package var warnings: [RunWarning]?

    package init(
        written: Double, controllerSeconds: Double, step: Int, steps: Int, publishedVersion: Int, wait: Wait?, ranks: [Rank],
        queues: Queues,
        calls: [Call], spawning: [String: Int], warnings: [RunWarning]? = nil
    ) {
        self.warnings = warnings
        self.written = written
        self.controllerSeconds = controllerSeconds
        self.step = step
        self.steps = steps
        self.publishedVersion = publishedVersion
        self.wait = wait
        self.ranks = ranks
        self.queues = queues
        self.calls = calls
        self.spawning = spawning
    }

    package static let fileName = "status.json"

    /// Replaces `status.json`; readers see the old one or the new one.
    ///
    /// - Throws: ``TelemetryError``.
    package func write(toFolder folder: String) throws(TelemetryError) { try RunFile.write(self, folder, Self.fileName, isDurable: false) }

    /// Gives the file that stands there the present time: where a new one finds no room, whoever watches still sees that the run lives.
    package static func touch(inFolder folder: String) { utimensat(AT_FDCWD, folder + "/" + fileName, nil, 0) }

    /// Reads `status.json`; nil if there is none.
    ///
    /// - Throws: ``TelemetryError``.
    package static func load(fromFolder folder: String) throws(TelemetryError) -> RunStatus? {
        guard FileManager.default.fileExists(atPath: folder + "/" + fileName) else { return nil }
        return try RunFile.read(folder, fileName)
    }
}
