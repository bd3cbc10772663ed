/// Where a process is: a launch generation, a communicator inside it, and a rank inside that.
///
/// World ranks alone do not suffice: spawned ranks live behind an intercommunicator of their own, and a restarted run must not
/// mistake an old rank for one of its own.
package struct PeerAddress: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    /// Number of the launch, raised at every restart from a checkpoint.
    package let generation: UInt32
    /// Number of the communicator: 0 for the world, one more for each spawned batch.
    package let communicator: UInt32
    /// Index of the process in its communicator, counted from 0.
    package let rank: Int

    /// Creates an address; the defaults name a rank of the first launch's world.
    package init(generation: UInt32 = 0, communicator: UInt32 = 0, rank: Int) {
        self.generation = generation
        self.communicator = communicator
        self.rank = rank
    }

    /// Orders by generation, then communicator, then rank.
    package static func < (a: Self, b: Self) -> Bool {
        (a.generation, a.communicator, a.rank) < (b.generation, b.communicator, b.rank)
    }

    /// `rank 3`, with communicator and generation where they are not 0.
    package var description: String {
        var text = "rank \(rank)"
        if communicator != 0 { text += " of communicator \(communicator)" }
        if generation != 0 { text += " in generation \(generation)" }
        return text
    }
}

/// Where a distributed actor is: its process and its name there. The `ID` of every actor of `ClusterActorSystem`.
package struct ActorAddress: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The process that holds the actor.
    package let peer: PeerAddress
    /// Unique within the process: a well-known name ("controller", "judge") or one made up by the system ("#12").
    package let name: String

    /// Creates the address of the actor `name` at `peer`.
    package init(peer: PeerAddress, name: String) {
        self.peer = peer
        self.name = name
    }

    /// `judge at rank 3`.
    package var description: String { "\(name) at \(peer)" }
}
