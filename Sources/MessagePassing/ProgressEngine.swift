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
        let isReceive: Bool
        var outstanding: Int
        var byteCount: Int
        var failure: MPIError?
        var handler: CompletionHandler?
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
    private var nextDeadline: ContinuousClock.Instant?
    private var indices: [Int32] = []
    private var statuses: [cmpi_status] = []
    /// Raised whenever something was started or is wanted, so that the thread looks often for a while.
    var lastActivity = ContinuousClock.now
    /// Operations that nobody waits for but MPI still holds.
    private(set) var abandonedCount = 0

    var hasRequests: Bool { !requests.isEmpty || !probes.isEmpty }

    // MARK: - Starting

    /// Starts an operation of one or more requests.
    ///
    /// - Parameters:
    ///   - id: Unique; for `abandon`.
    ///   - start: Starts the requests and appends them; returns MPI's error code.
    ///   - handler: Called exactly once, on this thread.
    func begin(
        id: UInt64, _ context: OperationContext, deadline: ContinuousClock.Instant?, region: MemoryRegion?, isReceive: Bool,
        start: (inout [cmpi_request]) -> Int32, handler: @escaping CompletionHandler
    ) {
        lastActivity = .now
        let before = requests.count
        let code = start(&requests)
        let started = requests.count - before
        for _ in 0..<started { owners.append(id) }
        var operation = Operation(
            context: context, deadline: deadline, region: region, isReceive: isReceive, outstanding: started, byteCount: 0, handler: handler)
        if code != 0 {
            operation.handler = nil
            if started > 0 {
                operations[id] = operation
                abandonedCount += 1
                cancelReceives(of: id, operation)
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

    /// Gives up the wait for an operation or a probe, if it has not ended.
    func abandon(id: UInt64, reason: MPIError.Reason) {
        if let index = probes.firstIndex(where: { $0.id == id }) {
            let probe = probes.remove(at: index)
            return probe.handler(.failure(probe.context.error(reason)))
        }
        guard var operation = operations[id], let handler = operation.handler else { return }
        operation.handler = nil
        operations[id] = operation
        abandonedCount += 1
        cancelReceives(of: id, operation)
        handler(.failure(operation.context.error(reason)))
    }

    /// Open MPI can cancel receives that are not matched yet, and nothing else; sends stay until they complete, if ever.
    private func cancelReceives(of id: UInt64, _ operation: Operation) {
        guard operation.isReceive else { return }
        for index in owners.indices where owners[index] == id { _ = cmpi_cancel(requests[index]) }
    }

    // MARK: - Progress

    /// Looks once at everything. Returns whether anything happened.
    func progress() -> Bool {
        var worked = false
        for index in listeners.indices where accept(listeners[index]) { worked = true }
        if !requests.isEmpty && completeRequests() { worked = true }
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
        let context = OperationContext(operation: "receive of a matched message", peer: source, tag: listener.tag, byteCount: region.byteCount)
        begin(
            id: Self.makeID(), context, deadline: nil, region: region, isReceive: false,
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
            // A failed chunk of a receive ends the wait: the others may never come.
            if operation.failure != nil, let handler = operation.handler, let failure = operation.failure {
                operations[id]?.handler = nil
                abandonedCount += 1
                cancelReceives(of: id, operation)
                handler(.failure(failure))
            }
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
        for probe in probes {
            guard let deadline = probe.deadline else { continue }
            if deadline <= now { due.append(probe.id) } else { noteDeadline(deadline) }
        }
        for id in due.sorted() { abandon(id: id, reason: .timedOut) }
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
