import Synchronization

/// Numbers operations, so that any thread can name one before it starts.
enum OperationID {
    private static let last = Atomic<UInt64>(0)
    static func next() -> UInt64 { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
