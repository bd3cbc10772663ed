import Glibc

/// Owned float32 memory, aligned to 64 bytes.
///
/// - Isolation: not synchronised. Whoever holds a buffer decides who writes it and when; a buffer that several threads read must not be
///   written meanwhile.
package final class FloatBuffer: @unchecked Sendable {
    package let count: Int
    package let base: UnsafeMutablePointer<Float>

    /// Memory set to zero.
    package convenience init(count: Int) {
        self.init(uninitializedCount: count)
        clear()
    }

    /// Memory of undefined content.
    package init(uninitializedCount count: Int) {
        precondition(count >= 0 && count < Int.max / 8, "a buffer of \(count) floats")
        var memory: UnsafeMutableRawPointer?
        let byteCount = max(64, (count * 4 + 63) / 64 * 64)
        guard posix_memalign(&memory, 64, byteCount) == 0, let memory else {
            preconditionFailure("out of memory: \(byteCount) bytes")
        }
        self.count = count
        base = memory.bindMemory(to: Float.self, capacity: byteCount / 4)
    }

    deinit { free(base) }

    /// Sets every value to zero.
    package func clear() { memset(base, 0, count * 4) }

    /// Copies all values of `other`, which has the same count.
    package func copy(from other: FloatBuffer) {
        precondition(other.count == count, "copy of \(other.count) floats into \(count)")
        memcpy(base, other.base, count * 4)
    }

    /// The values as an array.
    package var values: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }
}
