/// Why a run can't start, go on, or be resumed: a sentence for people, with what to do.
package struct ClusterError: Error, CustomStringConvertible, Sendable {
    package let description: String
    /// Whether a part was lost that the run can't do without: it can go on from its last checkpoint once the part is back. False for what
    /// would end the same way again.
    package let isInterruption: Bool

    package init(_ description: String, isInterruption: Bool = false) {
        self.description = description
        self.isInterruption = isInterruption
    }
}
