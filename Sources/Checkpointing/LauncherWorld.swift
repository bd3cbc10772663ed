import Foundation
import Glibc

/// Several processes that another launcher than Open MPI's mpirun has started together, of which this is one: `srun -n 4`, MPICH's mpiexec.
///
/// Percept's ranks meet through Open MPI alone, so each of them would take itself for a whole run.
package struct LauncherWorld: Hashable, Sendable {
    /// What tells, such as `SLURM_STEP_NUM_TASKS=4`.
    package let sign: String
    /// How many there are; nil where the launcher does not say.
    package let count: Int?
    /// This process's number among those of its host; 0 where the launcher does not say.
    package let localRank: Int
    /// Names the processes together: equal for all of a host, different for those of another start.
    package let job: String

    /// The world that this process's environment tells of.
    package static let current = LauncherWorld(ProcessInfo.processInfo.environment, parent: getppid())

    /// Nil where no other launcher has started more than one process. A batch script of Slurm is one process, whatever its `SLURM_NTASKS`.
    ///
    /// - Parameters:
    ///   - environment: the process's variables.
    ///   - parent: the process that started this one, which the processes of a launcher on one host have in common.
    package init?(_ environment: [String: String], parent: Int32) {
        func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }
        guard environment["OMPI_COMM_WORLD_SIZE"] == nil else { return nil }
        let sizes = Self.sizeVariables.compactMap { name in number(name).map { (name: name, count: $0) } }
        if let found = sizes.first(where: { $0.count > 1 }) {
            sign = "\(found.name)=\(found.count)"
            count = found.count
        } else if sizes.isEmpty, let rank = environment["PMIX_RANK"] {
            sign = "PMIX_RANK=\(rank)"
            count = nil
        } else {
            return nil
        }
        localRank = Self.localRankVariables.lazy.compactMap(number).first ?? 0
        if let id = environment["SLURM_JOB_ID"], let step = environment["SLURM_STEP_ID"] {
            job = "Slurm \(id).\(step)"
        } else {
            job = environment["PMIX_NAMESPACE"] ?? "process \(parent)"
        }
    }

    private static let sizeVariables = ["SLURM_STEP_NUM_TASKS", "PMI_SIZE", "MV2_COMM_WORLD_SIZE", "JSM_NAMESPACE_SIZE"]
    private static let localRankVariables = [
        "SLURM_LOCALID", "MPI_LOCALRANKID", "MV2_COMM_WORLD_LOCAL_RANK", "JSM_NAMESPACE_LOCAL_RANK", "PMIX_RANK", "PMI_RANK",
    ]
}
