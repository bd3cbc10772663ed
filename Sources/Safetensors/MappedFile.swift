import Glibc

/// A file's bytes, mapped read-only for as long as the object lives.
///
/// The mapping is private: nobody writes through it. A file must not be shortened while it is mapped; checkpoints and models are
/// replaced by rename, never in place.
package final class MappedFile: @unchecked Sendable {
    // Immutable after init, and the memory is read-only, so sharing between threads is safe.
    package let bytes: UnsafeRawBufferPointer

    package init(path: String) throws(SafetensorsError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw SafetensorsError(.unreadable, path: path, "can't open: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SafetensorsError(.unreadable, path: path, "not a regular file")
        }
        let count = Int(status.st_size)
        guard count > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            throw SafetensorsError(.unreadable, path: path, "can't map \(count) bytes: \(String(cString: strerror(errno)))")
        }
        bytes = UnsafeRawBufferPointer(start: start, count: count)
    }

    /// Gives back the memory that reading these bytes took; they are read from the file again if they are wanted again.
    package func releasePages(_ range: Range<Int>) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let first = range.lowerBound / page * page
        guard let start = bytes.baseAddress, first < range.upperBound else { return }
        madvise(UnsafeMutableRawPointer(mutating: start + first), range.upperBound - first, MADV_DONTNEED)
    }

    deinit {
        if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
    }
}
