import ArgumentParser
import Checkpointing

/// Whether a process that stands beside others may train by itself.
struct AloneOption: ParsableArguments {
    @Flag(help: "Train in this process alone, though another launcher than Open MPI's mpirun has started several.")
    var alone = false

    /// - Throws: ``CommandFailure`` in one of several processes that do not know of each other.
    func check() throws {
        guard !alone, let world = LauncherWorld.current else { return }
        let others = world.count.map { "one of \($0) processes" } ?? "a process"
        throw CommandFailure(
            """
            this is \(others) that a launcher has started (\(world.sign)) which is not Open MPI's mpirun: each would take itself for the whole \
            run. Start it once, with `percept launch CONFIG`, which starts the ranks; under Slurm from the batch script, without srun \
            (cluster/slurm/train.sbatch). If this process is to train alone, with all roles in it, give --alone and an --output of its own.
            """)
    }
}
