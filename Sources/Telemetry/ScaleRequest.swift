import Files
import Foundation
import Glibc

/// A wish to change the number of workers of a live run: a file in `RUN/control` that the controller takes.
package struct ScaleRequest: Hashable, Codable, Sendable {
    /// How many rollout and judge ranks are to come (positive) or go (negative).
    package let rollouts: Int
    package let judges: Int
    /// Where new ranks are to run, such as `node3` or `node3:2`; empty leaves it to the controller.
    package let hosts: [String]

    package init(rollouts: Int, judges: Int, hosts: [String]) {
        self.rollouts = rollouts
        self.judges = judges
        self.hosts = hosts
    }
}

/// What became of a ``ScaleRequest``.
package struct ScaleAnswer: Hashable, Codable, Sendable {
    package enum State: String, Hashable, Codable, Sendable {
        /// Under way.
        case accepted
        /// New ranks take work, dismissed ones have left.
        case done
        /// Not possible; the message says why.
        case refused
        /// It began but did not come to its end; the message says how far it came.
        case failed
    }

    package let state: State
    package let message: String

    package init(state: State, message: String) {
        self.state = state
        self.message = message
    }
}

/// `RUN/control`: requests and their answers. Whoever may write the run folder may scale the run.
package struct ScaleMailbox: Sendable {
    private let folder: String
    private static let requestSuffix = ".request.json"
    private static let answerSuffix = ".answer.json"
    /// Larger files are no requests.
    private static let maximumByteCount = 64 << 10

    /// - Parameter folder: The run folder.
    package init(runFolder folder: String) { self.folder = folder + "/control" }

    // MARK: - Who asks

    /// Leaves a request; returns the name under which the answer will stand.
    ///
    /// - Throws: ``TelemetryError``.
    package func post(_ request: ScaleRequest) throws(TelemetryError) -> String {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw .file(path: folder, operation: "create", reason: FileFailure.words(of: error))
        }
        let name = UUID().uuidString.lowercased()
        try RunFile.write(request, folder, name + Self.requestSuffix)
        return name
    }

    /// The answer so far, or nil.
    package func answer(to name: String) -> ScaleAnswer? { try? RunFile.read(folder, name + Self.answerSuffix) }

    /// Takes back a request that nobody took, and removes the answer.
    package func clear(_ name: String) {
        unlink("\(folder)/\(name)\(Self.requestSuffix)")
        unlink("\(folder)/\(name)\(Self.answerSuffix)")
    }

    // MARK: - Who answers

    /// Takes the requests that are there, in order of their names; what is none is answered as refused.
    package func take() -> [(name: String, request: ScaleRequest)] {
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return [] }
        var found: [(name: String, request: ScaleRequest)] = []
        for file in files.sorted() where file.hasSuffix(Self.requestSuffix) {
            let name = String(file.dropLast(Self.requestSuffix.count))
            let size = (try? FileManager.default.attributesOfItem(atPath: folder + "/" + file)[.size] as? Int) ?? 0
            let request: ScaleRequest? = size <= Self.maximumByteCount ? try? RunFile.read(folder, file) : nil
            unlink(folder + "/" + file)
            if let request {
                found.append((name, request))
            } else {
                reply(to: name, ScaleAnswer(state: .refused, message: "the request can't be read"))
            }
        }
        return found
    }

    /// Writes an answer, in place of an earlier one. An answer that can't be written is lost: the asker's wait has a limit.
    package func reply(to name: String, _ answer: ScaleAnswer) { try? RunFile.write(answer, folder, name + Self.answerSuffix) }

    /// Removes what an earlier attempt left.
    package func removeAll() { try? FileManager.default.removeItem(atPath: folder) }
}
