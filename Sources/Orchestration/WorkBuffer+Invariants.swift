import Trajectories

extension WorkBuffer {
    /// What is wrong with the buffer, or nil: for tests, after every event.
    ///
    /// - Groups in work take slots, at most ``slotCount``; no group is in work and gone at a time.
    /// - Every group has the version of its step, and none was handed out before that version was published.
    /// - A group waits or is in flight while members are missing, is sampled once all came back, and judged once all are judged; only
    ///   members that came back are judged.
    /// - What the index says is what the groups say.
    /// - Every hand-out is under way, ran out, was orphaned, or brought its group's last member home.
    ///
    /// - Complexity: O(groups x members).
    package func invariantViolation() -> String? {
        guard entries.count <= slotCount else { return "\(entries.count) groups in \(slotCount) slots" }
        var found = (accepted: 0, inFlight: 0, complete: 0)
        for (group, entry) in entries {
            if let wrong = violation(of: entry, named: group) { return "\(group) \(wrong)" }
            found.accepted += entry.hashes.count { $0 != nil }
            switch entry.phase {
            case .waiting: break
            case .inFlight: found.inFlight += 1
            case .sampled, .judged: found.complete += 1
            }
        }
        guard retired.count == retiredOrder.count, retired.count <= slotCount, retiredOrder.allSatisfy({ retired[$0] != nil }) else {
            return "\(retired.count) groups are remembered, \(retiredOrder.count) in order"
        }
        for (group, hashes) in retired {
            guard entries[group] == nil else { return "\(group) is in work and gone" }
            guard hashes.allSatisfy({ $0 != nil }) else { return "\(group) is gone, but not all of its members came back" }
            found.accepted += hashes.count
        }
        guard retired.count == min(slotCount, counters.released) else { return "\(retired.count) of \(counters.released) are remembered" }
        let isAllRemembered = counters.released == retired.count
        guard isAllRemembered ? counters.accepted == found.accepted : counters.accepted > found.accepted else {
            return "\(counters.accepted) members were accepted, \(found.accepted) are here"
        }
        let ended = counters.issued - counters.expired - counters.orphaned - found.inFlight
        guard (0...(found.complete + counters.released)).contains(ended) else {
            return "\(counters.issued) hand-outs: \(counters.expired) ran out, \(counters.orphaned) orphaned, \(found.inFlight) under way, "
                + "and \(ended) ended with one of \(found.complete + counters.released) groups"
        }
        if let wrong = index.invariantViolation(entries) { return wrong }
        guard counters.duplicateMismatches <= counters.duplicates else { return "more duplicates differ than there are" }
        return nil
    }

    private func violation(of entry: Entry, named group: GroupID) -> String? {
        guard entry.assignment.group == group else { return "holds the assignment of \(entry.assignment.group)" }
        guard entry.hashes.count == entry.assignment.memberCount, entry.isMemberJudged.count == entry.assignment.memberCount else {
            return "has \(entry.hashes.count) places for \(entry.assignment.memberCount) members"
        }
        if let staleness, entry.assignment.version != staleness.version(for: group.step) {
            return "has version \(entry.assignment.version.rawValue), which is not its step's"
        }
        guard entry.attempt == 0 || entry.assignment.version <= publishedVersion else {
            return "was handed out before its version was there"
        }
        guard zip(entry.hashes, entry.isMemberJudged).allSatisfy({ $0 != nil || !$1 }) else { return "is judged without being sampled" }
        let isSampled = entry.hashes.allSatisfy { $0 != nil }
        let isJudged = entry.isMemberJudged.allSatisfy(\.self)
        switch entry.phase {
        case .waiting: return isSampled ? "waits though nothing is missing" : nil
        case .inFlight:
            return isSampled ? "is in flight though nothing is missing" : entry.attempt == 0 ? "is in flight without a hand-out" : nil
        case .sampled: return isSampled && !isJudged ? nil : "is called sampled"
        case .judged: return isJudged ? nil : "is called judged"
        }
    }

    /// Everything that decides what the buffer does from `now` on, as numbers: counters are left out, times are relative.
    package func encode(at now: Duration, into words: inout [Int]) {
        words.append(publishedVersion.rawValue)
        for (group, entry) in entries.sorted(by: { $0.key < $1.key }) {
            words += [1, group.step.rawValue, Int(group.purpose.rawValue), group.slot, entry.attempt > 0 ? 1 : 0]
            switch entry.phase {
            case .waiting: words.append(0)
            case .inFlight(let worker, let deadline): words += [1, worker.rawValue, Int((max(deadline, now) - now) / .milliseconds(1))]
            case .sampled: words.append(2)
            case .judged: words.append(3)
            }
            for (hash, isJudged) in zip(entry.hashes, entry.isMemberJudged) {
                words.append(isJudged ? 1 : 0)
                Self.encode(hash, into: &words)
            }
        }
        for group in retiredOrder {
            words += [2, group.step.rawValue, Int(group.purpose.rawValue), group.slot]
            for hash in retired[group] ?? [] { Self.encode(hash, into: &words) }
        }
    }

    private static func encode(_ hash: [UInt8]?, into words: inout [Int]) {
        words.append(hash?.count ?? -1)
        for byte in hash ?? [] { words.append(Int(byte)) }
    }
}
