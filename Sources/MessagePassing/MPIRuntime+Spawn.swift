import CMPI
import Glibc

/// A program to start as further processes of the job.
package struct SpawnedProgram: Sendable {
    /// The executable's path on every host.
    package let path: String
    package let arguments: [String]
    /// The working folder.
    package let folder: String

    package init(path: String, arguments: [String], folder: String) {
        self.path = path
        self.arguments = arguments
        self.folder = folder
    }
}

/// Processes that join while the job runs (`MPI_Comm_spawn`). They share an intercommunicator with the spawning process only, so that no
/// collective ever holds them: whoever wants to reach them goes through that process.
extension MPIRuntime {
    /// Pairs the two messages in which both sides tell their doorbells.
    private static let doorbellTag = Tag(0)

    /// Starts processes, and returns once they have MPI and have told their doorbells.
    ///
    /// The call blocks the MPI thread while Open MPI starts them (0.3 s here; for ever if a host is dead, so probe it first): heartbeats
    /// are not answered meanwhile.
    ///
    /// - Parameters:
    ///   - program: What to start.
    ///   - count: How many processes.
    ///   - hosts: Where, such as `node3:2` (name and new slots); empty leaves it to Open MPI.
    ///   - deadline: Time limit for the doorbells.
    /// - Returns: The intercommunicator: rank i is the i-th new process.
    /// - Throws: `MPIError`.
    package func spawn(
        _ program: SpawnedProgram, count: Int, hosts: [String] = [], deadline: Duration
    ) async throws(MPIError) -> Communicator {
        let context = OperationContext(operation: "spawn of \(count) processes")
        guard (1...10_000).contains(count) else { throw context.error(.invalid("the number must be in 1 ... 10,000")) }
        let thread = thread
        let (code, handle) = await withCheckedContinuation { (continuation: CheckedContinuation<(Int32, CommunicatorHandle), Never>) in
            thread.perform { _ in
                var made = cmpi_comm()
                let code = Self.withArguments(program.arguments) { arguments in
                    cmpi_comm_spawn(
                        program.path, arguments, Int32(count), hosts.isEmpty ? nil : hosts.joined(separator: ","), program.folder, &made)
                }
                continuation.resume(returning: (code, CommunicatorHandle(raw: made)))
            }
        }
        guard code == 0 else { throw context.error(.mpi(code: code, text: errorText(code))) }
        return try await meet(handle, size: count, rank: 0, deadline: deadline)
    }

    /// The intercommunicator to the process that spawned this one (rank 0 of it); nil in processes that mpirun started.
    ///
    /// - Parameter deadline: Time limit for the other side's doorbell.
    /// - Throws: `MPIError`.
    package func parent(deadline: Duration) async throws(MPIError) -> Communicator? {
        let thread = thread
        let handle = await withCheckedContinuation { (continuation: CheckedContinuation<CommunicatorHandle, Never>) in
            thread.perform { _ in continuation.resume(returning: CommunicatorHandle(raw: cmpi_comm_parent())) }
        }
        guard handle.raw.raw != nil else { return nil }
        return try await meet(handle, size: 1, rank: world.rank, deadline: deadline)
    }

    /// Exchanges doorbells with the other side of an intercommunicator.
    private func meet(_ handle: CommunicatorHandle, size: Int, rank: Int, deadline: Duration) async throws(MPIError) -> Communicator {
        typealias Doorbell = MPIThread.Doorbell
        let chunkByteCount = world.chunkByteCount
        let quiet = Communicator(
            thread: thread, handle: handle, rank: rank, size: size, doorbellSlots: Array(repeating: -1, count: size),
            chunkByteCount: chunkByteCount)
        let end = ContinuousClock.now + deadline
        let own = MemoryRegion.allocate(byteCount: MemoryLayout<Doorbell>.stride)
        own.baseAddress.storeBytes(of: thread.ownDoorbell, as: Doorbell.self)
        for peer in 0..<size { try await quiet.send(own, to: peer, tag: Self.doorbellTag, deadline: end - .now) }
        var doorbells: [Doorbell] = []
        for peer in 0..<size {
            let theirs = MemoryRegion.allocate(byteCount: MemoryLayout<Doorbell>.stride)
            try await quiet.receive(into: theirs, from: peer, tag: Self.doorbellTag, deadline: end - .now)
            doorbells.append(theirs.baseAddress.load(as: Doorbell.self))
        }
        let found = doorbells
        let thread = thread
        let slots = await withCheckedContinuation { (continuation: CheckedContinuation<[Int], Never>) in
            thread.perform { _ in continuation.resume(returning: thread.addDoorbells(found)) }
        }
        return Communicator(
            thread: thread, handle: handle, rank: rank, size: size, doorbellSlots: slots, chunkByteCount: chunkByteCount)
    }

    /// Runs `body` with a null-terminated array of C strings.
    private static func withArguments(_ arguments: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32) -> Int32
    {
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.map(body) ?? 1 }
    }
}
