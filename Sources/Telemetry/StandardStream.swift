import Glibc

/// One of the process's two standard outputs. Nothing else in Percept writes to them (an architecture test sees to it), because most ways to do so
/// end the process when the words can't be written: a full device, a reader that has gone, a descriptor that the caller had closed.
package enum StandardStream: Sendable {
    case output
    case error

    package var descriptor: Int32 {
        switch self {
        case .output: STDOUT_FILENO
        case .error: STDERR_FILENO
        }
    }

    package var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Gives each standard descriptor that the caller has closed to the null device. Without it the next file that is opened takes its number, and
    /// messages would be written into it.
    ///
    /// - Precondition: Nothing has opened a file yet.
    package static func fillClosedDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
            // The lowest free number is the one that is missing, as the ones below it are taken.
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY)
        }
    }

    /// Writes all of `bytes`, in one call where the system takes them in one.
    ///
    /// - Returns: nil, or the system's number for why not all of it could be written.
    package func write(_ bytes: some Collection<UInt8>) -> Int32? {
        let bytes = Array(bytes)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done) }
            if count >= 0 {
                done += count
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                // Somebody has made a shared pipe or terminal non-blocking. A reader that takes nothing for so long has stopped reading.
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                guard poll(&waiting, 1, Self.patienceMilliseconds) > 0 else { return EAGAIN }
            case let number: return number
            }
        }
        return nil
    }

    private static let patienceMilliseconds: Int32 = 10_000
}
