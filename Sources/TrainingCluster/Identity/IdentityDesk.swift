package import ActorRuntime
package import Distributed

/// What a rank is to do about its inputs next.
package enum InputErrand: Hashable, Codable, Sendable {
    /// Read the weights of its place, for all ranks there, and tell.
    case read
    /// Ask again: these ranks are still waited for.
    case wait(String)
    /// All ranks compute from the same.
    case agreed
    /// They don't.
    case differ(String)
}

/// A rank's inputs as it shows them.
package struct ShownInputs: Codable, Sendable {
    let host: String
    let place: String
    /// Keys of the configuration, and files that are read at once.
    let claims: [InputClaim]
}

/// Compares what the ranks of an attempt compute from, before anything is computed or written: one rank with another temperature or a stale file would change
/// every digest, and nobody would see it.
///
/// ```
///  every rank:  present ─► wait … ─► agreed, or differ with the same words for all
///  one a place: present ─► read ─► testify ─► as above
/// ```
///
/// It lives on the first rank as long as the run: a rank that joins later is compared with those of the beginning. Both calls may be repeated.
package distributed actor IdentityDesk {
    package typealias ActorSystem = ClusterActorSystem

    /// Ranks that come together from one place share one reader.
    private struct Reader: Hashable {
        let communicator: UInt32
        let place: String
    }

    /// The ranks that the run begins with, the first of which all others are compared with.
    private let world: [PeerAddress]
    private let members: Set<PeerAddress>
    /// Those that have not shown anything.
    private var absent: Set<PeerAddress>
    private var hasComparedTexts = false
    /// What else the first rank's inputs must agree with: why they don't, or nil.
    private let review: @Sendable ([InputClaim]) -> IdentityDifference?
    /// Is told of ranks that join with other inputs.
    private let refused: @Sendable (PeerAddress, String) -> Void
    private var shown: [PeerAddress: ShownInputs] = [:]
    private var readers: [Reader: PeerAddress] = [:]
    private var weights: [Reader: [InputClaim]] = [:]
    /// Once all ranks of the beginning are compared.
    private var verdict: InputErrand?
    private var heard: Set<PeerAddress> = []

    /// - Parameters:
    ///   - world: the ranks that the run begins with, in order.
    ///   - review: looks at the first rank's inputs once all ranks agree, as a run that is continued does.
    ///   - refused: is told of ranks that join with other inputs.
    package init(
        actorSystem: ClusterActorSystem, world: [PeerAddress],
        review: @escaping @Sendable ([InputClaim]) -> IdentityDifference? = { _ in nil },
        refused: @escaping @Sendable (PeerAddress, String) -> Void = { _, _ in }
    ) {
        self.actorSystem = actorSystem
        self.world = world
        members = Set(world)
        absent = members
        self.review = review
        self.refused = refused
    }

    /// A rank shows its inputs, and asks what to do.
    package distributed func present(_ inputs: ShownInputs, from peer: PeerAddress) -> InputErrand {
        if shown[peer] == nil {
            shown[peer] = inputs
            absent.remove(peer)
        }
        if members.contains(peer) {
            if verdict == nil { verdict = compareWorld() }
            if let verdict {
                heard.insert(peer)
                return verdict
            }
        }
        let reader = Reader(communicator: peer.communicator, place: inputs.place)
        // What differs in keys and texts need not read any weights.
        if !members.contains(peer), verdict == .agreed, let text = difference(of: [peer], { shown[$0]?.claims ?? [] }) {
            refused(peer, text.replacing("\n  ", with: " "))
            return .differ(text)
        }
        if weights[reader] == nil {
            if readers[reader] == nil { readers[reader] = peer }
            guard let other = readers[reader], other != peer else { return .read }
            return .wait("\(other) to read the models' files")
        }
        return members.contains(peer) ? .wait(waitsFor) : compare(peer, reader)
    }

    /// What a rank has read of the weights of its place.
    package distributed func testify(_ claims: [InputClaim], from peer: PeerAddress) {
        guard let inputs = shown[peer] else { return }
        weights[Reader(communicator: peer.communicator, place: inputs.place)] = claims
    }

    /// The files of the first rank, once its weights are read.
    func files() -> [InputClaim] { all(world[0]).filter { claim in ClaimComparison.isFile(claim) } }

    /// By rank.
    func hosts() -> [String] { world.map { shown[$0]?.host ?? "?" } }

    /// Whether every rank of the beginning has heard the verdict.
    var isHeard: Bool { heard.count == world.count }

    // MARK: - Comparing

    private var waitsFor: String {
        let late = absent.isEmpty ? readers.filter { weights[$0.key] == nil }.map(\.value) : Array(absent)
        let more = late.count > 1 ? " and \(late.count - 1) more" : ""
        return (late.min()?.description ?? "nobody") + more
            + (absent.isEmpty ? " to read the models' files" : " to show what it computes from")
    }

    /// Everything that is known of a rank's inputs.
    private func all(_ peer: PeerAddress) -> [InputClaim] {
        guard let inputs = shown[peer] else { return [] }
        return inputs.claims + (weights[Reader(communicator: peer.communicator, place: inputs.place)] ?? [])
    }

    /// The verdict on the ranks of the beginning; nil while something is missing. Keys and texts that differ are said before weights are read.
    private func compareWorld() -> InputErrand? {
        guard absent.isEmpty else { return nil }
        if !hasComparedTexts {
            if let text = difference(of: world, { shown[$0]?.claims ?? [] }) { return .differ(text) }
            hasComparedTexts = true
        }
        let places = Set(world.map { Reader(communicator: $0.communicator, place: shown[$0]?.place ?? "") })
        guard places.allSatisfy({ weights[$0] != nil }) else { return nil }
        if let text = difference(of: world, { all($0) }) { return .differ(text) }
        return review(all(world[0])).map { .differ($0.description) } ?? .agreed
    }

    /// A rank that joins is compared with the first one.
    private func compare(_ peer: PeerAddress, _ reader: Reader) -> InputErrand {
        guard verdict == .agreed else { return .wait("the ranks of the beginning to agree") }
        guard let text = difference(of: [peer], { all($0) }) else { return .agreed }
        refused(peer, text.replacing("\n  ", with: " "))
        return .differ(text)
    }

    private func difference(of peers: [PeerAddress], _ claims: (PeerAddress) -> [InputClaim]) -> String? {
        let first = world[0]
        let reference = claims(first)
        // Ranks of a host that differ in the same way are named together.
        var ranks: [String: [PeerAddress]] = [:]
        var order: [String] = []
        for peer in peers where peer != first {
            for difference in ClaimComparison(claims(peer), reference).differences {
                let text =
                    "\(difference.name) is \(difference.words(difference.here)), but \(difference.words(difference.there)) on \(first) "
                    + "(\(shown[first]?.host ?? "?"))"
                let key = "\(shown[peer]?.host ?? "?"): \(text)"
                if ranks[key] == nil { order.append(key) }
                ranks[key, default: []].append(peer)
            }
        }
        guard !order.isEmpty else { return nil }
        let lines = order.map { key in "\((ranks[key] ?? []).map(\.description).joined(separator: ", ")) on \(key)" }
        return IdentityDifference(
            "the ranks would not compute the same", lines,
            remedy: "give all ranks the same configuration, model files and data"
        ).description
    }
}
