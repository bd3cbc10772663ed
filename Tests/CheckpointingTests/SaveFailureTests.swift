import Checkpointing
import Foundation
import Glibc
import Testing

@Suite("Saves that fail, and saves that are killed")
struct SaveFailureTests {
    private static let fixture = CheckpointFixture.small
    private struct Injected: Error {}

    /// What each stage of a save leaves, by the number of ranks.
    private static let stages: [CheckpointCommit.Work] = [
        .claim, .open, .shard, .state, .manifest, .confirm, .displace, .publish, .settle, .tidy,
    ]

    private func names(_ folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    @Test("an error at any stage fails the save, leaves the checkpoint before as it was, and no partial folder", arguments: stages, [1, 3])
    func errors(stage: CheckpointCommit.Work, rankCount: Int) async throws {
        let folder = try TemporaryFolder()
        let store = CheckpointStore(path: folder.path)
        for step in [1, 2] { await Self.fixture.save(store, Self.fixture.contents(step: step, state: "old"), rankCount: rankCount) }
        let errors = await Self.fixture.save(store, Self.fixture.contents(step: 2, state: "new"), rankCount: rankCount) { work, _ in
            if work == stage { throw Injected() }
        }
        if stage == .tidy {
            #expect(errors.allSatisfy { $0 == nil }, "the checkpoint is there")
        } else {
            let error = try #require(errors[0] as? CheckpointError)
            #expect(error.code == .unwritable && error.message.contains("Injected"))
        }
        // Once it has its name, a checkpoint stays, whatever follows.
        let isPublished = [CheckpointCommit.Work.publish, .settle, .tidy].contains(stage)
        #expect(try Checkpoint(path: store.folder(step: 2)).state() == Array((isPublished ? "new" : "old").utf8))
        let left = try names(folder)
        #expect(left == ["step-000001", "step-000002"] + (stage == .publish || stage == .settle ? ["step-000002.replaced"] : []))
        for step in [1, 2] { try Checkpoint(path: store.folder(step: step)).verify() }
        #expect(await Self.fixture.save(store, Self.fixture.contents(step: 3), rankCount: rankCount).allSatisfy { $0 == nil })
        #expect(try store.newestGood()?.checkpoint.manifest.step == 3)
    }

    @Test(
        "a save killed at any stage leaves the checkpoint before or the whole new one, and the next writer tidies up", arguments: stages,
        [1, 3])
    func kills(stage: CheckpointCommit.Work, rankCount: Int) async throws {
        let folder = try TemporaryFolder()
        let store = CheckpointStore(path: folder.path)
        for step in [1, 2] { await Self.fixture.save(store, Self.fixture.contents(step: step, state: "old"), rankCount: rankCount) }
        let errors = await Self.fixture.save(
            store, Self.fixture.contents(step: 2, generation: 7, state: "new"), rankCount: rankCount
        ) { work, _ in if work == stage { throw SaveAbandoned() } }
        #expect(errors[0] is SaveAbandoned || stage == .shard)
        try store.removeLeftovers()
        #expect(try names(folder) == ["step-000001", "step-000002"])
        let found = try #require(try store.newestGood())
        #expect(found.rejected.isEmpty && found.checkpoint.manifest.step == 2)
        let isCommitted = [CheckpointCommit.Work.publish, .settle, .tidy].contains(stage)
        #expect(try found.checkpoint.state() == Array((isCommitted ? "new" : "old").utf8))
    }

    @Test("a rank of an old generation never writes into a newer one's folder, and can't commit after it has tidied up")
    func generations() async throws {
        let folder = try TemporaryFolder()
        let store = CheckpointStore(path: folder.path)
        // Between its last look at the lease and its commit, another writer takes over, tidies up, and begins the same step.
        let errors = await Self.fixture.save(store, Self.fixture.contents(step: 5, generation: 3)) { work, _ in
            guard work == .confirm else { return }
            try store.removeLeftovers()
            try FileManager.default.createDirectory(atPath: store.folder(step: 5) + ".partial-4", withIntermediateDirectories: true)
        }
        #expect((errors[0] as? CheckpointError)?.code == .unwritable)
        #expect(try names(folder) == ["step-000005.partial-4"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: store.folder(step: 5) + ".partial-4").isEmpty)
    }

    @Test(
        "a full device fails the save wherever it is met: shard, state, blob, manifest",
        arguments: ["learner-00-of-01.safetensors.partial", "state.json", "blob", "manifest.json"])
    func fullDevice(file: String) async throws {
        let folder = try TemporaryFolder()
        let store = CheckpointStore(path: folder.path)
        await Self.fixture.save(store, Self.fixture.contents(step: 1))
        let contents = Self.fixture.contents(step: 2, blobs: [CheckpointBlob(name: "blob", bytes: [1])])
        let errors = await Self.fixture.save(store, contents) { work, step in
            guard work == .open else { return }
            try FileManager.default.createSymbolicLink(
                atPath: store.folder(step: step) + ".partial-1/" + file, withDestinationPath: "/dev/full")
        }
        let error = try #require(errors[0] as? CheckpointError)
        #expect(error.code == .unwritable && error.message.contains("No space left"), "\(error)")
        #expect(try names(folder) == ["step-000001"])
    }

    @Test("a place that can't be written fails the save")
    func unwritable() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write([], to: "checkpoints")
        let errors = await Self.fixture.save(CheckpointStore(path: folder.path + "/checkpoints"), Self.fixture.contents(step: 1))
        #expect((errors[0] as? CheckpointError)?.code == .unwritable)
    }

