import Foundation
import Testing

/// The control of a run under load: what the soak promises is checked by the command itself, which ends with 1 where it is not kept.
@Suite("percept bench cluster")
struct BenchClusterTests {
    private struct Report: Decodable {
        struct Load: Decodable {
            let slotsTaken: Int
            let trajectories: Int
            let duplicates: Int
            let mismatches: Int
            let reissued: Int
        }

        let status: String
        let groups: Int
        let digests: [String]
        let cuts: Int
        let kills: Int
        let late: Int
        let residentAtFifth: Int
        let residentAtEnd: Int
        let peak: Load
    }

    private func run(_ options: [String]) throws -> Report {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let outcome = try PerceptProgram.run(["bench", "cluster", "--json"] + options, in: root)
        #expect(outcome.code == 0, "\(outcome.errors)")
        return try outcome.json(Report.self)
    }

    @Test("64 simulated workers in a storm train 2,000 groups to the digests of a calm run, in level memory", .timeLimit(.minutes(15)))
    func soak() throws {
        let report = try run(["--workers", "64", "--groups", "2000", "--storm"])
        #expect(report.status == "finished" && report.groups == 2000 && Set(report.digests).count == 40)
        #expect(report.cuts > 20 && report.kills > 0 && report.late > 100, "the storm was a breeze")
        #expect(report.peak.reissued > 0 && report.peak.duplicates > 0 && report.peak.mismatches == 0)
        #expect(report.peak.slotsTaken <= 100 && report.peak.trajectories <= 400)
        let growth = Double(report.residentAtEnd) / Double(report.residentAtFifth) - 1
        print("soak: \(report.cuts) cuts, \(report.kills) kills, \(report.late) late frames; memory \(growth * 100) %")
    }

    @Test("digests depend on the seed, not on the number of workers")
    func calm() throws {
        let few = try run(["--workers", "2", "--groups", "60", "--groups-per-step", "20"])
        let many = try run(["--workers", "11", "--groups", "60", "--groups-per-step", "20"])
        #expect(few.digests == many.digests && few.digests.count == 3)
        #expect(try run(["--workers", "2", "--groups", "60", "--groups-per-step", "20", "--seed", "2"]).digests != few.digests)
    }
}
