import Distributed
import Synchronization

/// Distributed actors over a `Transport`.
///
/// Actors have well-known names ("controller", "judge") and are held strongly until `shutdown` or `release`. A call is one frame
/// there and one back; it ends by a reply, an error, its deadline, the caller's cancellation (which cancels the callee's task), the
/// peer's loss or shutdown, whichever is first. Calls are for control and small values: tensors go over `transport`'s bulk lane.
///
/// Order: calls that one task makes one after another run in that order. Nothing is promised between calls of different tasks.
package final class ClusterActorSystem: DistributedActorSystem, Sendable {
    /// Process and name.
    package typealias ActorID = ActorAddress
    /// Arguments of outgoing calls.
    package typealias InvocationEncoder = CallEncoder
    /// Arguments of incoming calls.
    package typealias InvocationDecoder = CallDecoder
    /// Results of incoming calls.
    package typealias ResultHandler = CallResultHandler
    /// Arguments and results are `Codable`.
    package typealias SerializationRequirement = any Codable

    /// Bounds and time limits.
    package struct Configuration: Sendable {
        /// Time limit of a call unless `callDeadline` gives another.
        package var callDeadline: Duration = .seconds(10)
        /// Calls in flight to one peer; more are refused as `overloaded`.
        package var maximumCallsInFlightPerPeer = 1024
        /// Calls at a time to one actor; more are refused as `overloaded`.
        package var maximumMailboxCount = 1024

        /// The defaults.
        package init() {}
    }

    /// Time limit of the calls made by the current task; see `withCallDeadline`.
    @TaskLocal package static var callDeadline: Duration?
    /// Name for the next actor; see `host`.
    @TaskLocal static var nextName: String?
    /// Numbers calls of all systems of the process, so that a late answer never meets a call of a later system.
    private static let lastCallID = Atomic<UInt64>(0)
    /// Of all systems of the process: a send that was given up must never meet a later transfer.
    private static let lastBulkTag = Atomic<UInt32>(0)

    struct Hosted: Sendable {
        let actor: any DistributedActor
        /// How the mangled names of the actor's methods begin.
        let targetPrefix: String?
    }
    struct ActorTable: Sendable {
        var hosted: [String: Hosted] = [:]
        var reserved: Set<String> = []
        var lastAnonymous = 0
    }
    struct Calls: Sendable {
        var table: CallTable<CheckedContinuation<[UInt8], any Error>>
        var alarm: (at: ContinuousClock.Instant, task: Task<Void, Never>)?
    }

    /// The carrier of calls; also gives the bulk lane.
    package let transport: any Transport
    /// Bounds and time limits.
    package let configuration: Configuration
    /// What has been seen so far.
    package let counters = ActorSystemCounters()
    /// This process.
    package var localPeer: PeerAddress { transport.localPeer }

    let actors = Mutex(ActorTable())
    let calls: Mutex<Calls>
    let invocations: Mutex<InvocationTable<Task<Void, Never>>>
    let handshake = Mutex(HandshakeState())
    let refusals = Mutex(RefusalState())
    let heartbeat = Mutex<Task<Void, Never>?>(nil)
    let retired = Mutex<Set<PeerAddress>>([])

    /// Creates a system that receives the transport's frames from now on.
    package init(transport: any Transport, configuration: Configuration = Configuration()) {
        self.transport = transport
        self.configuration = configuration
        calls = Mutex(Calls(table: CallTable(maximumInFlightPerPeer: configuration.maximumCallsInFlightPerPeer)))
        invocations = Mutex(InvocationTable(maximumPerActor: configuration.maximumMailboxCount))
        transport.setFrameHandler { [weak self] source, frame in self?.receive(frame, from: source) }
    }

    /// Ends all calls and refuses further ones, cancels what runs for others, lets go of all actors. The transport stays usable.
    package func shutdown() {
        transport.setFrameHandler(nil)
        heartbeat.withLock { task in
            task?.cancel()
            task = nil
        }
        let waiters = calls.withLock { calls in
            calls.alarm?.task.cancel()
            calls.alarm = nil
            return calls.table.close()
        }
        for waiter in waiters {
            waiter.resume(throwing: RemoteFailure(code: .shutDown, message: "the actor system was shut down", rank: localPeer.rank))
        }
        for task in invocations.withLock({ $0.close() }) { task.cancel() }
        // The last references must not go under the lock: an actor's deinit calls `resignID`.
        let hosted = actors.withLock { table in
            defer { table.hosted = [:] }
            return table.hosted
        }
        withExtendedLifetime(hosted) {}
    }

    /// Runs `body` with another time limit for the calls it makes.
    package static func withCallDeadline<R>(
        _ deadline: Duration, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> R
    ) async rethrows -> R {
        try await $callDeadline.withValue(deadline, operation: body)
    }

    /// A tag for the next bulk transfer that this process announces: unique for 2^30 transfers.
    ///
    /// A transfer that failed is repeated under a new tag: the old send may still lie with MPI.
    package func makeBulkTag() -> BulkTag {
        BulkTag(Self.lastBulkTag.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    static func makeCallID() -> CallID { CallID(rawValue: lastCallID.wrappingAdd(1, ordering: .relaxed).newValue) }
}
