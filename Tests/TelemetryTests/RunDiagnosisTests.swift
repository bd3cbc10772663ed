import Telemetry
import Testing

@Suite("run diagnosis")
struct RunDiagnosisTests {
    private func rank(
        _ number: Int, _ role: String, _ state: String = "live", held: Int = 0, progress: Double? = nil, activity: String = "idle"
    ) -> RunStatus.Rank {
        RunStatus.Rank(
            number: number, role: role, host: "node\(number)", processID: 100 + number, state: state, stateSeconds: 60, activity: activity,
            held: held, progressSeconds: progress, versions: [])
    }

    private func culprit(
        _ ranks: [RunStatus.Rank], idle: Double = 20, controllerSeconds: Double = 0, age: Double = 1, calls: [RunStatus.Call] = []
    ) -> String? {
        RunDiagnosis.culprit(
            RunStatus(
                written: 0, controllerSeconds: controllerSeconds, step: 3, steps: 9, publishedVersion: 2,
                wait: RunStatus.Wait(what: "the groups of step 3", seconds: 30, idleSeconds: idle, limitSeconds: 600), ranks: ranks,
                queues: RunStatus.Queues(), calls: calls, spawning: [:]), age: age)
    }

    @Test("a run that moves has no culprit; one that does not is held up by who holds work longest")
    func slowest() {
        let ranks = [
            rank(0, "learner"), rank(1, "rollout", held: 2, progress: 12),
            rank(2, "judge", held: 3, progress: 19, activity: "judges 3 responses"),
        ]
        #expect(culprit(ranks, idle: 2) == nil)
        #expect(culprit(ranks) == "rank 2 (judge on node2, process 102) judges 3 responses without progress for 19 s")
    }

    @Test("the controller, a silent learner and an empty role come first")
    func gravest() throws {
        let ranks = [rank(0, "learner"), rank(1, "learner", "suspect"), rank(2, "rollout"), rank(3, "judge", "lost")]
        #expect(try #require(culprit(ranks, age: 40)).contains("rank 0 (learner on node0, process 100), has written nothing for 40 s"))
        #expect(try #require(culprit(ranks, controllerSeconds: 30)).contains("has not looked after its work for 30 s"))
        #expect(try #require(culprit(ranks, idle: 0)).contains("rank 1 (learner on node1, process 101) has been silent"))
        #expect(try #require(culprit([ranks[0], ranks[2], ranks[3]])) == "no judge rank can take work (rank 3 on node3: lost for 60 s)")
    }

    @Test("with nobody at work an unanswered call is named, and without one what is waited for")
    func calls() throws {
        let ranks = [rank(0, "learner"), rank(1, "rollout"), rank(2, "judge")]
        let call = RunStatus.Call(name: "rollout.install", peer: "rank 1", seconds: 14, limitSeconds: 30)
        #expect(culprit(ranks, calls: [call]) == "rank 1 has not answered rollout.install for 14 s (limit 30 s)")
        #expect(try #require(culprit(ranks)).contains("the groups of step 3"))
    }
}
