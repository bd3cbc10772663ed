import CMPI

/// All MPI operations under way in this process. Lives on the MPI thread; nothing here blocks.
final class ProgressEngine {
    /// What a completed operation brought.
    struct Completion: Sendable {
        var byteCount: Int
    }
    typealias CompletionHandler = (Result<Completion, MPIError>) -> Void

    private struct Operation {
        let context: OperationContext
        let deadline: ContinuousClock.Instant?
        /// Held until MPI lets go of the memory, also after the wait was given up.
        let region: MemoryRegion?
        var outstanding: Int
        var byteCount: Int
        var failure: MPIError?
        var handler: CompletionHandler?
    }

    /// A receive whose chunks have not all been matched. It takes messages by matched probes, never by MPI_Irecv: a message larger than
    /// its buffer corrupts the heap in Open MPI 4.1.4 (shared memory), and a matched one is known in size. It also leaves nothing with
    /// MPI when it is given up.
    private struct Receive {
        struct Source: Hashable {
            let communicator: UInt
            let source: Int32
            let tag: Int32
        }
        let id: UInt64
        let key: Source
        let communicator: CommunicatorHandle
        let region: MemoryRegion
        let chunks: [Range<Int>]
        var matchedCount = 0
        let context: OperationContext
        let deadline: ContinuousClock.Instant?
        let handler: CompletionHandler
    }

    private struct Listener {
        let communicator: CommunicatorHandle
        let tag: Int32
        let handler: @Sendable (Int, UnsafeRawBufferPointer) -> Void
    }

    private struct Probe {
        let id: UInt64
        let communicator: CommunicatorHandle
        let source: Int32
        let context: OperationContext
        let deadline: ContinuousClock.Instant?
        let handler: (Result<Envelope, MPIError>) -> Void
    }

    private var requests: [cmpi_request] = []
    /// The operation of each request, by the same index.
    private var owners: [UInt64] = []
    private var operations: [UInt64: Operation] = [:]
    private var listeners: [Listener] = []
    private var probes: [Probe] = []
    private var receives: [Receive] = []
    private var nextDeadline: ContinuousClock.Instant?
    private var indices: [Int32] = []
    private var statuses: [cmpi_status] = []
    /// Raised whenever something was started or is wanted, so that the thread looks often for a while.
    var lastActivity = ContinuousClock.now
    /// Operations that nobody waits for but MPI still holds.
    private(set) var abandonedCount = 0

    var hasRequests: Bool { !requests.isEmpty || !probes.isEmpty || !receives.isEmpty }

    // MARK: - Starting

    /// Starts an operation of one or more requests.
    ///
    /// - Parameters:
    ///   - id: Unique; for `abandon`.
    ///   - start: Starts the requests and appends them; returns MPI's error code.
    ///   - handler: Called exactly once, on this thread.
    func begin(
        id: UInt64, _ context: OperationContext, deadline: ContinuousClock.Instant?, region: MemoryRegion?,
        start: (inout [cmpi_request]) -> Int32, handler: @escaping CompletionHandler
    ) {
        lastActivity = .now
        let before = requests.count
        let code = start(&requests)
        let started = requests.count - before
        for _ in 0..<started { owners.append(id) }
        var operation = Operation(
            context: context, deadline: deadline, region: region, outstanding: started, byteCount: 0, handler: handler)
        if code != 0 {
            operation.handler = nil
            if started > 0 {
                operations[id] = operation
                abandonedCount += 1
            }
            return handler(.failure(context.error(.mpi(code: code, text: errorText(code)))))
        }
        if started == 0 { return handler(.success(Completion(byteCount: 0))) }
        operations[id] = operation
        noteDeadline(deadline)
    }

    func listen(
        _ communicator: CommunicatorHandle, tag: Int32, handler: @escaping @Sendable (Int, UnsafeRawBufferPointer) -> Void
    ) {
        listeners.append(Listener(communicator: communicator, tag: tag, handler: handler))
    }

    func probe(
        id: UInt64, _ communicator: CommunicatorHandle, source: Int32, _ context: OperationContext, deadline: ContinuousClock.Instant?,
        handler: @escaping (Result<Envelope, MPIError>) -> Void
    ) {
        lastActivity = .now
        probes.append(
            Probe(id: id, communicator: communicator, source: source, context: context, deadline: deadline, handler: handler))
        noteDeadline(deadline)
    }

