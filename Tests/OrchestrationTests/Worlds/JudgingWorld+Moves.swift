import Orchestration
import Trajectories

extension JudgingWorld {
    /// How large the world is. Times are milliseconds.
    struct Size: Sendable {
        var workers = 2
        /// What is asked: text and annotations of each response. Equal ones are asked once.
        var questions: [(text: String, annotations: [String])] = [("x", ["a", "b"]), ("x", ["a", "b"])]
        /// Responses to one group: groups are forgotten as a whole.
        var groupSize = 1
        /// Responses that are judged again on purpose, by place.
        var repeats: Set<Int> = []
        /// Responses of which the first verdict is known before, by place.
        var known: Set<Int> = []
        var batch = 1
        var bound = 1
        var lease = 1
        var attempts = 2
        var forgets = true
    }

    /// What is broken on purpose, to see that the check notices.
    enum Defect: CaseIterable, Sendable {
        case lossIsForgotten, expiryIsForgotten, failureIsNoVerdict, settledAreLost, anotherAnswers
    }

    /// What an answer is like.
    enum Form: Int, CaseIterable, Sendable { case whole, unknown, malformed }

    /// A request at a judge, or its answer on the way.
    struct Parcel: Hashable, Comparable, Sendable {
        let worker: Int
        let place: Int
        let annotations: [Int]
        static func < (a: Self, b: Self) -> Bool {
            (a.worker, a.place) != (b.worker, b.place)
                ? (a.worker, a.place) < (b.worker, b.place) : a.annotations.lexicographicallyPrecedes(b.annotations)
        }
    }

    enum Move: Sendable, CustomStringConvertible {
        case enqueue(Int)
        case take(Int), renew(Int)
        case lose(Int, isSilenced: Bool)
        case comeBack(Int)
        case answer(Parcel, Form, staysUnderWay: Bool)
        case drop(Parcel)
        case tick, expire
        case forget(Int)

        var description: String {
            switch self {
            case .enqueue(let place): "response \(place) is queued"
            case .take(let worker): "judge \(worker) takes"
            case .renew(let worker): "judge \(worker) renews"
            case .lose(let worker, let isSilenced): "judge \(worker) is lost\(isSilenced ? " with all it had sent" : "")"
            case .comeBack(let worker): "judge \(worker) is back"
            case .answer(let parcel, let form, let stays):
                "judge \(parcel.worker) answers \(parcel.place) at \(parcel.annotations): \(form)\(stays ? ", and will again" : "")"
            case .drop(let parcel): "judge \(parcel.worker)'s answer to \(parcel.place) is lost"
            case .tick: "time passes"
            case .expire: "leases run out"
            case .forget(let group): "group \(group) is forgotten"
            }
        }
    }
}