    @Test("a file that may not grow, as under a quota, fails the save and leaves the one before")
    func shortWrites() async {
        // In a process of its own: the limit holds for all of it.
        await #expect(processExitsWith: .success) {
            let fixture = CheckpointFixture.small
            let folder = try TemporaryFolder()
            let store = CheckpointStore(path: folder.path)
            let before = await fixture.save(store, fixture.contents(step: 1))
            signal(SIGXFSZ, SIG_IGN)
            // Half of a shard: the write that crosses it is short, the next one fails.
            var limit = rlimit(rlim_cur: 2000, rlim_max: 2000)
            guard before[0] == nil, setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { exit(2) }
            let errors = await fixture.save(store, fixture.contents(step: 2))
            guard let error = errors[0] as? CheckpointError, error.code == .unwritable, error.message.contains("File too large") else {
                exit(3)
            }
            guard try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["step-000001"] else { exit(4) }
            try Checkpoint(path: store.folder(step: 1)).verify()
        }
    }

    /// A file system of 64 KiB, where the process may mount one.
    private struct SmallDisk {
        let path: String

        static func run(_ arguments: [String]) -> Bool {
            let process = Process()
            process.executableURL = URL(filePath: "/bin/" + arguments[0])
            process.arguments = Array(arguments.dropFirst())
            process.standardError = FileHandle.nullDevice
            guard (try? process.run()) != nil else { return false }
            process.waitUntilExit()
            return process.terminationStatus == 0
        }

        static let canMount: Bool = {
            guard geteuid() == 0, let folder = try? TemporaryFolder() else { return false }
            guard run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", folder.path]) else { return false }
            return run(["umount", folder.path])
        }()
    }

    @Test(
        "a disk that is full fails the save, the one before stays, and with room again the next save is good",
        .enabled(if: SmallDisk.canMount, "mounting a tmpfs is not permitted here"))
    func smallDisk() async throws {
        let folder = try TemporaryFolder()
        try #require(SmallDisk.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", folder.path]))
        defer { _ = SmallDisk.run(["umount", "-l", folder.path]) }
        let store = CheckpointStore(path: folder.path + "/checkpoints")
        #expect(await Self.fixture.save(store, Self.fixture.contents(step: 1), rankCount: 2).allSatisfy { $0 == nil })
        _ = try? folder.write([UInt8](repeating: 1, count: 36 << 10), to: "other")
        let errors = await Self.fixture.save(store, Self.fixture.contents(step: 2), rankCount: 2)
        let error = try #require(errors[0] as? CheckpointError)
        #expect(error.code == .unwritable && error.message.contains("No space left"), "\(error)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: store.path) == ["step-000001"])
        try Checkpoint(path: store.folder(step: 1)).verify()
        try FileManager.default.removeItem(atPath: folder.path + "/other")
        #expect(await Self.fixture.save(store, Self.fixture.contents(step: 3), rankCount: 2).allSatisfy { $0 == nil })
        #expect(try store.newestGood()?.checkpoint.manifest.step == 3)
    }
}
