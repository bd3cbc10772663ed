import Digests
import Trajectories

/// Names a verdict by what it is a function of: the first 16 bytes of a SHA-256 over the judge's identity (which names weights and protocol
/// version), the annotation and the response.
///
/// A verdict that stayed unknown is no function of these; its key holds the trajectory in the judge's place.
struct VerdictKey: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    init(judge: String, annotation: String, response: ResponseDigest) {
        var sha = SHA256()
        sha.update("verdict")
        sha.update(judge)
        self.init(&sha, annotation, response)
    }

    init(unknownOf trajectory: TrajectoryID, annotation: String, response: ResponseDigest) {
        var sha = SHA256()
        sha.update("unknown")
        sha.update(trajectory.group.purpose.rawValue)
        sha.update(Int64(trajectory.group.step.rawValue))
        sha.update(Int64(trajectory.group.slot))
        sha.update(Int64(trajectory.member))
        self.init(&sha, annotation, response)
    }

    private init(_ sha: inout SHA256, _ annotation: String, _ response: ResponseDigest) {
        sha.update(annotation)
        sha.update(response.bytes)
        let digest = sha.finalize()
        high = digest[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = digest[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// SHA-256 of a response, so that its annotations don't hash it again.
struct ResponseDigest: Sendable {
    let bytes: [UInt8]

    init(_ response: String) {
        var sha = SHA256()
        sha.update(response)
        bytes = sha.finalize()
    }
}
