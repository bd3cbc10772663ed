import CMPI

/// A communicator of the C shim. Used on the MPI thread only.
struct CommunicatorHandle: @unchecked Sendable {
    var raw: cmpi_comm
}

/// A number that pairs sends with receives. 0 ..< 32,768 is safe everywhere, Open MPI takes all non-negative ones.
package struct Tag: RawRepresentable, Hashable, Sendable {
    /// MPI's number.
    package let rawValue: Int32
    /// Creates a tag.
    package init(rawValue: Int32) { self.rawValue = rawValue }
    /// Creates a tag.
    package init(_ value: Int32) { rawValue = value }
}

/// What is known of a message before it is received.
package struct Envelope: Hashable, Sendable {
    /// Rank of the sender.
    package let source: Int
    /// The message's tag.
    package let tag: Tag
    /// Its size (of its first chunk, if it is sent in several).
    package let byteCount: Int
}

/// Element types of reductions.
package enum ReductionData: Sendable {
    case float32, float64, uint64
    var code: Int32 {
        switch self {
        case .float32: Int32(CMPI_DATA_FLOAT32)
        case .float64: Int32(CMPI_DATA_FLOAT64)
        case .uint64: Int32(CMPI_DATA_UINT64)
        }
    }
    var byteCount: Int { self == .float32 ? 4 : 8 }
}

/// Operators of reductions. Sums of floats are in MPI's order, which differs with the number of ranks.
package enum ReductionOperator: Sendable {
    case sum, minimum, maximum
    var code: Int32 {
        switch self {
        case .sum: Int32(CMPI_OP_SUM)
        case .minimum: Int32(CMPI_OP_MIN)
        case .maximum: Int32(CMPI_OP_MAX)
        }
    }
}
