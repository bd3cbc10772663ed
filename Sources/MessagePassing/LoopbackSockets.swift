import CMPI

/// Listening sockets of MPI's on the loopback interface alone.
///
/// Where all ranks are on one machine, nobody else has any business at their ports. Open MPI is told which interfaces to use, and listens on all the
/// same; a socket that is bound to the loopback device takes no packet from another.
package enum LoopbackSockets {
    /// Binds what a process of this user's listens at; what is bound already stays.
    ///
    /// - Returns: How many sockets were changed; nil where the system does not allow it (Linux before 5.7, or a container that forbids it).
    package static func keep(of process: Int32) -> Int? {
        let count = cmpi_keep_to_loopback(process)
        return count < 0 ? nil : Int(count)
    }
}
