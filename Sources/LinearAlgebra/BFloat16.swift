internal import CKernels
import Glibc

/// Conversion between float32 and bfloat16, its upper half: 8 bits of exponent, 7 of fraction.
package enum BFloat16 {
    /// target = source, exactly.
    package static func widen(_ source: UnsafePointer<UInt16>, into target: UnsafeMutablePointer<Float>, count: Int) {
        ck_widen(Int64(count), source, target)
    }

    /// target = source rounded to the closest bfloat16, to the even one of two equally close. What is beyond the largest becomes infinite.
    package static func round(_ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<UInt16>, count: Int) {
        ck_narrow(Int64(count), source, target)
    }

    /// Replaces float32 values by the closest bfloat16 ones.
    package static func roundInPlace(_ values: UnsafeMutablePointer<Float>, count: Int) {
        let chunk = 4096
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: chunk) { scratch in
            guard let rounded = scratch.baseAddress else { return }
            for start in Swift.stride(from: 0, to: count, by: chunk) {
                let part = min(chunk, count - start)
                round(values + start, into: rounded, count: part)
                widen(rounded, into: values + start, count: part)
            }
        }
    }
}

/// Owned bfloat16 memory, aligned to 64 bytes, of undefined content at first.
///
/// - Isolation: as ``FloatBuffer``.
package final class BFloat16Buffer: @unchecked Sendable {
    package let count: Int
    package let base: UnsafeMutablePointer<UInt16>

    package init(uninitializedCount count: Int) {
        precondition(count >= 0 && count < Int.max / 8, "a buffer of \(count) values")
        var memory: UnsafeMutableRawPointer?
        let byteCount = max(64, (count * 2 + 63) / 64 * 64)
        guard posix_memalign(&memory, 64, byteCount) == 0, let memory else {
            preconditionFailure("out of memory: \(byteCount) bytes")
        }
        self.count = count
        base = memory.bindMemory(to: UInt16.self, capacity: byteCount / 2)
    }

    deinit { free(base) }
}

/// A view of contiguous bfloat16 rows that somebody else owns.
package struct BFloat16Matrix: @unchecked Sendable {
    package let base: UnsafeMutablePointer<UInt16>
    package let rows: Int
    package let columns: Int

    package init(_ base: UnsafeMutablePointer<UInt16>, rows: Int, columns: Int) {
        self.base = base
        self.rows = rows
        self.columns = columns
    }

    /// The first value of a row.
    package func row(_ index: Int) -> UnsafeMutablePointer<UInt16> { base + index * columns }
}
