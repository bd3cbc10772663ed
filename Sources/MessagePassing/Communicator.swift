import CMPI

/// A group of ranks that exchange messages. Lives on the MPI thread; all waits suspend, none blocks.
///
/// Every wait has a deadline and ends early if its task is cancelled. A wait that is given up leaves its memory with MPI until MPI lets
/// go of it (a send to a dead peer: for ever).
package actor Communicator {
    let thread: MPIThread
    private let handle: CommunicatorHandle
    /// By rank: where the thread keeps the peer's doorbell.
    private let doorbellSlots: [Int]
    /// Larger messages travel in pieces of this size.
    package nonisolated let chunkByteCount: Int
    /// Index of this process in its own group.
    package nonisolated let rank: Int
    /// Number of processes that can be addressed: all of them or, between two jobs, those of the other job.
    package nonisolated let size: Int
    private var isBroken = false

    /// The MPI thread.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Runs tasks on the MPI thread, for chatty exchanges without hops (`withTaskExecutorPreference`). No heavy work may run there.
    package nonisolated var taskExecutor: any TaskExecutor { thread }

    init(thread: MPIThread, handle: CommunicatorHandle, rank: Int, size: Int, doorbellSlots: [Int], chunkByteCount: Int) {
        self.thread = thread
        self.handle = handle
        self.rank = rank
        self.size = size
        self.doorbellSlots = doorbellSlots
        self.chunkByteCount = chunkByteCount
    }

    // MARK: - Messages

    /// Sends a block; returns when the memory may be used again.
    ///
    /// - Parameters:
    ///   - region: What to send, any size.
    ///   - destination: Rank of the receiver.
    ///   - tag: Pairs the message with its receive.
    ///   - isSynchronous: Return only when the receiver has matched the message.
    ///   - deadline: Time limit.
    /// - Throws: `MPIError`.
    package func send(
        _ region: MemoryRegion, to destination: Int, tag: Tag, isSynchronous: Bool = false, deadline: Duration
    ) async throws(MPIError) {
        let context = OperationContext(operation: "send", peer: destination, tag: tag.rawValue, byteCount: region.byteCount)
        try check(destination, context)
        let chunks = Self.chunks(of: region.byteCount, size: chunkByteCount)
        let handle = handle
        _ = try await wait(context, deadline: deadline, region: region, ringing: [destination]) { requests in
            Self.startAll(chunks, &requests) { chunk, request in
                let start = isSynchronous ? cmpi_issend : cmpi_isend
                return start(
                    region.baseAddress + chunk.lowerBound, Int32(chunk.count), Int32(destination), tag.rawValue, handle.raw, &request)
            }
        }
    }

    /// Fills a block with a message of exactly its size.
    ///
    /// - Parameters:
    ///   - region: Where to put it.
    ///   - source: Rank of the sender.
    ///   - tag: Pairs the receive with its message; messages of one sender and tag come in order.
    ///   - deadline: Time limit.
    /// - Throws: `MPIError`, with reason `sizeMismatch` if the message has another size.
    package func receive(into region: MemoryRegion, from source: Int, tag: Tag, deadline: Duration) async throws(MPIError) {
        let context = OperationContext(operation: "receive", peer: source, tag: tag.rawValue, byteCount: region.byteCount)
        try check(source, context)
        let chunks = Self.chunks(of: region.byteCount, size: chunkByteCount)
        let id = OperationID.next()
        let (thread, handle) = (thread, handle)
        let result: Result<Void, MPIError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                self.thread.engine.receive(
                    id: id, context, deadline: .now + deadline, handle, source: Int32(source), tag: tag.rawValue, into: region,
                    chunks: chunks
                ) { [doorbellSlots] result in
                    if case .success = result { thread.heard(slot: doorbellSlots[source]) }
                    continuation.resume(returning: result.map { _ in })
                }
                // The sender sleeps longer and longer while nobody takes its message: tell it that somebody does.
                self.thread.ring(slot: self.doorbellSlots[source], always: false)
                if Task.isCancelled { self.thread.engine.abandon(id: id, reason: .cancelled) }
            }
        } onCancel: {
            thread.perform { $0.abandon(id: id, reason: .cancelled) }
        }
        try result.get()
    }

    /// Waits for a message without receiving it.
    ///
    /// - Parameters:
    ///   - source: Rank of the sender; any if `nil`.
    ///   - tag: Tag of the message; any if `nil`.
    ///   - deadline: Time limit.
    /// - Returns: What is known of the message.
    /// - Throws: `MPIError`.
    package func probe(from source: Int?, tag: Tag?, deadline: Duration) async throws(MPIError) -> Envelope {
        let context = OperationContext(operation: "probe", peer: source, tag: tag?.rawValue)
        if let source { try check(source, context) }
        let id = OperationID.next()
        let (thread, handle) = (thread, handle)
        let result: Result<Envelope, MPIError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // `self` must be captured: only then does the closure run on our executor.
                self.thread.engine.probe(
                    id: id, handle, source: source.map { Int32($0) } ?? Int32(CMPI_ANY), context, deadline: .now + deadline
                ) { continuation.resume(returning: $0) }
                if Task.isCancelled { self.thread.engine.abandon(id: id, reason: .cancelled) }
            }
        } onCancel: {
            thread.perform { $0.abandon(id: id, reason: .cancelled) }
        }
        return try result.get()
    }

    // MARK: - Without waiting

    /// Hands every message of a tag to `handler`, on the MPI thread, from now on. The bytes are valid during the call only.
    package func listen(tag: Tag, _ handler: @escaping @Sendable (Int, UnsafeRawBufferPointer) -> Void) {
        let (thread, doorbellSlots) = (thread, doorbellSlots)
        thread.engine.listen(handle, tag: tag.rawValue) { source, bytes in
            thread.heard(slot: doorbellSlots[source])
            handler(source, bytes)
        }
    }

    /// Queues a small message and returns at once; messages posted by one task stay in order. `completion` runs on the MPI thread.
    package nonisolated func post(
        _ region: MemoryRegion, to destination: Int, tag: Tag, completion: @escaping @Sendable (MPIError?) -> Void
    ) {
        let context = OperationContext(operation: "post", peer: destination, tag: tag.rawValue, byteCount: region.byteCount)
        guard (0..<size).contains(destination), region.byteCount <= Int(Int32.max) else {
            return completion(context.error(.invalid("no such rank or too large")))
        }
        let (thread, handle, doorbellSlot) = (thread, handle, doorbellSlots[destination])
        thread.perform { engine in
            engine.begin(
                id: OperationID.next(), context, deadline: nil, region: region,
                start: { requests in
                    var request = cmpi_request()
                    let code = cmpi_isend(
                        region.baseAddress, Int32(region.byteCount), Int32(destination), tag.rawValue, handle.raw, &request)
                    if code == 0 { requests.append(request) }
                    return code
                },
                handler: { result in
                    if case .failure(let error) = result { completion(error) } else { completion(nil) }
                })
            thread.ring(slot: doorbellSlot, always: false)
        }
    }

    // MARK: - Parts of all operations

    /// Starts an operation on the thread and waits for its end.
    private func wait(
        _ context: OperationContext, deadline: Duration, region: MemoryRegion?, ringing ranks: [Int],
        start: (inout [cmpi_request]) -> Int32
    ) async throws(MPIError) -> Int {
        let id = OperationID.next()
        let (thread, doorbellSlots) = (thread, doorbellSlots)
        let result: Result<Int, MPIError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // `self` must be captured: only then does the closure run on our executor.
                self.thread.engine.begin(
                    id: id, context, deadline: .now + deadline, region: region, start: start
                ) { result in continuation.resume(returning: result.map(\.byteCount)) }
                for rank in ranks { self.thread.ring(slot: doorbellSlots[rank], always: false) }
                if Task.isCancelled { self.thread.engine.abandon(id: id, reason: .cancelled) }
            }
        } onCancel: {
            thread.perform { $0.abandon(id: id, reason: .cancelled) }
        }
        return try result.get()
    }

    /// As `wait`, for collectives: a member that gives up leaves the communicator unusable.
    func collective(
        _ operation: String, byteCount: Int, deadline: Duration, region: MemoryRegion?,
        _ start: (CommunicatorHandle, inout cmpi_request) -> Int32
    ) async throws(MPIError) {
        let context = OperationContext(operation: operation, byteCount: byteCount)
        guard !isBroken else { throw context.error(.brokenCommunicator) }
        let handle = handle
        do throws(MPIError) {
            _ = try await wait(
                context, deadline: deadline, region: region, ringing: (0..<size).filter { $0 != rank }
            ) { requests in
                var request = cmpi_request()
                let code = start(handle, &request)
                if code == 0 { requests.append(request) }
                return code
            }
        } catch {
            isBroken = true
            throw error
        }
    }

    func exchangeDoorbells(deadline: Duration) async throws(MPIError) {
        typealias Doorbell = MPIThread.Doorbell
        let own = MemoryRegion.allocate(byteCount: MemoryLayout<Doorbell>.stride)
        own.baseAddress.storeBytes(of: thread.ownDoorbell, as: Doorbell.self)
        let all = try await allGather(own, deadline: deadline)
        thread.setDoorbells(Array(all.bytes.bindMemory(to: Doorbell.self)))
    }

    /// A communicator of the same ranks whose messages never meet ours. Collective.
    package func duplicate(deadline: Duration) async throws(MPIError) -> Communicator {
        let slot = MemoryRegion.allocate(byteCount: MemoryLayout<cmpi_comm>.stride)
        let out = slot.baseAddress.bindMemory(to: cmpi_comm.self, capacity: 1)
        out.initialize(to: cmpi_comm())
        let address = UInt(bitPattern: out)
        try await collective("duplicate", byteCount: 0, deadline: deadline, region: slot) { handle, request in
            guard let out = UnsafeMutablePointer<cmpi_comm>(bitPattern: address) else { return 1 }
            return cmpi_comm_idup(handle.raw, out, &request)
        }
        let copy = slot.baseAddress.load(as: cmpi_comm.self)
        return Communicator(
            thread: thread, handle: CommunicatorHandle(raw: copy), rank: rank, size: size, doorbellSlots: doorbellSlots,
            chunkByteCount: chunkByteCount)
    }

    /// A communicator of some ranks, called by these only. They wait for each other first, so that MPI's own blocking step is short.
    ///
    /// - Parameters:
    ///   - ranks: The members' ranks here, ascending, ours among them.
    ///   - tag: Unused by other messages here.
    ///   - deadline: Time limit for all to come.
    /// - Returns: The communicator; ranks in it follow the order of `ranks`.
    /// - Throws: `MPIError`.
    package func subgroup(of ranks: [Int], tag: Tag, deadline: Duration) async throws(MPIError) -> Communicator {
        let context = OperationContext(operation: "subgroup", tag: tag.rawValue)
        guard let index = ranks.firstIndex(of: rank), ranks == Array(Set(ranks)).sorted() else {
            throw context.error(.invalid("ranks \(ranks) must ascend and hold \(rank)"))
        }
        for peer in ranks { try check(peer, context) }
        let others = ranks.filter { $0 != rank }
        let end = ContinuousClock.now + deadline
        for peer in others { try await send(.allocate(byteCount: 0), to: peer, tag: tag, deadline: end - .now) }
        for peer in others { try await receive(into: .allocate(byteCount: 0), from: peer, tag: tag, deadline: end - .now) }
        var made = cmpi_comm()
        let code = cmpi_comm_create_group(handle.raw, ranks.map { Int32($0) }, Int32(ranks.count), tag.rawValue, &made)
        guard code == 0 else { throw context.error(.mpi(code: code, text: errorText(code))) }
        return Communicator(
            thread: thread, handle: CommunicatorHandle(raw: made), rank: index, size: ranks.count,
            doorbellSlots: ranks.map { doorbellSlots[$0] },
            chunkByteCount: chunkByteCount)
    }

    private func check(_ peer: Int, _ context: OperationContext) throws(MPIError) {
        guard (0..<size).contains(peer) else { throw context.error(.invalid("there are ranks 0 to \(size - 1)")) }
    }

    /// Starts one request for each chunk, in order and in one go, so that transfers of one tag never interleave.
    private static func startAll(
        _ chunks: [Range<Int>], _ requests: inout [cmpi_request], _ start: (Range<Int>, inout cmpi_request) -> Int32
    ) -> Int32 {
        for chunk in chunks {
            var request = cmpi_request()
            let code = start(chunk, &request)
            guard code == 0 else { return code }
            requests.append(request)
        }
        return 0
    }

    /// Cuts a byte count into chunks; an empty message is one empty chunk.
    static func chunks(of byteCount: Int, size: Int) -> [Range<Int>] {
        guard byteCount > 0 else { return [0..<0] }
        return stride(from: 0, to: byteCount, by: size).map { $0..<min($0 + size, byteCount) }
    }
}
