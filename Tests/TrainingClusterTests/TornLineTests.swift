import Foundation
import Telemetry
import Testing
import TrainingCluster

/// What a process that was killed in the middle of a line leaves behind.
@Suite("torn lines", .serialized)
struct TornLineTests: SmallRuns {
    @Test("half a line at the end of each log is removed by a resume, and written again whole", arguments: [0, 1])
    func resumed(_ staleness: Int) async throws {
        let settings = ["training.staleness=\(staleness)", "training.steps=4"]
        let names = ["metrics.jsonl", "samples.jsonl", "verdicts.jsonl"]
        try await withFolder { whole in
            _ = try await train(try configuration(whole, settings))
            try await withFolder { folder in
                let stop = StopRequest()
                stop.request()
                _ = try await train(try configuration(folder, settings), stop: stop)
                // As if the next step's records had been cut off by a kill.
                for name in names {
                    let file = folder.appending(path: name)
                    let text = try String(contentsOf: file, encoding: .utf8)
                    let line = try #require(text.split(separator: "\n").last)
                    try (text + line.prefix(line.count / 2)).write(to: file, atomically: true, encoding: .utf8)
                }
                let end = try await train(try configuration(folder, settings), resumes: true)
                #expect(end?.status == .finished)
                #expect(try digests(folder) == digests(whole))
                // Samples have no times in them: the files are equal byte by byte.
                #expect(
                    try Data(contentsOf: folder.appending(path: "samples.jsonl"))
                        == Data(contentsOf: whole.appending(path: "samples.jsonl")))
                for name in names {
                    try JSONLinesLog.forEachLine(in: folder.appending(path: name).path) { line in
                        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.text.utf8)) }
                    }
                }
            }
        }
    }

    @Test("samples of a step whose metrics were not written are written once, after a resume")
    func samplesWithoutMetrics() async throws {
        try await withFolder { folder in
            let settings = ["training.steps=3"]
            _ = try await train(try configuration(folder, settings))
            let samples = try Data(contentsOf: folder.appending(path: "samples.jsonl"))
            let written = try digests(folder)
            // Killed between the samples of step 3 and its metrics, amid the latter.
            let metrics = folder.appending(path: "metrics.jsonl")
            let lines = try String(contentsOf: metrics, encoding: .utf8).split(separator: "\n")
            let cut = lines.prefix(2).joined(separator: "\n") + "\n" + lines[2].prefix(100)
            try cut.write(to: metrics, atomically: true, encoding: .utf8)
            try FileManager.default.removeItem(at: folder.appending(path: "checkpoints/step-000003"))
            _ = try await train(try configuration(folder, settings), resumes: true)
            #expect(try Data(contentsOf: folder.appending(path: "samples.jsonl")) == samples)
            #expect(try digests(folder) == written)
        }
    }
}
