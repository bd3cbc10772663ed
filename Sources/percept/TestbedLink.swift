import ActorRuntime
import Foundation

/// Delays that a testbed puts between processes of one machine, by environment variables: `PERCEPT_LATENCY_MS` one way, and
/// `PERCEPT_BANDWIDTH_MBIT` from one process to another. Under mpirun they are passed on with `-x`. Time changes, digests don't.
enum TestbedLink {
    /// The transport itself or, where a variable asks for it, the transport at the end of a slower link.
    /// - Throws: ``CommandFailure`` for a value that is no number in range.
    static func applied(to transport: any Transport) throws -> any Transport {
        guard let link = try link(ProcessInfo.processInfo.environment) else { return transport }
        return DelayedTransport(transport, link: link)
    }

    static func link(_ environment: [String: String]) throws -> LinkModel? {
        let latency = try number("PERCEPT_LATENCY_MS", 0...60_000, environment)
        let bandwidth = try number("PERCEPT_BANDWIDTH_MBIT", 0.001...1_000_000, environment)
        guard latency != nil || bandwidth != nil else { return nil }
        return LinkModel(latency: .milliseconds(latency ?? 0), bandwidth: bandwidth.map { $0 * 1e6 / 8 })
    }

    private static func number(_ name: String, _ range: ClosedRange<Double>, _ environment: [String: String]) throws -> Double? {
        guard let text = environment[name], !text.isEmpty else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw CommandFailure("\(name)=\(text) is no number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}