    /// Waits for messages that fill the chunks of `region`, in order; receives of one source and tag are served in the order they came.
    func receive(
        id: UInt64, _ context: OperationContext, deadline: ContinuousClock.Instant?, _ communicator: CommunicatorHandle, source: Int32,
        tag: Int32, into region: MemoryRegion, chunks: [Range<Int>], handler: @escaping CompletionHandler
    ) {
        lastActivity = .now
        let key = Receive.Source(communicator: UInt(bitPattern: communicator.raw.raw), source: source, tag: tag)
        receives.append(
            Receive(
                id: id, key: key, communicator: communicator, region: region, chunks: chunks, context: context, deadline: deadline,
                handler: handler))
        noteDeadline(deadline)
    }

    /// Gives up the wait for an operation or a probe, if it has not ended.
    func abandon(id: UInt64, reason: MPIError.Reason) {
        if let index = probes.firstIndex(where: { $0.id == id }) {
            let probe = probes.remove(at: index)
            return probe.handler(.failure(probe.context.error(reason)))
        }
        if let index = receives.firstIndex(where: { $0.id == id }) {
            let receive = receives.remove(at: index)
            // Chunks that were matched are still being written to; the others stay with their sender.
            if receive.matchedCount > 0 { operations[id]?.outstanding -= receive.chunks.count - receive.matchedCount }
            if receive.matchedCount == 0 || operations[id]?.outstanding == 0 {
                operations[id] = nil
                return receive.handler(.failure(receive.context.error(reason)))
            }
        }
        guard let handler = operations[id]?.handler, let context = operations[id]?.context else { return }
        operations[id]?.handler = nil
        abandonedCount += 1
        handler(.failure(context.error(reason)))
    }

    // MARK: - Progress

    /// Looks once at everything. Returns whether anything happened.
    func progress() -> Bool {
        var worked = false
        for index in listeners.indices where accept(listeners[index]) { worked = true }
        if !requests.isEmpty && completeRequests() { worked = true }
        if !receives.isEmpty && matchReceives() { worked = true }
        if !probes.isEmpty && completeProbes() { worked = true }
        if let next = nextDeadline, .now >= next {
            expire()
            worked = true
        }
        return worked
    }

    /// How long the thread may sleep before a deadline is due.
    func timeToDeadline(from now: ContinuousClock.Instant) -> Duration? { nextDeadline.map { $0 - now } }

    private func accept(_ listener: Listener) -> Bool {
        var found = false
        var message = cmpi_message()
        var status = cmpi_status()
        let code = cmpi_improbe(Int32(CMPI_ANY), listener.tag, listener.communicator.raw, &found, &message, &status)
        guard code == 0, found else { return false }
        let source = Int(status.source)
        let region = MemoryRegion.allocate(byteCount: Int(status.byte_count))
        let context = OperationContext(
            operation: "receive of a matched message", peer: source, tag: listener.tag, byteCount: region.byteCount)
        begin(
            id: Self.makeID(), context, deadline: nil, region: region,
            start: { requests in
                var request = cmpi_request()
                let code = cmpi_imrecv(region.baseAddress, Int32(region.byteCount), message, &request)
                if code == 0 { requests.append(request) }
                return code
            },
            handler: { result in
                // A message that cannot be received is lost like one that was never sent: its sender runs into a deadline.
                if case .success = result { listener.handler(source, UnsafeRawBufferPointer(region.bytes)) }
            })
        return true
    }

    private func matchReceives() -> Bool {
        var worked = false
        var waiting: Set<Receive.Source> = []
        var index = 0
        while index < receives.count {
            let key = receives[index].key
            let id = receives[index].id
            if !waiting.contains(key) {
                while index < receives.count, receives[index].id == id, matchChunk(index) { worked = true }
            }
            // It has gone if it is complete or has failed; the next one has moved into its place.
            if index < receives.count, receives[index].id == id {
                waiting.insert(key)
                index += 1
            }
        }
        return worked
    }

    /// Takes the next message of a receive, if it is there.
    private func matchChunk(_ index: Int) -> Bool {
        let receive = receives[index]
        var found = false
        var message = cmpi_message()
        var status = cmpi_status()
        let code = cmpi_improbe(receive.key.source, receive.key.tag, receive.communicator.raw, &found, &message, &status)
        guard code == 0 else {
            abandon(id: receive.id, reason: .mpi(code: code, text: errorText(code)))
            return true
        }
        guard found else { return false }
        let chunk = receive.chunks[receive.matchedCount]
        guard status.byte_count == Int64(chunk.count) else {
            // The message is consumed all the same, or it would wait for the next receive of its tag.
            swallow(message, byteCount: Int(status.byte_count), receive.context)
            abandon(id: receive.id, reason: .sizeMismatch(received: chunk.lowerBound + Int(status.byte_count)))
            return true
        }
        if receive.matchedCount == 0 {
            operations[receive.id] = Operation(
                context: receive.context, deadline: receive.deadline, region: receive.region, outstanding: receive.chunks.count,
                byteCount: 0, failure: nil, handler: receive.handler)
        }
        receives[index].matchedCount += 1
        if receives[index].matchedCount == receive.chunks.count { receives.remove(at: index) }
        var request = cmpi_request()
        let failure = cmpi_imrecv(receive.region.baseAddress + chunk.lowerBound, Int32(chunk.count), message, &request)
        if failure == 0 {
            requests.append(request)
            owners.append(receive.id)
        } else {
            complete(receive.id, cmpi_status(source: 0, tag: 0, error: failure, cancelled: false, byte_count: 0))
        }
        return true
    }

