package import Distributed
import Synchronization

extension ClusterActorSystem {
    /// Calls a remote method with a result.
    package func remoteCall<Act: DistributedActor, Err: Error, Res: Codable>(
        on actor: Act, target: RemoteCallTarget, invocation: inout InvocationEncoder, throwing: Err.Type, returning: Res.Type
    ) async throws -> Res where Act.ID == ActorID {
        let bytes = try await call(actor.id, target, invocation)
        do {
            return try BinaryCoder.decode(Res.self, from: bytes, userInfo: [.actorSystemKey: self])
        } catch {
            throw RemoteFailure(
                code: .undecodable, message: "the result, \(bytes.count) bytes: \(error)", actor: actor.id.name, target: target.identifier,
                rank: actor.id.peer.rank)
        }
    }

    /// Calls a remote method without a result.
    package func remoteCallVoid<Act: DistributedActor, Err: Error>(
        on actor: Act, target: RemoteCallTarget, invocation: inout InvocationEncoder, throwing: Err.Type
    ) async throws where Act.ID == ActorID {
        _ = try await call(actor.id, target, invocation)
    }

    private func call(_ address: ActorAddress, _ target: RemoteCallTarget, _ invocation: InvocationEncoder) async throws -> [UInt8] {
        try Task.checkCancellation()
        let id = Self.makeCallID()
        let request = CallRequest(
            actor: address.name, target: target.identifier, substitutions: invocation.substitutions, arguments: invocation.arguments.bytes)
        let frame = Frame.call(id, request).encoded()
        let deadline = ContinuousClock.now + (Self.callDeadline ?? configuration.callDeadline)
        counters.calls.add(1, ordering: .relaxed)
        do {
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    start(id, frame: frame, to: address, target: target, deadline: deadline, continuation)
                    // onCancel may have run before the call was in the table.
                    if Task.isCancelled { cancel(id, to: address.peer) }
                }
            } onCancel: {
                cancel(id, to: address.peer)
            }
        } catch let failure as RemoteFailure where failure.actor.isEmpty {
            throw RemoteFailure(
                code: failure.code, message: failure.message, actor: address.name, target: target.identifier, rank: address.peer.rank,
                isRetryable: failure.isRetryable)
        }
    }

    private func start(
        _ id: CallID, frame: [UInt8], to address: ActorAddress, target: RemoteCallTarget, deadline: ContinuousClock.Instant,
        _ continuation: CheckedContinuation<[UInt8], any Error>
    ) {
        let rank = address.peer.rank
        do {
            try calls.withLock { calls throws(CallTable<CheckedContinuation<[UInt8], any Error>>.Refusal) in
                try calls.table.insert(
                    continuation, id: id, name: "\(address.name).\(MethodName.of(target.identifier))", to: address.peer, deadline: deadline)
                setAlarm(&calls)
            }
        } catch {
            let failure =
                switch error {
                case .overloaded(let count):
                    RemoteFailure(code: .overloaded, message: "\(count) calls are in flight to \(address.peer)", rank: rank)
                case .peerLost: RemoteFailure(code: .peerLost, message: "\(address.peer) does not answer heartbeats", rank: rank)
                case .shutDown: RemoteFailure(code: .shutDown, message: "the actor system was shut down", rank: rank)
                }
            if failure.code == .overloaded { counters.refusals.add(1, ordering: .relaxed) }
            continuation.resume(throwing: failure)
            return
        }
        do {
            try transport.send(frame, to: address.peer)
        } catch {
            let waiter = calls.withLock { $0.table.takeCancelled(id) }
            waiter?.resume(throwing: failure(of: error, actor: address.name, target: target.identifier, rank: rank))
        }
    }

    private func cancel(_ id: CallID, to peer: PeerAddress) {
        guard let waiter = calls.withLock({ $0.table.takeCancelled(id) }) else { return }
        tellCancelled(id, to: peer)
        waiter.resume(throwing: CancellationError())
    }

    /// Best effort: a callee that does not hear of it works in vain, no more.
    private func tellCancelled(_ id: CallID, to peer: PeerAddress) { try? transport.send(Frame.cancel(id).encoded(), to: peer) }

    func failure(of error: TransportError, actor: String, target: String, rank: Int) -> RemoteFailure {
        let code: RemoteFailure.Code =
            switch error.code {
            case .frameTooLarge: .frameTooLarge
            case .overloaded: .overloaded
            default: .transport
            }
        return RemoteFailure(code: code, message: error.message, actor: actor, target: target, rank: rank)
    }

    // MARK: - Ends of calls

    /// Keeps one sleeping task for the earliest deadline of all calls.
    private func setAlarm(_ calls: inout sending Calls) {
        guard let next = calls.table.nextDeadline() else { return }
        if let alarm = calls.alarm, alarm.at <= next { return }
        calls.alarm?.task.cancel()
        let task = Task.detached { [weak self] in
            do { try await Task.sleep(until: next, clock: .continuous) } catch { return }
            self?.expireCalls()
        }
        calls.alarm = (next, task)
    }

    private func expireCalls() {
        let expired = calls.withLock { calls in
            calls.alarm = nil
            let expired = calls.table.takeExpired(at: .now)
            setAlarm(&calls)
            return expired
        }
        for (id, peer, waiter) in expired {
            counters.timeouts.add(1, ordering: .relaxed)
            tellCancelled(id, to: peer)
            waiter.resume(
                throwing: RemoteFailure(code: .timedOut, message: "\(peer) gave no answer before the call's deadline", rank: peer.rank))
        }
    }

    func finish(_ id: CallID, from peer: PeerAddress, with result: Result<[UInt8], any Error>) {
        guard let waiter = calls.withLock({ $0.table.takeAnswered(id, by: peer) }) else {
            counters.lateAnswers.add(1, ordering: .relaxed)
            return
        }
        waiter.resume(with: result)
    }

    /// The calls of this process that wait for an answer, oldest first, at most `limit` of them.
    package func pendingCalls(limit: Int) -> [PendingCall] { calls.withLock { $0.table.pending(limit: limit) } }

    /// Fails the calls to `peer` and refuses further ones until `peerReturned`; cancels what runs for it.
    package func peerLost(_ peer: PeerAddress) {
        let waiters = calls.withLock { $0.table.lose(peer) }
        for waiter in waiters {
            waiter.resume(throwing: RemoteFailure(code: .peerLost, message: "\(peer) stopped answering heartbeats", rank: peer.rank))
        }
        for task in invocations.withLock({ $0.invocations(from: peer) }) { task.cancel() }
    }

    /// Admits calls to `peer` again.
    package func peerReturned(_ peer: PeerAddress) { calls.withLock { $0.table.restore(peer) } }
}
