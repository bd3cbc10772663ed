/// A judge can't be asked any more.
package struct JudgeLoss: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which judge, why, and what to do.
    package let description: String
    /// Whether waiting would not have helped: a key that is refused, a model that does not exist.
    package let isForGood: Bool

    package init(_ description: String, isForGood: Bool) {
        self.description = description
        self.isForGood = isForGood
    }
}
