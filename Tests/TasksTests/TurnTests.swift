import Tasks
import Testing
import Trajectories

/// What tasks of one turn say by default, and what passes through a data set that is cut down to its usable problems.
@Suite("turns of a task")
struct TurnTests {
    private struct Echo: ProblemSource {
        let count = 2
        func problem(at index: Int) throws -> Problem {
            Problem(id: ProblemID("p\(index)"), images: [], question: "q\(index)", answer: "a", annotations: [])
        }
        func openingTurn(of problem: Problem) -> String { "Hear \(problem.question)" }
        func reply(to turns: [Turn], of problem: Problem) -> String? { turns.last.map { "\($0.text) of \(problem.id.rawValue)" } }
    }

    @Test("a task says its question and nothing more, unless it says otherwise")
    func defaults() throws {
        let task = try DigitsTask(split: .test, problems: 3, seed: 5)
        let problem = try task.problem(at: 1)
        #expect(task.openingTurn(of: problem) == problem.question && task.reply(to: [Turn(text: "x")], of: problem) == nil)
    }

    @Test("the usable problems of a task open and reply as the task does")
    func usable() throws {
        let usable = UsableProblems(Echo())
        let problem = try usable.problem(at: 1)
        #expect(usable.openingTurn(of: problem) == "Hear q1" && usable.reply(to: [Turn(text: "x")], of: problem) == "x of p1")
    }

    @Test("a trajectory tells its prompt, its sampled tokens, its replies and what the policy wrote")
    func trajectory() {
        let spans: [TokenSpan] = [
            .given([1, 2]), .sampled([3, 4], logProbs: [-1, -2]), .given([5, 6, 7]), .sampled([8], logProbs: [-3]),
        ]
        let trajectory = Trajectory(
            id: TrajectoryID(group: GroupID(step: StepIndex(1), slot: 0), member: 0), problem: ProblemID("p"), problemIndex: 0, visit: 0,
            version: PolicyVersion(0), spans: spans, entropy: 0, finishReason: .stop,
            turns: [Turn(text: "one", reply: "said"), Turn(text: "two")], rewards: RewardVector())
        #expect(trajectory.promptTokens == [1, 2] && trajectory.tokens == [3, 4, 8] && trajectory.logProbs == [-1, -2, -3])
        #expect(trajectory.response == Array(spans[1...]) && trajectory.text == "one\ntwo")
        #expect(trajectory.turnTokens.map(\.count) == [2, 1] && trajectory.turnTokens.map(\.reply) == [[5, 6, 7], []])
    }
}
