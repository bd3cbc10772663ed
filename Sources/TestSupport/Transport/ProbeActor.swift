package import ActorRuntime
import Distributed

/// An error with advice, for the suite's checks of what crosses ranks.
package struct ProbeError: RetryAdvising, CustomStringConvertible {
    /// The error's text.
    package let description: String
    /// The advice.
    package let isRetryable: Bool
}

/// A value with the shapes that a positional coder gets wrong most easily.
package struct ProbeValue: Codable, Hashable, Sendable {
    /// Enum with and without payload.
    package enum Choice: Codable, Hashable, Sendable {
        case none
        case count(Int)
        case pair(name: String, flag: Bool?)
    }
    /// Optionals, present and absent.
    package var optionals: [Int?]
    /// A missing field.
    package var missing: String?
    /// A present field.
    package var present: Float?
    /// Enum cases.
    package var choices: [Choice]
    /// Dictionaries by string and by integer.
    package var byName: [String: Double]
    /// Nested collections.
    package var byNumber: [Int: [UInt8]]

    /// A value that exercises each field.
    package static let sample = ProbeValue(
        optionals: [1, nil, -3], missing: nil, present: -0.0, choices: [.none, .count(7), .pair(name: "é", flag: nil)],
        byName: ["a": 1e-300, "": .infinity], byNumber: [-1: [], 300: [0, 255]])
}

/// What the compatibility suite calls on the other side.
package distributed actor ProbeActor {
    package typealias ActorSystem = ClusterActorSystem
    private var log: [Int] = []
    private var cancellationCount = 0
    private var waiting = 0

    /// Creates a probe.
    package init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }

    /// Returns its argument.
    package distributed func echo(_ bytes: [UInt8]) -> [UInt8] { bytes }
    /// Returns its argument.
    package distributed func echo(value: ProbeValue) -> ProbeValue { value }
    /// Returns its argument, of any type.
    package distributed func generic<T: Codable & Sendable>(_ value: T) -> T { value }
    /// Returns so many bytes.
    package distributed func produce(byteCount: Int) -> [UInt8] { [UInt8](repeating: 7, count: byteCount) }
    /// Throws `ProbeError`.
    package distributed func fail(_ text: String, isRetryable: Bool) throws {
        throw ProbeError(description: text, isRetryable: isRetryable)
    }
    /// Notes a number.
    package distributed func append(_ number: Int) { log.append(number) }
    /// The numbers noted, in order.
    package distributed func appended() -> [Int] { log }
    /// Number of cancelled waits.
    package distributed func cancellations() -> Int { cancellationCount }
    /// Number of waits under way.
    package distributed func waits() -> Int { waiting }

    /// Sleeps; counts if its task is cancelled.
    package distributed func wait(milliseconds: Int) async throws {
        waiting += 1
        defer { waiting -= 1 }
        do {
            try await Task.sleep(for: .milliseconds(milliseconds))
        } catch {
            cancellationCount += 1
            throw error
        }
    }

    /// Calls another actor by the reference it was given.
    package distributed func relay(_ bytes: [UInt8], to other: ProbeActor) async throws -> [UInt8] { try await other.echo(bytes) }

    /// Receives the bulk transfer of a ticket from `peer`; true if its checksum is the announced one.
    package distributed func receive(_ ticket: BulkTicket, from peer: PeerAddress, milliseconds: Int) async throws -> Bool {
        let buffer = BulkBuffer(byteCount: ticket.byteCount)
        try await actorSystem.transport.receiveBulk(into: buffer, from: peer, tag: ticket.tag, deadline: .milliseconds(milliseconds))
        return buffer.checksum == ticket.checksum
    }

    /// Sends a bulk transfer filled by `pattern` to `peer`.
    package distributed func send(byteCount: Int, seed: UInt64, tag: BulkTag, to peer: PeerAddress, milliseconds: Int) async throws {
        let buffer = BulkBuffer.pattern(byteCount: byteCount, seed: seed)
        try await actorSystem.transport.sendBulk(buffer, to: peer, tag: tag, deadline: .milliseconds(milliseconds))
    }
}

/// Another type of actor: calls meant for a probe must not reach it.
package distributed actor OtherActor {
    package typealias ActorSystem = ClusterActorSystem
    /// Creates an actor.
    package init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }
    /// Returns 1.
    package distributed func one() -> Int { 1 }
}

extension BulkBuffer {
    /// A buffer of reproducible bytes (a linear congruential sequence, top byte of each state).
    package static func pattern(byteCount: Int, seed: UInt64) -> BulkBuffer {
        let buffer = BulkBuffer(byteCount: byteCount)
        var state = seed
        buffer.withUnsafeMutableBytes { bytes in
            for index in bytes.indices {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[index] = UInt8(truncatingIfNeeded: state >> 56)
            }
        }
        return buffer
    }
}
