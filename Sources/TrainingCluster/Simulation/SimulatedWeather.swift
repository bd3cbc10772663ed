import ActorRuntime
import Synchronization

/// What goes wrong between the ranks of a simulated run: messages that are late, lost or damaged, links that are cut for a while.
final class SimulatedWeather: Sendable {
    private let chance: Chance
    private let cut = Mutex<Set<PeerAddress>>([])
    private let counts = Mutex<(frames: Int, late: Int, lost: Int, damaged: Int)>((0, 0, 0, 0))
    private let isStormy: Bool

    /// - Parameter isStormy: False lets everything through and only counts.
    init(isStormy: Bool, seed: UInt64) {
        self.isStormy = isStormy
        chance = Chance(seed: seed)
    }

    /// Frames that left a rank, and those that were late (and overtaken), lost and damaged.
    var totals: (frames: Int, late: Int, lost: Int, damaged: Int) { counts.withLock { $0 } }

    func setCut(_ peer: PeerAddress, _ isCut: Bool) {
        cut.withLock { if isCut { _ = $0.insert(peer) } else { $0.remove(peer) } }
    }

    func fate(of message: OutgoingMessage, from source: PeerAddress) -> Fault {
        guard case .frame(var bytes, let target) = message else {
            return isCut(source, message.peer) || (isStormy && chance.isDue(perMille: 1)) ? .drop : .deliver
        }
        counts.withLock { $0.frames += 1 }
        guard isStormy else { return .deliver }
        if isCut(source, target) { return .drop }
        switch chance.below(2000) {
        case 0:
            counts.withLock { $0.lost += 1 }
            return .drop
        case 1:
            counts.withLock { $0.damaged += 1 }
            bytes[chance.below(bytes.count)] ^= 0x10
            return .replace(bytes)
        case 2..<60:
            counts.withLock { $0.late += 1 }
            return .delay(chance.part(of: .milliseconds(30)))
        default: return .deliver
        }
    }

    private func isCut(_ source: PeerAddress, _ target: PeerAddress) -> Bool {
        isStormy && cut.withLock { $0.contains(source) || $0.contains(target) }
    }
}
