package import Trajectories

/// A finite, ordered data set whose problems are made or read on demand, the same bytes each time.
package protocol ProblemSource: Sendable {
    /// How many problems there are.
    var count: Int { get }
    /// The problem at `index` in `0 ..< count`. Throws if its files can't be read.
    func problem(at index: Int) throws -> Problem
    /// The annotations of the problem at `index`, without its images where they can be had without.
    func annotations(at index: Int) throws -> [String]
    /// What of its files can't be used and is left out, in one bounded line for people; nil if nothing is.
    var losses: String? { get }
    /// Who knows the truth about its annotations; nil if nobody does.
    var oracle: (any TaskOracle)? { get }
    /// Ids of what the problem at `index` shows that others show too, such as one handwritten digit: what a bootstrap resamples. Empty where nothing
    /// is shared.
    func units(at index: Int) -> [Int]
    /// What opens the conversation: it takes the place of `{question}` in `data.prompt_template`. The question itself, unless a task says otherwise.
    func openingTurn(of problem: Problem) -> String
    /// What the environment says to a turn that the policy has ended; nil ends the trajectory. Most tasks have one turn, and nothing to say.
    ///
    /// A pure function of the problem and of what was written so far: a trajectory is computed again wherever its rank is lost. At most `rollout.max_turns`
    /// turns are sampled.
    ///
    /// - Parameter turns: all turns so far; the last one waits for its reply.
    func reply(to turns: [Turn], of problem: Problem) -> String?
}

extension ProblemSource {
    package var losses: String? { nil }
    package var oracle: (any TaskOracle)? { nil }
    package func units(at index: Int) -> [Int] { [] }
    package func annotations(at index: Int) throws -> [String] { try problem(at: index).annotations }
    package func openingTurn(of problem: Problem) -> String { problem.question }
    package func reply(to turns: [Turn], of problem: Problem) -> String? { nil }
}
