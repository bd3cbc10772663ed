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
}

extension ProblemSource {
    package var losses: String? { nil }
    package var oracle: (any TaskOracle)? { nil }
    package func units(at index: Int) -> [Int] { [] }
    package func annotations(at index: Int) throws -> [String] { try problem(at: index).annotations }
}
