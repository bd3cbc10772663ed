import Foundation

/// What mpirun tells a process before MPI is up.
struct JobPlace {
    /// How many ranks were started.
    let rankCount: Int
    /// This process's number among those of its host.
    let localRank: Int

    /// nil in a process that mpirun has not started.
    static let current: JobPlace? = {
        let environment = ProcessInfo.processInfo.environment
        guard let count = environment["OMPI_COMM_WORLD_SIZE"].flatMap({ Int($0) }) else { return nil }
        return JobPlace(rankCount: count, localRank: environment["OMPI_COMM_WORLD_LOCAL_RANK"].flatMap { Int($0) } ?? 0)
    }()

    /// True if this process speaks for its host: what all ranks find wrong before they meet is said once a host.
    static var isSpokesman: Bool { (current?.localRank ?? 0) == 0 }
}
