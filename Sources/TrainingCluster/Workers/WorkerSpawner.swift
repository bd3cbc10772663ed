package import ActorRuntime

/// Starts further workers while a run goes on. How depends on the transport: other processes of the MPI job, or tasks of this process.
package protocol WorkerSpawner: Sendable {
    /// Starts workers and returns once they are connected; they enlist with the controller by themselves.
    ///
    /// - Parameters:
    ///   - role: Rollout or judge.
    ///   - count: How many.
    ///   - hosts: Where, such as `node3` or `node3:2`; empty leaves it to the spawner.
    /// - Returns: Their addresses.
    /// - Throws: An error that says why not, such as a host that does not answer.
    func spawn(_ role: Role, count: Int, hosts: [String]) async throws -> [PeerAddress]
}

/// What a rank says of itself once it has all it needs.
package struct WorkerReport: Codable, Sendable {
    package let host: String
    /// Names the machine and the folders that it reads: ranks of one place read the same files.
    package let place: String
    package let processID: Int
    /// Of a judge: whose verdicts it gives, in the order in which they are asked.
    package let judges: [String]

    package init(host: String, place: String, processID: Int, judges: [String] = []) {
        self.host = host
        self.place = place
        self.processID = processID
        self.judges = judges
    }
}
