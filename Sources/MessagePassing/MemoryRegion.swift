/// A block of memory and the object that keeps it alive.
///
/// Concurrency: whoever passes a region to an operation must not touch the memory until the operation has ended. The owner is
/// retained until MPI lets go of the memory, even if the wait for the operation was given up.
package struct MemoryRegion: @unchecked Sendable {
    /// First byte.
    package let baseAddress: UnsafeMutableRawPointer
    /// Size in bytes.
    package let byteCount: Int
    /// Frees the memory when it goes.
    package let owner: any AnyObject & Sendable

    /// Describes memory that lives as long as `owner`.
    package init(baseAddress: UnsafeMutableRawPointer, byteCount: Int, owner: any AnyObject & Sendable) {
        self.baseAddress = baseAddress
        self.byteCount = byteCount
        self.owner = owner
    }

    /// Allocates a block, aligned to 64 bytes, contents undefined.
    package static func allocate(byteCount: Int) -> MemoryRegion {
        let base = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1), alignment: 64)
        return MemoryRegion(baseAddress: base, byteCount: byteCount, owner: Allocation(base))
    }

    /// Allocates a copy of some bytes behind a one-byte prefix.
    package static func copy(prefix: UInt8, _ bytes: [UInt8]) -> MemoryRegion {
        let region = allocate(byteCount: bytes.count + 1)
        region.bytes[0] = prefix
        bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: region.bytes[1...]).copyMemory(from: $0) }
        return region
    }

    /// The memory. Valid while the owner lives.
    package var bytes: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: baseAddress, count: byteCount) }
}

/// Frees a block when it goes.
private final class Allocation: @unchecked Sendable {
    private let base: UnsafeMutableRawPointer
    init(_ base: UnsafeMutableRawPointer) { self.base = base }
    deinit { base.deallocate() }
}
