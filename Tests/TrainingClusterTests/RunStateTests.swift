import Tasks
import Foundation
import TestSupport
import Testing
import TrainingCluster

/// `state.json` of a checkpoint with any number in any place, or damaged.
@Suite("the state of a run in a checkpoint")
struct RunStateTests {
    private static let sound =
        #"{"cursor": 40, "metricsByteCount": 900, "samplesByteCount": 700, "seed": 7, "step": 5, "updateCount": 4, "validationReward": 0.5, "version": 5}"#

    @Test("it is read or refused, and a run can count on from what is read")
    func extremes() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "percept-state-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var texts = ExtremeNumbers.texts(of: Self.sound).map(\.text)
        // Both counts of steps at the same end.
        texts += ExtremeNumbers.all.map { number in
            Self.sound.replacing(#""step": 5"#, with: "\"step\": \(number)").replacing(#""version": 5"#, with: "\"version\": \(number)")
        }
        for seed in 0..<FuzzEffort.count(300) {
            var damage = Damage(seed: UInt64(seed))
            texts.append(damage.done(toJSON: Self.sound))
        }
        var read = 0
        for text in [Self.sound] + texts {
            try Data(text.utf8).write(to: folder.appending(path: "state.json"))
            guard let state = RunState(inFolder: folder.path) else { continue }
            read += 1
            #expect(state.version == state.step && (0...state.step).contains(state.updateCount), "\(text)")
            #expect(state.metricsByteCount >= 0 && state.samplesByteCount >= 0 && state.seed >= 0, "\(text)")
            var sampler = try ProblemSampler(problemCount: 3, seed: UInt64(state.seed), cursor: state.cursor)
            #expect(sampler.draw(7).count == 7)
            #expect(RunState.updateCount(inFolder: folder.path) == state.updateCount)
        }
        #expect(read > 20 && read < texts.count, "\(read) of \(texts.count)")
    }
}
