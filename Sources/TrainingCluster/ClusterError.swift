/// Why a run can't start, go on, or be resumed: a sentence for people, with what to do.
package struct ClusterError: Error, CustomStringConvertible, Sendable {
    /// How a run ends by it.
    package enum Ending: Hashable, Sendable {
        /// At once, as failed: it would end the same way again.
        case failure
        /// As failed, but the last whole step is saved first: what was learned until then is worth keeping.
        case givenUp
        /// As interrupted: a part was lost that the run can't do without, and it can go on from its last checkpoint once the part is back.
        case interruption
    }

    package let description: String
    package let ending: Ending

    package init(_ description: String, ending: Ending) {
        self.description = description
        self.ending = ending
    }

    package init(_ description: String, isInterruption: Bool = false) {
        self.init(description, ending: isInterruption ? .interruption : .failure)
    }

    /// Whether the run can go on from its last checkpoint.
    package var isInterruption: Bool { ending == .interruption }
}
