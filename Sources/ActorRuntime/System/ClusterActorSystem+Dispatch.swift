import Distributed
import Synchronization

extension ClusterActorSystem {
    /// Takes a frame from the transport's thread: looks at its head only, work is done in tasks.
    func receive(_ bytes: [UInt8], from peer: PeerAddress) {
        guard let frame = Frame(bytes) else {
            counters.corruptFrames.add(1, ordering: .relaxed)
            return
        }
        switch frame {
        case .call(let id, let request): dispatch(id, request, from: peer)
        case .reply(let id, let bytes): finish(id, from: peer, with: .success(bytes))
        case .failure(let id, let failure): finish(id, from: peer, with: .failure(failure))
        case .cancel(let id): invocations.withLock { $0.invocation(InvocationTable.Key(peer: peer, id: id)) }?.cancel()
        case .fingerprint(let fingerprint, let wantsAnswer): noteFingerprint(fingerprint, of: peer, wantsAnswer: wantsAnswer)
        case .refusal(let code): noteRefusal(code, from: peer)
        }
    }

    private func dispatch(_ id: CallID, _ request: CallRequest, from peer: PeerAddress) {
        let handler = CallResultHandler(system: self, caller: peer, id: id, request: request)
        func refuse(_ code: RemoteFailure.Code, _ message: String) {
            handler.fail(
                RemoteFailure(code: code, message: message, actor: request.actor, target: request.target, rank: localPeer.rank))
        }
        guard let hosted = actors.withLock({ $0.hosted[request.actor] }) else {
            return refuse(.unknownActor, "no actor of that name at \(localPeer)")
        }
        // The runtime runs any known method on any object it is given: a method of another type would read foreign memory.
        guard let prefix = hosted.targetPrefix, request.target.hasPrefix(prefix) else {
            return refuse(.unknownTarget, "\(type(of: hosted.actor)) at \(localPeer) has no such distributed method")
        }
        let key = InvocationTable<Task<Void, Never>>.Key(peer: peer, id: id)
        do {
            try invocations.withLock { table throws(InvocationTable<Task<Void, Never>>.Refusal) in
                try table.begin(key, actor: request.actor) {
                    Task.detached { await self.run(request, on: hosted.actor, key: key, handler: handler) }
                }
            }
        } catch {
            switch error {
            case .overloaded(let waiting):
                counters.refusals.add(1, ordering: .relaxed)
                refuse(.overloaded, "\(waiting) calls wait for the actor")
            case .duplicate: counters.duplicates.add(1, ordering: .relaxed)
            case .shutDown: refuse(.shutDown, "\(localPeer) was shut down")
            }
        }
    }

    private func run(
        _ request: CallRequest, on actor: some DistributedActor, key: InvocationTable<Task<Void, Never>>.Key, handler: CallResultHandler
    ) async {
        var decoder = CallDecoder(request, system: self)
        do {
            try await executeDistributedTarget(
                on: actor, target: RemoteCallTarget(request.target), invocationDecoder: &decoder, handler: handler)
        } catch {
            handler.fail(handler.failure(for: error))
        }
        invocations.withLock { $0.end(key) }
    }
}
