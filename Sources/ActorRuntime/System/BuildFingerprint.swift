import Glibc

/// The identity of the running program: ranks of different builds name their methods differently and must not be mixed.
package enum BuildFingerprint {
    /// `Checksum64` of the bytes of the running executable, read in blocks of 1 MiB.
    ///
    /// - Parameter path: The file to hash; the running executable unless given.
    /// - Returns: The checksum.
    /// - Throws: `TransportError` with code `fingerprint` if the file cannot be read.
    package static func ofExecutable(path: String = "/proc/self/exe") throws(TransportError) -> UInt64 {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw TransportError(code: .fingerprint, message: "cannot open \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { block.deallocate() }
        var sum = Checksum64()
        while true {
            // Whole blocks only, whatever read() returns: the checksum depends on the cut otherwise.
            var filled = 0
            while filled < block.count {
                let count = read(descriptor, block.baseAddress! + filled, block.count - filled)
                if count < 0 && errno == EINTR { continue }
                guard count >= 0 else {
                    throw TransportError(code: .fingerprint, message: "cannot read \(path): \(String(cString: strerror(errno)))")
                }
                if count == 0 { break }
                filled += count
            }
            sum.update(UnsafeRawBufferPointer(rebasing: block[..<filled]))
            if filled < block.count { return sum.value }
        }
    }
}
