import Foundation
import Glibc

/// Which files of a folder are opened, as the kernel tells.
enum OpenedFiles {
    struct Failure: Error {}

    /// - Parameter body: what opens them.
    static func names(in folder: String, during body: () throws -> Void) throws -> Set<String> {
        let descriptor = inotify_init1(Int32(O_NONBLOCK | O_CLOEXEC))
        guard descriptor >= 0 else { throw Failure() }
        defer { close(descriptor) }
        guard inotify_add_watch(descriptor, folder, UInt32(IN_OPEN)) >= 0 else { throw Failure() }
        try body()
        var names: Set<String> = []
        let size = 1 << 16
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress, size)
            guard count > 0 else { return names }
            // Watch, mask, cookie and the name's length of four bytes each; then the name, filled up with zeros.
            var place = 0
            while place + 16 <= count {
                let mask = buffer.load(fromByteOffset: place + 4, as: UInt32.self)
                let length = Int(buffer.load(fromByteOffset: place + 12, as: UInt32.self))
                let name = String(decoding: buffer[(place + 16)..<(place + 16 + length)].prefix { $0 != 0 }, as: UTF8.self)
                if mask & UInt32(0x4000_0000) == 0, !name.isEmpty { names.insert(name) }
                place += 16 + length
            }
        }
    }
}
