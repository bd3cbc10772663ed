import LinearAlgebra

/// How a model's parameters are kept in memory, and sent to those who sample with them.
package enum WeightStorage: String, Codable, Hashable, Sendable, CaseIterable {
    /// As they are; what gradients need.
    case float32
    /// Rounded to bfloat16, half the memory. Arithmetic stays in float32, so that the rounded values give the same bits as if they were
    /// kept in float32.
    case bfloat16

    /// Bytes of one parameter.
    package var byteCount: Int {
        switch self {
        case .float32: 4
        case .bfloat16: 2
        }
    }

    /// Writes `count` values to memory of `count * byteCount` bytes, rounded if need be.
    package func write(_ values: UnsafePointer<Float>, count: Int, to target: UnsafeMutableRawPointer) {
        switch self {
        case .float32: target.copyMemory(from: values, byteCount: count * 4)
        case .bfloat16: BFloat16.round(values, into: target.bindMemory(to: UInt16.self, capacity: count), count: count)
        }
    }

    /// Reads what ``write(_:count:to:)`` has written.
    package func read(_ source: UnsafeRawPointer, count: Int, into values: UnsafeMutablePointer<Float>) {
        switch self {
        case .float32: UnsafeMutableRawPointer(values).copyMemory(from: source, byteCount: count * 4)
        case .bfloat16: BFloat16.widen(source.bindMemory(to: UInt16.self, capacity: count), into: values, count: count)
        }
    }

    /// Replaces values by those that this storage can hold.
    package func round(_ values: UnsafeMutablePointer<Float>, count: Int) {
        if self == .bfloat16 { BFloat16.roundInPlace(values, count: count) }
    }
}
