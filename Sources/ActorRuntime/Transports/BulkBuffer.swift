import Glibc

/// Memory for the bulk lane, of fixed size: its own, aligned to 64 bytes and zero at first, or that of an object which it keeps alive.
///
/// Concurrency: the buffer is a plain block of memory. Whoever holds it must not touch it while a transfer that was given it is
/// under way (until `sendBulk` or `receiveBulk` has returned); after a *failed* transfer it must be dropped, since the transport
/// may still own it.
package final class BulkBuffer: @unchecked Sendable {
    /// Size in bytes.
    package let byteCount: Int
    /// First byte. Valid while the buffer lives; for transports.
    package let baseAddress: UnsafeMutableRawPointer

    /// Whose memory this is; nil if it is the buffer's own.
    private let owner: AnyObject?

    /// Memory of another object, which lives as long as the buffer does.
    package init(_ bytes: UnsafeMutableRawBufferPointer, owner: any AnyObject & Sendable) {
        precondition(bytes.baseAddress != nil, "memory without a place")
        byteCount = bytes.count
        baseAddress = bytes.baseAddress ?? UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 64)
        self.owner = owner
    }

    /// Allocates `byteCount` zero bytes.
    package init(byteCount: Int) {
        precondition(byteCount >= 0, "a buffer of \(byteCount) bytes")
        owner = nil
        self.byteCount = byteCount
        baseAddress = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1), alignment: 64)
        memset(baseAddress, 0, byteCount)
    }

    /// Allocates a copy of `bytes`.
    package convenience init(copying bytes: UnsafeRawBufferPointer) {
        self.init(byteCount: bytes.count)
        if let source = bytes.baseAddress { memcpy(baseAddress, source, bytes.count) }
    }

    /// Allocates a copy of an array's memory.
    package convenience init<Element: BitwiseCopyable>(copying elements: [Element]) {
        self.init(byteCount: elements.count * MemoryLayout<Element>.stride)
        elements.withUnsafeBytes { bytes in
            if let source = bytes.baseAddress { memcpy(baseAddress, source, bytes.count) }
        }
    }

    deinit { if owner == nil { baseAddress.deallocate() } }

    /// Calls `body` with the memory for reading and writing.
    package func withUnsafeMutableBytes<R, E: Error>(_ body: (UnsafeMutableRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try body(UnsafeMutableRawBufferPointer(start: baseAddress, count: byteCount))
    }

    /// Calls `body` with the memory for reading.
    package func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try body(UnsafeRawBufferPointer(start: baseAddress, count: byteCount))
    }

    /// `Checksum64` of the whole buffer, for a ticket.
    package var checksum: UInt64 { withUnsafeBytes { Checksum64.of($0) } }
}

/// Pairs a bulk send with its receive; unique for each transfer between two peers while it is under way. Below 2^30.
package struct BulkTag: RawRepresentable, Hashable, Codable, Sendable {
    /// The largest tag every MPI accepts here.
    package static let upperBound: UInt32 = 1 << 30
    /// The number, less than `upperBound`.
    package let rawValue: UInt32
    /// Creates a tag; numbers beyond the bound wrap.
    package init(rawValue: UInt32) { self.rawValue = rawValue % Self.upperBound }
    /// Creates a tag; numbers beyond the bound wrap.
    package init(_ value: UInt32) { self.init(rawValue: value) }
}

/// Announces a bulk transfer in a call: the receiver posts a receive of `byteCount` bytes for `tag` and verifies `checksum`.
package struct BulkTicket: Hashable, Codable, Sendable {
    /// Pairs the transfer's two ends.
    package let tag: BulkTag
    /// Size of the transfer in bytes.
    package let byteCount: Int
    /// `BulkBuffer.checksum` at the sender.
    package let checksum: UInt64

    /// Creates a ticket from its parts.
    package init(tag: BulkTag, byteCount: Int, checksum: UInt64) {
        self.tag = tag
        self.byteCount = byteCount
        self.checksum = checksum
    }

    /// Creates the ticket of one buffer.
    package init(tag: BulkTag, for buffer: BulkBuffer) {
        self.init(tag: tag, byteCount: buffer.byteCount, checksum: buffer.checksum)
    }
}
