import Checkpointing
import Foundation
import Glibc
import Testing

/// Who may write a run folder.
@Suite("run lease")
struct RunLeaseTests {
    private func error(_ body: () throws -> Void) -> CheckpointError? {
        do {
            try body()
            return nil
        } catch { return error as? CheckpointError }
    }

    @Test("a free lease is taken at once by either policy, and nobody is displaced")
    func free() throws {
        let folder = try TemporaryFolder()
        for (generation, policy) in [(1, RunLease.Policy.refuse), (2, .takeOver(afterSeconds: 60)), (3, .refuse)] {
            let lease = try RunLease(folder: folder.path, policy: policy)
            #expect(lease.generation == generation && lease.displaced == nil)
            try lease.check()
        }
    }

    @Test("a take-over waits, displaces the holder, and names it; the old holder's checks fail from then on")
    func takeOver() throws {
        let folder = try TemporaryFolder()
        let old = try RunLease(folder: folder.path)
        let refused = error { _ = try RunLease(folder: folder.path) }
        #expect(refused?.code == .leaseHeld && refused?.message.contains("--take-over") == true)
        try old.check()
        let clock = ContinuousClock()
        let began = clock.now
        let new = try RunLease(folder: folder.path, policy: .takeOver(afterSeconds: 0.3))
        #expect(clock.now - began >= .milliseconds(300))
        #expect(new.generation == 2)
        #expect(new.displaced?.contains("generation 1, pid \(ProcessInfo.processInfo.processIdentifier), host ") == true)
        try new.check()
        let lost = error { try old.check() }
        #expect(lost?.code == .leaseLost && lost?.message.contains("generation 2 has taken over") == true)
        #expect(error { _ = try RunLease(folder: folder.path) }?.code == .leaseHeld)
        // Nothing but the lease is left.
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["lease"])
    }

    @Test("the displaced holder's end doesn't free the lease, and generations go on")
    func displacedEnds() throws {
        let folder = try TemporaryFolder()
        var old: RunLease? = try RunLease(folder: folder.path)
        var new: RunLease? = try RunLease(folder: folder.path, policy: .takeOver(afterSeconds: 0))
        #expect(old != nil)
        old = nil
        #expect(error { _ = try RunLease(folder: folder.path) }?.code == .leaseHeld)
        try new?.check()
        new = nil
        let third = try RunLease(folder: folder.path)
        #expect(third.generation == 3 && third.displaced == nil)
    }

    @Test("a holder that lets go while it is waited for is not displaced")
    func letsGo() throws {
        let folder = try TemporaryFolder()
        let old = try RunLease(folder: folder.path)
        // The newcomer opens the lease, is refused the lock, and closes it: from then on it waits.
        let watch = inotify_init1(Int32(O_CLOEXEC))
        #expect(inotify_add_watch(watch, folder.path + "/" + RunLease.fileName, UInt32(IN_CLOSE_WRITE)) >= 0)
        let isRefused = DispatchSemaphore(value: 0)
        // A thread of its own: Swift's pool may have none to spare.
        Thread.detachNewThread {
            var state = pollfd(fd: watch, events: Int16(POLLIN), revents: 0)
            if poll(&state, 1, 600_000) == 1 { isRefused.signal() }
            old.release()
        }
        let new = try RunLease(folder: folder.path, policy: .takeOver(afterSeconds: 1_200))
        #expect(isRefused.wait(timeout: .now()) == .success)
        #expect(new.displaced == nil && new.generation == 2)
        try new.check()
        close(watch)
    }

    @Test("of two newcomers the last stays, and the first finds out")
    func twoNewcomers() throws {
        let folder = try TemporaryFolder()
        let old = try RunLease(folder: folder.path)
        let first = try RunLease(folder: folder.path, policy: .takeOver(afterSeconds: 0))
        let second = try RunLease(folder: folder.path, policy: .takeOver(afterSeconds: 0))
        #expect((first.generation, second.generation) == (2, 3))
        try second.check()
        for lost in [old, first] { #expect(error { try lost.check() }?.code == .leaseLost) }
    }

    @Test("files that are detached keep their bytes; what the old holder appends afterwards is nowhere")
    func detached() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Array("one\n".utf8), to: "metrics.jsonl")
        let old = try RunLease(folder: folder.path)
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.seekToEnd()
        let new = try RunLease(folder: folder.path, policy: .takeOver(afterSeconds: 0))
        try new.detachFiles(["metrics.jsonl", "absent.jsonl"])
        try handle.write(contentsOf: Data("two\n".utf8))
        #expect(try String(decoding: folder.read("metrics.jsonl"), as: UTF8.self) == "one\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["lease", "metrics.jsonl"])
        // The displaced one may not detach anything.
        #expect(error { try old.detachFiles(["metrics.jsonl"]) }?.code == .leaseLost)
    }

    @Test("a damaged lease is refused, not taken")
    func damaged() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(Array("nonsense\n".utf8), to: "lease")
        for policy in [RunLease.Policy.refuse, .takeOver(afterSeconds: 0)] {
            #expect(error { _ = try RunLease(folder: folder.path, policy: policy) }?.code == .corrupt)
        }
    }
}
