import ArgumentParser
import LinearAlgebra
import Telemetry

/// `percept bench`: measurements of this machine and of models on it.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure this machine, a tokenizer, a judging model, or the control of a run on it.",
        subcommands: [BenchMachineCommand.self, BenchTokenizerCommand.self, BenchJudgeCommand.self, BenchClusterCommand.self],
        defaultSubcommand: BenchMachineCommand.self)
}

/// `percept bench machine`: how fast this machine is, and how much of that the policy's code reaches.
struct BenchMachineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "machine", abstract: "Measure matrix products, memory, decoding, training and, under mpirun, MPI.",
        discussion: """
            One compute thread; each figure is a median. A share is that of the fastest matrix product found here. Decoding counts 2 N \
            floating-point operations a token and training 6 N, N being the parameters in matrix products (the head included, \
            attention's own products not). Messages need at least 2 ranks: mpirun -n 2 percept bench.
            """)

    @Flag(help: "Print JSON.")
    var json = false

    /// The output of `--json`.
    struct Report: Encodable {
        let peak: PeakMeasurement
        let policy: PolicyMeasurement
        let mpi: MessageMeasurement

        enum CodingKeys: String, CodingKey { case peak, policy, mpi }
    }

    func run() async throws {
        let messages = try await MessageMeasurement.measure()
        // Other ranks only answer messages.
        guard let messages else { return }
        let peak = PeakMeasurement.measure()
        let policy = try PolicyMeasurement.measure(peak: peak.gflops)
        let report = Report(peak: peak, policy: policy, mpi: messages)
        StandardOutput.print(try json ? JSONText.encode(report, isIndented: true) : Self.table(report))
    }

    private static func table(_ report: Report) -> String {
        func number(_ value: Double) -> String { value < 10 ? "\((value * 100).rounded() / 100)" : "\(Int(value.rounded()))" }
        func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) % of the peak" }
        let (peak, policy, mpi) = (report.peak, report.policy, report.mpi)
        var lines = [
            "kernels          OpenBLAS \(peak.openBLASCore), large products by \(peak.route)",
            "matrix products  \(number(peak.gflops)) Gflop/s peak "
                + "(OpenBLAS \(number(peak.openBLASGflops)), own kernel \(number(peak.kernelGflops)))",
            "memory           \(number(peak.memoryGigabytesPerSecond)) GB/s",
            "decoding         \(number(policy.decodeTokensPerSecond)) tokens/s, \(percent(policy.decodeShare)) "
                + "(\(policy.parameters) parameters, \(policy.decodeRows) rows)",
            "training         \(number(policy.trainTokensPerSecond)) tokens/s, \(percent(policy.trainShare)) (\(policy.trainRows) rows)",
        ]
        if let reason = mpi.absent {
            lines.append("messages         not measured: \(reason)")
        } else {
            lines.append(
                "messages         \(number(mpi.roundTripMicroseconds ?? 0)) us round trip, "
                    + "\(number(mpi.idleRoundTripMicroseconds ?? 0)) us from idle, "
                    + "\(number(mpi.gigabytesPerSecond ?? 0)) GB/s, \(mpi.ranks) ranks")
        }
        return lines.joined(separator: "\n")
    }
}

/// The middle of repeated timings.
enum Stopwatch {
    /// Median seconds of `repetitions` calls, after one that warms caches.
    static func median(repetitions: Int, _ body: () throws -> Void) rethrows -> Double {
        try body()
        var seconds: [Double] = []
        for _ in 0..<repetitions { seconds.append(try ContinuousClock().measure(body) / .seconds(1)) }
        return median(of: seconds)
    }

    /// Median seconds of `repetitions` calls, after one that warms caches.
    static func median(repetitions: Int, _ body: () async throws -> Void) async rethrows -> Double {
        try await body()
        var seconds: [Double] = []
        for _ in 0..<repetitions { seconds.append(try await ContinuousClock().measure(body) / .seconds(1)) }
        return median(of: seconds)
    }

    /// The upper median; 0 of nothing.
    static func median(of values: [Double]) -> Double { values.isEmpty ? 0 : values.sorted()[values.count / 2] }
}
