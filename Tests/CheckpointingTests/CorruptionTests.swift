import Checkpointing
import Foundation
import Glibc
import Testing

@Suite("Damaged checkpoints")
struct CorruptionTests {
    private static let fixture = CheckpointFixture.small

    /// Flips one bit of a file in place.
    private func flip(_ place: Int, of path: String) throws {
        let descriptor = open(path, O_RDWR)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var byte: UInt8 = 0
        try #require(pread(descriptor, &byte, 1, off_t(place)) == 1)
        byte ^= 1 << (place % 8)
        try #require(pwrite(descriptor, &byte, 1, off_t(place)) == 1)
    }

    @Test(
        "a flipped bit in any byte of any file is found, named by tensor and file, and the good checkpoint before is taken",
        arguments: [1, 2])
    func everyByte(rankCount: Int) async throws {
        let folder = try TemporaryFolder()
        let store = CheckpointStore(path: folder.path)
        for step in [1, 3] {
            let contents = Self.fixture.contents(
                step: step, state: #"{"seed":1}"#, blobs: [CheckpointBlob(name: "policy-version-2.f32", bytes: [9, 9, 9])])
            #expect(await Self.fixture.save(store, contents, rankCount: rankCount).allSatisfy { $0 == nil })
        }
        let path = store.folder(step: 3)
        let manifest = try Checkpoint(path: path).manifest
        let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        #expect(names.count == rankCount + 3)
        for name in names {
            let file = path + "/" + name
            let size = try folder.read("step-000003/" + name).count
            for place in 0..<size {
                try flip(place, of: file)
                defer { try? flip(place, of: file) }
                let found = try #require(try store.newestGood())
                #expect(found.checkpoint.manifest.step == 1, "\(name), byte \(place) is not missed")
                let error = found.rejected.first
                guard error?.path == file, error?.code == .corrupt else {
                    Issue.record("\(name), byte \(place): \(error?.description ?? "not found")")
                    return
                }
                if let piece = manifest.pieces.first(where: { $0.file == name && ($0.byteBegin..<$0.byteEnd).contains(place) }),
                    error?.message.contains(piece.label) != true
                {
                    Issue.record("\(error?.message ?? "") should name \(piece.label)")
                    return
                }
            }
        }
        try Checkpoint(path: path).verify()
    }

    @Test("a file that is cut short, longer or gone is found")
    func sizes() async throws {
        let folder = try TemporaryFolder()
        let store = CheckpointStore(path: folder.path)
        await Self.fixture.save(store, Self.fixture.contents(step: 3), rankCount: 2)
        for name in try FileManager.default.contentsOfDirectory(atPath: store.folder(step: 3)).sorted() {
            let relative = "step-000003/" + name
            let original = try folder.read(relative)
            for damaged in [Array(original.dropLast()), original + [0], []] {
                _ = try folder.write(damaged, to: relative)
                #expect(throws: CheckpointError.self, "\(name)") { try Checkpoint(path: store.folder(step: 3)).verify() }
            }
            try FileManager.default.removeItem(atPath: folder.path + "/" + relative)
            #expect(throws: CheckpointError.self, "\(name)") { try Checkpoint(path: store.folder(step: 3)).verify() }
            _ = try folder.write(original, to: relative)
        }
        try Checkpoint(path: store.folder(step: 3)).verify()
    }

    @Test("loading falls back to the newest good checkpoint and says what it passed over")
    func fallback() async throws {
        let folder = try TemporaryFolder()
        let store = CheckpointStore(path: folder.path)
        #expect(try store.newestGood() == nil)
        for step in [1, 2, 3] { await Self.fixture.save(store, Self.fixture.contents(step: step)) }
        try FileManager.default.removeItem(atPath: store.folder(step: 3) + "/manifest.json")
        try flip(0, of: store.folder(step: 2) + "/state.json")
        let found = try #require(try store.newestGood())
        #expect(found.checkpoint.manifest.step == 1)
        #expect(found.rejected.map(\.code) == [.unreadable, .corrupt])
        #expect(found.rejected[1].path.hasSuffix("step-000002/state.json"))
        try FileManager.default.removeItem(atPath: store.folder(step: 1) + "/learner-00-of-01.safetensors")
        let error = #expect(throws: CheckpointError.self) { try store.newestGood() }
        #expect(error?.code == .noGoodCheckpoint)
    }
}
