import Trajectories

extension Membership {
    /// What is wrong with the membership, or nil: for tests, after every event.
    ///
    /// Only a live worker may be given work, and it counts; who is lost, sent away or gone doesn't count; the next number is a new one.
    package func invariantViolation() -> String? {
        for (worker, member) in members {
            let state = member.state
            guard mayServe(worker) == (state == .live) else { return "worker \(worker.rawValue) may work, being \(state)" }
            guard !mayServe(worker) || (counts(worker) && member.hearing == .heard && member.service == .serving && !member.isStuck) else {
                return "worker \(worker.rawValue) may work, and doesn't count"
            }
            guard !counts(worker) || ![.lost, .leaving, .left].contains(state) else {
                return "worker \(worker.rawValue) counts, being \(state)"
            }
            guard (member.service == .left) == (state == .left) else { return "worker \(worker.rawValue) has left, and is called \(state)" }
            guard worker.rawValue < nextNumber else { return "number \(worker.rawValue) would be given twice" }
        }
        return nil
    }

    /// Everything that decides what the membership does from now on, as numbers.
    package func encode(into words: inout [Int]) {
        for (worker, member) in members.sorted(by: { $0.key < $1.key }) {
            words += [worker.rawValue, member.service.number, member.hearing.number, member.isStuck ? 1 : 0]
        }
        words.append(nextNumber)
    }
}

extension Membership.Service {
    fileprivate var number: Int {
        switch self {
        case .joining: 0
        case .serving: 1
        case .leaving: 2
        case .left: 3
        }
    }
}

extension Membership.Hearing {
    fileprivate var number: Int {
        switch self {
        case .heard: 0
        case .suspect: 1
        case .lost: 2
        }
    }
}
