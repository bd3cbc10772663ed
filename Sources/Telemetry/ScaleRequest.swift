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

    /// Nobody adds or takes away more ranks at once.
    package static let largestChange = 10_000

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

/// `RUN/control`: requests and their answers.
///
/// A request starts processes in the name of the run's owner, so it must be the owner's (or root's) own: a regular file that nobody else can have
/// written, whoever else may write the folder.
package struct ScaleMailbox: Sendable {
    private let folder: String
    private static let requestSuffix = ".request.json"
    private static let answerSuffix = ".answer.json"
    /// Larger files are no requests.
    private static let maximumByteCount = 64 << 10
    /// Taken at one look; others wait for the next.
    private static let maximumCount = 16
    /// Files that were answered and can't be removed: a folder, or in a folder that lets nobody remove files. They are passed over while they
    /// stay.
    private var remaining: Set<String> = []

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

    /// Takes the requests that are there, in order of their names, each once; what is none, or not the owner's, is answered as refused and comes
    /// with the reason. So is what can't be removed: the next controller of the run would obey it again.
    package mutating func take() -> [(name: String, request: ScaleRequest?, reason: String?)] {
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return [] }
        remaining.formIntersection(files)
        let requests = files.filter { $0.hasSuffix(Self.requestSuffix) && !remaining.contains($0) }
        return requests.sorted().prefix(Self.maximumCount).map { file in
            let name = String(file.dropLast(Self.requestSuffix.count))
            var result = Self.read(folder + "/" + file)
            if unlink(folder + "/" + file) != 0, errno != ENOENT {
                let reason = FileFailure.systemWords(errno)
                remaining.insert(file)
                if case .success = result { result = .failure(Refusal(reason: "the request can't be removed: \(reason)")) }
            }
            switch result {
            case .success(let request): return (name, request, nil)
            case .failure(let refusal):
                reply(to: name, ScaleAnswer(state: .refused, message: refusal.reason))
                return (name, nil, refusal.reason)
            }
        }
    }

    private struct Refusal: Error { let reason: String }

    /// A request, from the very file that was looked at.
    private static func read(_ path: String) -> Result<ScaleRequest, Refusal> {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard descriptor >= 0 else { return .failure(Refusal(reason: "the request can't be read")) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else {
            return .failure(Refusal(reason: "the request is no file of its own"))
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            return .failure(
                Refusal(reason: "the request is not the run's owner's (user \(geteuid())), but was written by user \(status.st_uid)"))
        }
        guard status.st_mode & 0o022 == 0 else {
            return .failure(Refusal(reason: "others than the run's owner may have written the request: its mode lets them"))
        }
        var bytes = [UInt8](repeating: 0, count: maximumByteCount + 1)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0, count <= maximumByteCount,
            let request = try? JSONDecoder().decode(ScaleRequest.self, from: Data(bytes[..<count]))
        else { return .failure(Refusal(reason: "the request can't be read")) }
        return .success(request)
    }

    /// Writes an answer, in place of an earlier one. An answer that can't be written is lost: the asker's wait has a limit.
    package func reply(to name: String, _ answer: ScaleAnswer) { try? RunFile.write(answer, folder, name + Self.answerSuffix) }

    /// Removes what an earlier attempt left.
    package func removeAll() { try? FileManager.default.removeItem(atPath: folder) }
}
