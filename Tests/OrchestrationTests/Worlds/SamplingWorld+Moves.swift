import Orchestration
import Trajectories

extension SamplingWorld {
    /// How large the world is. Times are milliseconds.
    struct Size: Sendable {
        var workers = 2
        var steps = 1
        var groupsPerStep = 2
        var groupSize = 2
        var lag = 0
        var lease = 1
        /// Groups that one worker may hold.
        var bound = 1
        /// Whether a message may differ from the first of its id: a bad core.
        var hasBadCores = false
        /// Whether workers are late now and then, and stand still when their leases run out.
        var areWatched = false
        /// Workers that may be sent away: those with the highest numbers.
        var dismissals = 0
        /// Workers that may join later.
        var recruits = 0
    }

    /// What is broken on purpose, to see that the check notices.
    enum Defect: CaseIterable, Sendable {
        case lossIsForgotten, silenceIsForgotten, expiryIsForgotten, slotIsNotFreed, publishesEarly, boundIsIgnored, plansAnotherVersion
        case judgesTwice
    }

    /// A trajectory on its way from a worker.
    struct Parcel: Hashable, Comparable, Sendable {
        let worker: Int
        let id: TrajectoryID
        static func < (a: Self, b: Self) -> Bool { a.worker != b.worker ? a.worker < b.worker : a.id < b.id }
    }

    enum Move: Sendable, CustomStringConvertible {
        case plan, publish, release, tick, expire
        case assign(Int)
        case renew(Int, GroupID)
        case deliver(Parcel, staysUnderWay: Bool, isBad: Bool)
        case drop(Parcel)
        case join(Int), suspect(Int), hear(Int), dismiss(Int), leave(Int)
        /// A worker that stands still is tried again, since there is no other.
        case tryAgain(Int)
        /// Whether all that it had sent and all that it was going to send is gone: another process, or one that has given up.
        case lose(Int, isSilenced: Bool)
        /// A call to it failed: whether it had arrived, nobody knows.
        case callFails(Int)
        case judge(TrajectoryID)

        var description: String {
            switch self {
            case .plan: "a step is planned"
            case .publish: "the trained version is published"
            case .release: "a step is trained"
            case .tick: "time passes"
            case .expire: "leases run out"
            case .assign(let worker): "assign to \(worker)"
            case .renew(let worker, let group): "\(worker) renews \(group)"
            case .deliver(let parcel, let stays, let isBad):
                "\(parcel.worker) delivers \(parcel.id)\(stays ? ", and will again" : "")\(isBad ? ", wrongly" : "")"
            case .drop(let parcel): "\(parcel.id) of \(parcel.worker) is lost on the way"
            case .lose(let worker, let isSilenced): "\(worker) is lost\(isSilenced ? " with all it had sent" : "")"
            case .join(let worker): "\(worker) is ready"
            case .suspect(let worker): "\(worker) is late"
            case .hear(let worker): "\(worker) is heard"
            case .dismiss(let worker): "\(worker) is to go"
            case .leave(let worker): "\(worker) has left"
            case .tryAgain(let worker): "\(worker) gets another chance"
            case .callFails(let worker): "a call to \(worker) fails"
            case .judge(let id): "\(id) is judged"
            }
        }
    }
}