    private func swallow(_ message: cmpi_message, byteCount: Int, _ context: OperationContext) {
        let scratch = MemoryRegion.allocate(byteCount: byteCount)
        begin(
            id: Self.makeID(), context, deadline: nil, region: scratch,
            start: { requests in
                var request = cmpi_request()
                let code = cmpi_imrecv(scratch.baseAddress, Int32(byteCount), message, &request)
                if code == 0 { requests.append(request) }
                return code
            }, handler: { _ in })
    }

    private func completeRequests() -> Bool {
        let count = requests.count
        if indices.count < count {
            indices = Array(repeating: 0, count: count * 2)
            statuses = Array(repeating: cmpi_status(), count: count * 2)
        }
        var done: Int32 = 0
        let code = cmpi_testsome(Int32(count), &requests, &done, &indices, &statuses)
        guard code == 0, done > 0 else { return false }
        var completed: [(index: Int, owner: UInt64, status: cmpi_status)] = []
        for place in 0..<Int(done) {
            let index = Int(indices[place])
            completed.append((index, owners[index], statuses[place]))
        }
        for (index, _, _) in completed.sorted(by: { $0.index > $1.index }) {
            requests.swapAt(index, requests.count - 1)
            owners.swapAt(index, owners.count - 1)
            requests.removeLast()
            owners.removeLast()
        }
        for (_, owner, status) in completed { complete(owner, status) }
        return true
    }

    private func complete(_ id: UInt64, _ status: cmpi_status) {
        guard var operation = operations[id] else { return }
        operation.outstanding -= 1
        operation.byteCount += Int(status.byte_count)
        if status.error != 0 {
            operation.failure = operation.context.error(.mpi(code: status.error, text: errorText(status.error)))
        }
        guard operation.outstanding == 0 else {
            operations[id] = operation
            return
        }
        operations[id] = nil
        if operation.handler == nil { abandonedCount -= 1 }
        operation.handler?(operation.failure.map { .failure($0) } ?? .success(Completion(byteCount: operation.byteCount)))
    }

    private func completeProbes() -> Bool {
        var worked = false
        for probe in probes {
            var found = false
            var status = cmpi_status()
            let code = cmpi_iprobe(probe.source, probe.context.tag ?? Int32(CMPI_ANY), probe.communicator.raw, &found, &status)
            guard code != 0 || found else { continue }
            probes.removeAll { $0.id == probe.id }
            worked = true
            if code != 0 {
                probe.handler(.failure(probe.context.error(.mpi(code: code, text: errorText(code)))))
            } else {
                probe.handler(.success(Envelope(source: Int(status.source), tag: Tag(status.tag), byteCount: Int(status.byte_count))))
            }
        }
        return worked
    }

    private func noteDeadline(_ deadline: ContinuousClock.Instant?) {
        guard let deadline else { return }
        nextDeadline = nextDeadline.map { min($0, deadline) } ?? deadline
    }

    private func expire() {
        let now = ContinuousClock.now
        nextDeadline = nil
        var due: [UInt64] = []
        for (id, operation) in operations where operation.handler != nil {
            guard let deadline = operation.deadline else { continue }
            if deadline <= now { due.append(id) } else { noteDeadline(deadline) }
        }
        for (id, deadline) in probes.map({ ($0.id, $0.deadline) }) + receives.map({ ($0.id, $0.deadline) }) {
            guard let deadline else { continue }
            if deadline <= now { due.append(id) } else { noteDeadline(deadline) }
        }
        for id in Set(due).sorted() { abandon(id: id, reason: .timedOut) }
    }

    static func makeID() -> UInt64 { OperationID.next() }
}

/// MPI's text for an error code.
func errorText(_ code: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
        guard let base = buffer.baseAddress else { return "error \(code)" }
        cmpi_error_text(code, base, buffer.count)
        return String(cString: base)
    }
}
