import Checkpointing
import Foundation

/// What mpirun tells a process before MPI is up.
struct JobPlace {
    /// How many ranks were started.
    let rankCount: Int
    /// This process's number in the job, and among those of its host.
    let rank: Int
    let localRank: Int
    /// How many of the ranks are on this host.
    let localCount: Int

    /// The ranks of this host: mpirun numbers them one after another unless it is told otherwise.
    var hostRanks: Range<Int> { (rank - localRank)..<(rank - localRank + localCount) }

    /// nil in a process that mpirun has not started.
    static let current: JobPlace? = {
        let environment = ProcessInfo.processInfo.environment
        guard let count = environment["OMPI_COMM_WORLD_SIZE"].flatMap({ Int($0) }) else { return nil }
        // Larger than any job: a variable that says so was not mpirun's.
        func number(_ name: String) -> Int? {
            environment["OMPI_COMM_WORLD_\(name)"].flatMap { Int($0) }.flatMap { (0...1 << 24).contains($0) ? $0 : nil }
        }
        return JobPlace(
            rankCount: count, rank: number("RANK") ?? 0, localRank: number("LOCAL_RANK") ?? 0, localCount: number("LOCAL_SIZE") ?? 1)
    }()

    /// True if this process speaks for its host: what all ranks find wrong before they meet is said once a host.
    static var isSpokesman: Bool { (current?.localRank ?? LauncherWorld.current?.localRank ?? 0) == 0 }
}
