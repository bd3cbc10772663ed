/// Why a run can't start, go on, or be resumed: a sentence for people, with what to do.
package struct ClusterError: Error, CustomStringConvertible, Sendable {
    package let description: String

    package init(_ description: String) { self.description = description }
}
