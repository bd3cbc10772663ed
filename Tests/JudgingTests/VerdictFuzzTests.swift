import Foundation
import Judging
import TestSupport
import Testing

/// A verdict log that somebody else wrote into.
@Suite("damaged verdict logs")
struct VerdictFuzzTests {
    @Test("a line with any number in any place, or damaged, is a record or is named as damaged")
    func lines() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "percept-verdicts-\(UUID()).jsonl").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let known = #"{"judged":[{"annotation":"a","judge":"j","probability":0.75,"verdict":"reflected"}],"response":"r"}"#
        let unknown =
            #"{"judged":[{"annotation":"a","judge":"j","verdict":"unknown"}],"response":"r","trajectory":{"member":1,"purpose":"training","slot":2,"step":3}}"#
        var lines = [known, unknown].flatMap { ExtremeNumbers.texts(of: $0).map(\.text) }
        for seed in 0..<FuzzEffort.count(300) {
            var damage = Damage(seed: UInt64(seed))
            lines.append(damage.done(toJSON: seed % 2 == 0 ? known : unknown).replacing("\n", with: " "))
        }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
        let log = try VerdictLog(path: path)
        #expect(log.count > 0 && !log.damagedLines.isEmpty && log.damagedLines.count < lines.count)
        #expect(log.damagedLines.allSatisfy { (1...lines.count).contains($0) })
    }
}
