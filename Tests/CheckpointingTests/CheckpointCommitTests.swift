import Checkpointing
import Testing

@Suite("The commit of a checkpoint")
struct CheckpointCommitTests {
    private static let error = CheckpointError(.unwritable, path: "disk", "full")

    /// The work of a rank from begin to end where meetings are held with `reports` and only `failing` fails.
    private func path(rank: Int, of count: Int, failing: CheckpointCommit.Work? = nil, others: [CheckpointError?]? = nil) -> (
        [CheckpointCommit.Work], CheckpointCommit.Outcome?
    ) {
        var commit = CheckpointCommit(rank: rank, rankCount: count)
        var works: [CheckpointCommit.Work] = []
        while let work = commit.work {
            works.append(work)
            if work == .meet {
                var reports = others ?? .init(repeating: nil, count: count)
                reports[rank] = commit.report
                commit.met(reports)
            } else if work == failing {
                commit.failed(Self.error)
            } else {
                commit.succeeded()
            }
        }
        return (works, commit.outcome)
    }

    @Test("a save that nothing disturbs ends committed, on every number of ranks", arguments: 1...4)
    func undisturbed(count: Int) {
        let first = path(rank: 0, of: count)
        #expect(
            first.0 == [.claim, .open, .meet, .shard, .meet, .state, .manifest, .confirm, .displace, .publish, .settle, .tidy])
        #expect(first.1 == .committed)
        for rank in 1..<max(1, count) {
            let other = path(rank: rank, of: count)
            #expect(other.0 == [.meet, .shard, .meet] && other.1 == .handedOver)
        }
    }

    @Test("whatever fails before the commit fails the save, after the others have heard of it and the folder is discarded")
    func failures() {
        for work in [CheckpointCommit.Work.claim, .open, .shard, .state, .manifest, .confirm, .displace, .publish] {
            let (works, outcome) = path(rank: 0, of: 2, failing: work)
            #expect(works.last == .discard)
            guard case .failed(let error) = outcome else {
                Issue.record("\(work) fails and the save does not")
                continue
            }
            #expect(error.message.hasSuffix("full"))
            #expect(works.contains(.publish) == (work == .publish))
            #expect(works.contains(.restore) == [.displace, .publish].contains(work))
            if [.claim, .open, .shard].contains(work), let place = works.firstIndex(of: work) { #expect(works[place + 1] == .meet) }
        }
        // Behind the commit nothing takes it back.
        #expect(path(rank: 0, of: 2, failing: .tidy).1 == .committed)
        let unsettled = path(rank: 0, of: 2, failing: .settle)
        #expect(unsettled.0.last == .settle && unsettled.1 == .failed(Self.error))
        // Another rank's failure is named by its rank.
        let other = path(rank: 0, of: 3, others: [nil, nil, Self.error])
        #expect(other.0 == [.claim, .open, .meet, .discard])
        #expect(other.1 == .failed(CheckpointError(.unwritable, path: "disk", "learner 2: full")))
    }

    @Test("a meeting that can't be held fails the save on the ranks that missed it")
    func missedMeetings() {
        var first = CheckpointCommit(rank: 0, rankCount: 2)
        first.succeeded()
        first.succeeded()
        first.missed(Self.error)
        #expect(first.work == .discard)
        first.failed(CheckpointError(.unwritable, path: "disk", "can't remove"))
        #expect(first.outcome == .failed(Self.error), "the first reason is told")
        var second = CheckpointCommit(rank: 1, rankCount: 2)
        second.missed(Self.error)
        #expect(second.work == nil && second.outcome == .failed(Self.error))
    }

    @Test("300,000 steps of random schedules with deaths, cuts, takeovers and failing disks break no invariant")
    func exploration() {
        var reached: [String: Int] = [:]
        for seed in 0..<60 {
            var world = CommitWorld(seed: UInt64(seed))
            for step in 0..<5000 {
                world.act()
                world.check()
                guard world.faults.isEmpty else {
                    Issue.record("seed \(seed), step \(step): \(world.faults.joined(separator: "; "))")
                    return
                }
            }
            reached.merge(world.reached, uniquingKeysWith: +)
        }
        // The places that an exploration must have been to, or its silence means nothing.
        let places =
            [
                "takeover", "damage", "missed meeting", "displaced", "published", "committed", "failed", "failed after the commit",
                "restored",
                "published by an old job", "displaced by an old job", "nothing to publish", "lease lost at claim", "lease lost at confirm",
                "retention",
            ]
            + ["open", "shard", "state", "manifest", "confirm", "displace", "publish", "settle", "tidy"].flatMap {
                ["failed \($0)", "killed at \($0)"]
            }
        for place in places { #expect(reached[place, default: 0] > 0, "never: \(place)") }
        let figures = ["save", "committed", "failed", "takeover", "displaced"].map { "\(reached[$0, default: 0]) \($0)" }
        print("figures of the commit's exploration:", figures.joined(separator: ", "))
    }
}
