package import Trajectories

/// A data set without the problems that are known to be unusable. Places count those that stay; without losses they are the data set's own.
package struct UsableProblems: ProblemSource {
    /// The data set that the problems are of.
    package let source: any ProblemSource
    /// What is left out for its pictures; nil if nothing is.
    package let leftOut: PictureReport?
    /// The indices that stay; nil for all.
    private let kept: [Int]?

    /// All problems of a data set.
    package init(_ source: any ProblemSource) { self.init(source, leftOut: nil, kept: nil) }

    init(_ source: any ProblemSource, leftOut: PictureReport?, kept: [Int]?) {
        self.source = source
        self.leftOut = leftOut
        self.kept = kept
    }

    package var count: Int { kept?.count ?? source.count }
    package var oracle: (any TaskOracle)? { source.oracle }
    package func units(at place: Int) -> [Int] { source.units(at: index(at: place)) }
    package func openingTurn(of problem: Problem) -> String { source.openingTurn(of: problem) }
    package func reply(to turns: [Turn], of problem: Problem) -> String? { source.reply(to: turns, of: problem) }

    /// The index in ``source`` of the problem at a place.
    ///
    /// - Precondition: `place` is in `0 ..< count`.
    package func index(at place: Int) -> Int { kept?[place] ?? place }

    package func problem(at place: Int) throws -> Problem { try source.problem(at: index(at: place)) }

    /// Refuses a data set that has lost more than a share of its problems to bad pictures, or all.
    ///
    /// - Parameters:
    ///   - limit: The largest share, 0 ... 1.
    ///   - name: What sets it, for people.
    /// - Throws: ``DatasetError`` (`picture`), naming the problems and what to do.
    package func check(maximumBadShare limit: Double, setBy name: String = "data.max_bad_share") throws(DatasetError) {
        guard let leftOut, count == 0 || leftOut.share > limit else { return }
        throw DatasetError(
            .picture,
            "\(leftOut)\nThat is more than \(name) (\(limit)) allows: mend the pictures, remove the lines, or allow a larger share"
        )
    }
}
