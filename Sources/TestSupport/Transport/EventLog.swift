import ActorRuntime
import Synchronization

/// Peer events in the order they came.
final class EventLog: Sendable {
    private let events = Mutex<[PeerEvent]>([])
    var all: [PeerEvent] { events.withLock { $0 } }
    func append(_ event: PeerEvent) { events.withLock { $0.append(event) } }
}
