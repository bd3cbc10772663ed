/// One problem handed out by the sampler.
package struct ProblemDraw: Codable, Hashable, Sendable {
    /// Index into the data set.
    package let problemIndex: Int
    /// How often the problem had been handed out before: the epoch, counted from 0.
    package let visit: Int

    /// A draw made in code.
    package init(problemIndex: Int, visit: Int) {
        self.problemIndex = problemIndex
        self.visit = visit
    }
}
