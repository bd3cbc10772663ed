import Checkpointing
import Testing

@Suite("processes that a launcher starts together")
struct LauncherWorldTests {
    private func world(_ environment: [String: String], parent: Int32 = 7) -> LauncherWorld? { LauncherWorld(environment, parent: parent) }

    @Test("srun, MPICH's mpiexec and PMIx tell of others; the number among a host's own is theirs")
    func found() throws {
        let slurm = try #require(
            world([
                "SLURM_STEP_NUM_TASKS": "4", "SLURM_JOB_ID": "12", "SLURM_STEP_ID": "0", "SLURM_LOCALID": "1", "SLURM_NTASKS": "4",
                "PMIX_RANK": "3",
            ]))
        #expect(slurm.count == 4 && slurm.localRank == 1 && slurm.job == "Slurm 12.0" && slurm.sign == "SLURM_STEP_NUM_TASKS=4")
        let hydra = try #require(world(["PMI_SIZE": "2", "PMI_RANK": "1", "MPI_LOCALRANKID": "0"]))
        #expect(hydra.count == 2 && hydra.localRank == 0 && hydra.job == "process 7")
        let pmix = try #require(world(["PMIX_RANK": "1", "PMIX_NAMESPACE": "prte-9@1"]))
        #expect(pmix.count == nil && pmix.localRank == 1 && pmix.job == "prte-9@1" && pmix.sign == "PMIX_RANK=1")
        #expect(world(["SLURM_STEP_NUM_TASKS": "1", "PMI_SIZE": "3"])?.count == 3)
    }

    @Test(
        "Open MPI's ranks, a batch script, a step of one task and a lone process are no such world",
        arguments: [
            [:], ["SLURM_JOB_ID": "12", "SLURM_NTASKS": "4", "SLURM_NPROCS": "4", "SLURM_PROCID": "0"],
            ["SLURM_STEP_NUM_TASKS": "1", "PMIX_RANK": "0"], ["PMI_SIZE": "1", "PMI_RANK": "0"], ["PMI_SIZE": "many"],
            ["OMPI_COMM_WORLD_SIZE": "5", "PMIX_RANK": "1", "SLURM_STEP_NUM_TASKS": "3", "PMI_SIZE": "5"],
        ] as [[String: String]])
    func none(_ environment: [String: String]) {
        #expect(world(environment) == nil)
    }

    @Test("two starts under one launcher's kind are told apart")
    func jobs() {
        #expect(world(["PMI_SIZE": "2"], parent: 7)?.job != world(["PMI_SIZE": "2"], parent: 8)?.job)
        let steps = ["0", "1"].map { world(["SLURM_STEP_NUM_TASKS": "2", "SLURM_JOB_ID": "1", "SLURM_STEP_ID": $0])?.job }
        #expect(steps[0] != steps[1])
    }
}
