import Trajectories

extension JudgeDispatch {
    /// What is wrong with the queue, or nil: for tests, after every event.
    ///
    /// - Each request is in one place: it waits, follows, is in flight or is answered; what the index says is what the requests say.
    /// - No judge holds more than its bound.
    /// - Each question has one leader, which is unanswered and no follower; each follower follows one leader that asks what it would ask.
    /// - An unanswered request has something open and attempts left; an answer has a judgement for every annotation, those that were found.
    ///
    /// - Complexity: O(requests x annotations).
    package func invariantViolation() -> String? {
        var following: Set<TrajectoryID> = []
        var leading = 0
        for (id, entry) in entries {
            if let wrong = violation(of: entry, named: id) { return "\(id) \(wrong)" }
            if case .following = entry.state { following.insert(id) }
            guard let question = entry.leads else { continue }
            leading += 1
            guard leaders[question] == id else { return "\(id) leads a question that another leads" }
        }
        if let wrong = index.invariantViolation(entries) { return wrong }
        if let over = index.held.first(where: { $0.value.count > limits.inFlightPerWorker }) {
            return "judge \(over.key.rawValue) holds \(over.value.count) of at most \(limits.inFlightPerWorker)"
        }
        guard leaders.count == leading else { return "\(leaders.count) questions have leaders, \(leading) requests lead" }
        return violationOfFollowing(following) ?? statistics.invariantViolation(inFlightCount: inFlightCount)
    }

    private func violation(of entry: Entry, named id: TrajectoryID) -> String? {
        guard entry.request.trajectory == id else { return "holds the request of \(entry.request.trajectory)" }
        guard entry.found.count == entry.request.annotations.count else { return "has another number of verdicts than annotations" }
        if case .answered(let answer) = entry.state {
            guard entry.leads == nil else { return "leads though answered" }
            guard answer.count == entry.found.count else { return "is answered with \(answer.count) judgements" }
            guard zip(entry.found, answer).allSatisfy({ $0 == nil || $0 == $1 }) else { return "is answered with what wasn't found" }
            return nil
        }
        guard entry.sharesAnswers || entry.leads == nil else { return "leads though it shares nothing" }
        guard !entry.open.isEmpty else { return "is unanswered though nothing is open" }
        guard entry.unknownAnswerCount < limits.maximumAttempts else { return "is unanswered after \(entry.unknownAnswerCount) attempts" }
        return nil
    }

    private func violationOfFollowing(_ following: Set<TrajectoryID>) -> String? {
        var seen: Set<TrajectoryID> = []
        for (leader, ids) in followers {
            guard let question = entries[leader]?.leads, leaders[question] == leader else {
                return "\(leader) is followed, but leads nothing"
            }
            for id in ids where following.contains(id) {
                guard seen.insert(id).inserted else { return "\(id) follows twice" }
                guard let entry = entries[id], question.text == entry.request.text,
                    question.annotations == entry.open.map({ entry.request.annotations[$0] })
                else { return "\(id) follows \(leader), which asks something else" }
            }
        }
        return seen == following ? nil : "\(following.subtracting(seen)) follow nobody"
    }

    /// Everything that decides what the queue does from `now` on, as numbers: statistics are left out, times are relative.
    package func encode(at now: Duration, into words: inout [Int]) {
        func encode(_ id: TrajectoryID) { words += [id.group.step.rawValue, Int(id.group.purpose.rawValue), id.group.slot, id.member] }
        for (id, entry) in entries.sorted(by: { $0.key < $1.key }) {
            words.append(1)
            encode(id)
            words += [entry.unknownAnswerCount, entry.avoided?.rawValue ?? -1, entry.leads == nil ? 0 : 1]
            for judgement in entry.found { words.append(judgement.map { Int($0.verdict.rawValue) } ?? -1) }
            switch entry.state {
            case .waiting: words.append(0)
            case .following: words.append(1)
            case .inFlight(let worker, _, let deadline): words += [2, worker.rawValue, Int((max(deadline, now) - now) / .milliseconds(1))]
            case .answered(let judgements): for judgement in judgements { words.append(3 + Int(judgement.verdict.rawValue)) }
            }
        }
        for (leader, ids) in followers.sorted(by: { $0.key < $1.key }) {
            words.append(2)
            encode(leader)
            for id in ids { encode(id) }
        }
        words.append(3)
        for id in settled { encode(id) }
    }
}

extension JudgeStatistics {
    /// What doesn't add up, or nil.
    func invariantViolation(inFlightCount: Int) -> String? {
        guard issued >= expired + orphaned + inFlightCount else {
            return "\(issued) requests were handed out: \(expired) ran out, \(orphaned) orphaned, \(inFlightCount) in flight"
        }
        guard retries <= failures, duplicateMismatches <= duplicates else { return "a part is larger than its whole" }
        return nil
    }
}
