import Checkpointing
import Foundation
import TestSupport
import Testing

/// Checkpoints whose files were forged or damaged: refused by a message, whatever they promise.
@Suite("forged checkpoints")
struct ManifestFuzzTests {
    /// Reads all that can be read; the error's words if it can't.
    private static func words(of path: String) -> String? {
        do {
            let checkpoint = try Checkpoint(path: path)
            try checkpoint.verify()
            _ = try checkpoint.state()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test("a manifest with any number in any place, or damaged, is refused or read; the file is named")
    func manifests() async throws {
        let folder = try TemporaryFolder()
        let store = CheckpointStore(path: folder.path)
        let contents = CheckpointFixture.small.contents(step: 3, state: #"{"seed":1}"#)
        #expect(await CheckpointFixture.small.save(store, contents, rankCount: 2).allSatisfy { $0 == nil })
        let path = store.folder(step: 3)
        #expect(Self.words(of: path) == nil)
        let file = URL(filePath: path + "/manifest.json")
        let sound = try String(contentsOf: file, encoding: .utf8)
        var texts = ExtremeNumbers.texts(of: sound).enumerated().filter { FuzzEffort.isLong || $0.offset % 5 == 0 }.map(\.element.text)
        for seed in 0..<FuzzEffort.count(100) {
            var damage = Damage(seed: UInt64(seed))
            texts.append(damage.done(toJSON: sound))
        }
        var refused = 0
        for text in texts {
            try Data(text.utf8).write(to: file)
            guard let words = Self.words(of: path) else { continue }
            refused += 1
            #expect(words.contains("step-000003"), "\(words)")
        }
        #expect(refused > texts.count / 2)
    }
}
