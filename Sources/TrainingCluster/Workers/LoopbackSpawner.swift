package import ActorRuntime

/// Starts workers as tasks of this process, on its loopback network.
package struct LoopbackSpawner: WorkerSpawner {
    private let network: LoopbackNetwork
    private let work: @Sendable (Role, any Transport) async throws -> Void

    /// - Parameters:
    ///   - network: Which the workers join.
    ///   - work: What a worker does, until its end; an error ends that worker only.
    package init(network: LoopbackNetwork, work: @escaping @Sendable (Role, any Transport) async throws -> Void) {
        self.network = network
        self.work = work
    }

    package func spawn(_ role: Role, count: Int, hosts: [String]) async throws -> [PeerAddress] {
        guard hosts.isEmpty else { throw ClusterError("all ranks of this run are in one process: there are no other hosts") }
        return (0..<count).map { _ in
            let transport = network.transport(rank: network.addPeer())
            Task { try await work(role, transport) }
            return transport.localPeer
        }
    }
}
