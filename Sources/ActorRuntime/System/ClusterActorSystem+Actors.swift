package import Distributed
import Synchronization

extension ClusterActorSystem {
    /// Makes an actor with a well-known name and holds it until `release` or `shutdown`.
    ///
    /// ```swift
    /// let judge = try system.host("judge") { JudgeWorker(actorSystem: system, model: model) }
    /// ```
    ///
    /// - Parameters:
    ///   - name: Unique within the process.
    ///   - make: Creates exactly one actor of this system.
    /// - Returns: The actor.
    /// - Throws: `RemoteFailure` with code `wrongActor` if the name is taken, the type is private or generic, or `make` gave an actor of
    ///   another system; what `make` throws.
    package func host<A: DistributedActor>(_ name: String, _ make: () throws -> A) throws -> A where A.ActorSystem == ClusterActorSystem {
        let isFree = actors.withLock { table in
            table.hosted[name] == nil && table.reserved.insert(name).inserted
        }
        guard isFree else {
            throw RemoteFailure(code: .wrongActor, message: "the name is taken in this process", actor: name, rank: localPeer.rank)
        }
        defer { actors.withLock { _ = $0.reserved.remove(name) } }
        let actor = try Self.$nextName.withValue(name, operation: make)
        guard actor.id == ActorAddress(peer: localPeer, name: name) else {
            throw RemoteFailure(
                code: .wrongActor, message: "the closure gave \(actor.id) instead of an actor made in it", actor: name, rank: localPeer.rank
            )
        }
        guard actors.withLock({ $0.hosted[name]?.targetPrefix }) != nil else {
            release(name)
            throw RemoteFailure(
                code: .wrongActor, message: "\(A.self) cannot be called remotely: its type is private or generic", actor: name,
                rank: localPeer.rank)
        }
        return actor
    }

    /// The actor `name` at `peer`, which may be this process.
    ///
    /// - Throws: `RemoteFailure` with code `unknownActor` or `wrongActor` for a local name; remote names are checked at the first call.
    package func actor<A: DistributedActor>(_ name: String, at peer: PeerAddress, as type: A.Type = A.self) throws -> A
    where A.ActorSystem == ClusterActorSystem {
        try A.resolve(id: ActorAddress(peer: peer, name: name), using: self)
    }

    /// Lets go of a hosted actor; further calls to it get `unknownActor`.
    package func release(_ name: String) {
        // The last reference must not go under the lock: the actor's deinit calls `resignID`.
        let hosted = actors.withLock { $0.hosted.removeValue(forKey: name) }
        withExtendedLifetime(hosted) {}
    }

    // MARK: - DistributedActorSystem

    /// A local actor, or `nil` for a remote one.
    package func resolve<Act: DistributedActor>(id: ActorID, as actorType: Act.Type) throws -> Act? where Act.ID == ActorID {
        guard id.peer == localPeer else {
            guard transport.peers.contains(id.peer) else {
                throw RemoteFailure(
                    code: .unknownActor, message: "\(id.peer) is not of this cluster", actor: id.name, rank: id.peer.rank)
            }
            return nil
        }
        guard let hosted = actors.withLock({ $0.hosted[id.name] }) else {
            throw RemoteFailure(code: .unknownActor, message: "no actor of that name here", actor: id.name, rank: id.peer.rank)
        }
        guard let actor = hosted.actor as? Act else {
            throw RemoteFailure(
                code: .wrongActor, message: "the name belongs to a \(type(of: hosted.actor)), not a \(Act.self)", actor: id.name,
                rank: id.peer.rank)
        }
        return actor
    }

    /// The name given to `host`, or one made up.
    package func assignID<Act: DistributedActor>(_ actorType: Act.Type) -> ActorID where Act.ID == ActorID {
        actors.withLock { table in
            // `reserved` keeps a second actor that is made in the same closure from taking the name again.
            if let name = Self.nextName, table.reserved.contains(name), table.reserved.insert("\(name)\0taken").inserted {
                return ActorAddress(peer: localPeer, name: name)
            }
            table.lastAnonymous += 1
            return ActorAddress(peer: localPeer, name: "#\(table.lastAnonymous)")
        }
    }

    /// How the mangled names of a type's methods begin; `nil` for private types (whose runtime name has an anonymous context instead of
    /// the file's discriminator) and generic ones (whose name goes on after the class mark).
    private static func targetPrefix(of type: Any.Type) -> String? {
        guard let name = _mangledTypeName(type), name.hasSuffix("C"), !name.contains("yXZ") else { return nil }
        return "$s" + name
    }

    /// Holds a finished actor.
    package func actorReady<Act: DistributedActor>(_ actor: Act) where Act.ID == ActorID {
        let prefix = Self.targetPrefix(of: Act.self)
        actors.withLock { table in
            table.hosted[actor.id.name] = Hosted(actor: actor, targetPrefix: prefix)
            table.reserved.remove("\(actor.id.name)\0taken")
        }
    }

    /// Forgets an actor that failed to initialise or was released.
    package func resignID(_ id: ActorID) {
        let hosted = actors.withLock { table in
            table.reserved.remove("\(id.name)\0taken")
            return table.hosted.removeValue(forKey: id.name)
        }
        withExtendedLifetime(hosted) {}
    }

    /// An empty list of arguments.
    package func makeInvocationEncoder() -> InvocationEncoder { CallEncoder() }
}
