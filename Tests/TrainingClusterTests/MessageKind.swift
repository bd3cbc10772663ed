import ActorRuntime
import Synchronization
import TrainingCluster

/// One kind of message between the ranks of a run, by what it is for.
enum MessageKind: Hashable, Sendable, CustomStringConvertible {
    /// Calls of a distributed method, by the role of the rank that makes them.
    case call(String, from: Role)
    /// Answers to such calls.
    case reply(String, from: Role)
    case fingerprint
    case ping(from: Role)
    /// Weights for rollout workers.
    case publishedWeights
    /// Transfers among learner ranks.
    case exchange(ShardExchange.Purpose)

    var description: String {
        switch self {
        case .call(let method, let role): "\(method) by \(role.rawValue)"
        case .reply(let method, let role): "answer to \(method) by \(role.rawValue)"
        case .fingerprint: "fingerprint"
        case .ping(let role): "ping by \(role.rawValue)"
        case .publishedWeights: "published weights"
        case .exchange(let purpose): "exchange of \(purpose)"
        }
    }
}

/// Loses messages of one kind, and knows which is of which.
final class MessageFilter: Sendable {
    /// Which messages of the kind are lost.
    enum Loss: String, CaseIterable, Sendable {
        case once = "the second"
        case forOnePeer = "all to or from one rank"
        case forEver = "all from the second on"
    }

    private struct State {
        /// Which calls are under way, by caller's number: numbers are unique in a process.
        var calls: [CallID: (method: String, role: Role)] = [:]
        var seen: [MessageKind: Int] = [:]
        var victim: PeerAddress?
        var lostCount = 0
    }

    private let kind: MessageKind?
    private let loss: Loss
    private let state = Mutex(State())

    /// - Parameter kind: What is lost; nil loses nothing and only counts.
    init(_ kind: MessageKind?, _ loss: Loss) {
        self.kind = kind
        self.loss = loss
    }

    /// How many messages of each kind there were.
    var seen: [MessageKind: Int] { state.withLock { $0.seen } }
    /// How many were lost.
    var lostCount: Int { state.withLock { $0.lostCount } }

    func fate(of message: OutgoingMessage, from source: PeerAddress, role: Role) -> Fault {
        state.withLock { state in
            guard let found = Self.kind(of: message, role: role, &state) else { return .deliver }
            state.seen[found, default: 0] += 1
            guard found == kind else { return .deliver }
            let count = state.seen[found, default: 0]
            // Ranks that meet only once can't be spared the first time.
            let isEarly = count == 1 && !Self.happensOnce(found)
            switch loss {
            case .once:
                guard count == (Self.happensOnce(found) ? 1 : 2) else { return .deliver }
            case .forOnePeer:
                let worker = source.rank == 0 ? message.peer : source
                if state.victim == nil, !isEarly { state.victim = worker }
                guard state.victim == worker else { return .deliver }
            case .forEver:
                if isEarly { return .deliver }
            }
            state.lostCount += 1
            return .drop
        }
    }

    private static func happensOnce(_ kind: MessageKind) -> Bool {
        switch kind {
        case .call(let method, _), .reply(let method, _): ["ready", "stop", "saved", "save", "testify"].contains(method)
        case .fingerprint: true
        case .ping, .publishedWeights, .exchange: false
        }
    }

    private static func kind(of message: OutgoingMessage, role: Role, _ state: inout State) -> MessageKind? {
        switch message {
        case .ping: return .ping(from: role)
        case .bulk(_, _, let tag):
            guard tag.rawValue & 1 << 29 != 0 else { return .publishedWeights }
            return ShardExchange.Purpose(rawValue: tag.rawValue & 3).map { .exchange($0) }
        case .frame(let bytes, _):
            switch Frame(bytes) {
            case .call(let id, let request):
                let method = MethodName.of(request.target)
                state.calls[id] = (method, role)
                return .call(method, from: role)
            case .reply(let id, _), .failure(let id, _): return state.calls[id].map { .reply($0.method, from: $0.role) }
            case .fingerprint: return .fingerprint
            case .cancel, .refusal, nil: return nil
            }
        }
    }
}
