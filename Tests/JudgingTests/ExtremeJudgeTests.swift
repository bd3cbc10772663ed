import Foundation
import Judging
import TestSupport
import Testing

/// `judge.json` with any number in any place, or damaged.
@Suite("what a judge's folder says of it")
struct ExtremeJudgeTests {
    @Test("it is read, with a bound that some response keeps, or refused by the file's name")
    func specification() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "percept-judge-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let sound = #"{"maximum_tokens": 400, "protocol": "plain"}"#
        var texts = ExtremeNumbers.texts(of: sound).map { Array($0.text.utf8) }
        for seed in 0..<FuzzEffort.count(300) {
            var damage = Damage(seed: UInt64(seed))
            texts.append(seed % 2 == 0 ? Array(damage.done(toJSON: sound).utf8) : damage.done(to: Array(sound.utf8)))
        }
        var (read, refused) = (0, 0)
        for text in texts {
            try Data(text).write(to: folder.appending(path: "judge.json"))
            do {
                #expect(try JudgeSpecification(of: folder).maximumTokens > 0)
                read += 1
            } catch {
                refused += 1
                #expect((error as? JudgeModelError)?.description.contains("judge.json") == true, "\(error)")
            }
        }
        #expect(read > 0 && refused > 0)
    }
}
