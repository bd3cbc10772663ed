/// A network's delays.
package struct LinkModel: Hashable, Sendable {
    /// One way.
    package var latency: Duration
    /// At most this is added to each message's latency, evenly distributed.
    package var jitter: Duration
    /// Bytes a second from one process to another; nil for no bound.
    package var bandwidth: Double?

    /// - Precondition: None is negative, and a bandwidth is positive.
    package init(latency: Duration, jitter: Duration = .zero, bandwidth: Double? = nil) {
        precondition(latency >= .zero && jitter >= .zero && bandwidth.map { $0 > 0 } ?? true, "delays can't be negative")
        self.latency = latency
        self.jitter = jitter
        self.bandwidth = bandwidth
    }
}

/// When messages of one link arrive: each takes the link's time for its bytes, then the latency and some jitter; none overtakes another.
struct LinkClock: Sendable {
    private let link: LinkModel
    private var random: SplitMix64
    /// When the link has sent all bytes it was given.
    private var freeAt: ContinuousClock.Instant?
    private var lastDue: ContinuousClock.Instant?

    /// - Parameter seed: Of the jitter: equal seeds give equal delays.
    init(_ link: LinkModel, seed: UInt64) {
        self.link = link
        random = SplitMix64(state: seed)
    }

    /// When a message that enters at `now` arrives, behind all that entered before.
    mutating func due(byteCount: Int, at now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        let transfer = link.bandwidth.map { Duration.seconds(Double(byteCount) / $0) } ?? .zero
        let sent = max(freeAt ?? now, now) + transfer
        freeAt = sent
        let due = max(lastDue ?? sent, sent + link.latency + link.jitter * Double.random(in: 0..<1, using: &random))
        lastDue = due
        return due
    }
}

/// What is under way on one link, in order. A value without clock or tasks: the caller brings the time.
struct DelayLine<Message: Sendable>: Sendable {
    private var clock: LinkClock
    private var queue: [(due: ContinuousClock.Instant, byteCount: Int, message: Message)] = []
    /// Messages at the head that have left already: removed together, so that taking one costs O(1).
    private var takenCount = 0
    /// Bytes under way.
    private(set) var byteCount = 0

    init(_ clock: LinkClock) { self.clock = clock }

    /// Messages under way.
    var count: Int { queue.count - takenCount }

    /// When the next message arrives, or nil.
    var nextDue: ContinuousClock.Instant? { count > 0 ? queue[takenCount].due : nil }

    mutating func insert(_ message: Message, byteCount: Int, at now: ContinuousClock.Instant) {
        queue.append((clock.due(byteCount: byteCount, at: now), byteCount, message))
        self.byteCount += byteCount
    }

    /// Takes the messages that have arrived at `now`, in order.
    mutating func take(at now: ContinuousClock.Instant) -> [Message] {
        var taken: [Message] = []
        while takenCount < queue.count, queue[takenCount].due <= now {
            taken.append(queue[takenCount].message)
            byteCount -= queue[takenCount].byteCount
            takenCount += 1
        }
        if takenCount > queue.count / 2 {
            queue.removeFirst(takenCount)
            takenCount = 0
        }
        return taken
    }
}

/// Few bits of state, and the same numbers from the same seed.
private struct SplitMix64: RandomNumberGenerator, Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
