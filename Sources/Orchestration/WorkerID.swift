/// A worker as the controller counts them: given at joining, never used again, so an answer of a lost worker is never taken for its successor's.
package struct WorkerID: RawRepresentable, Hashable, Comparable, Codable, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }
    package init(_ value: Int) { rawValue = value }
    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Why the controller refuses an event.
package struct OrchestrationError: Error, CustomStringConvertible, Hashable, Sendable {
    /// The closed set of causes.
    package enum Code: String, Hashable, Sendable {
        /// All slots are taken.
        case noFreeSlot
        /// The group is planned already, or was.
        case duplicateGroup
        /// A group's policy version isn't the one that its step demands.
        case wrongVersion
        /// The event names something that isn't there.
        case unknownIdentifier
        /// The event doesn't fit the state.
        case wrongState
    }

    package let code: Code
    /// What was wrong and where.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
