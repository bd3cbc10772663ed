/// What a judge has been given and has not judged yet: requests in the order of their arrival, each once.
///
/// A request is held from its arrival until it is judged or its judging has failed, and no longer: whoever hears of that may ask again, on
/// purpose and before the judge knows that it was heard. What arrives while it is held is the same work a second time, because a lease ran
/// out or a call was repeated, and is passed over: its answer is on the way.
package struct JudgeInbox: Sendable {
    /// What waits to be judged, in order.
    package private(set) var queue: [JudgeRequest] = []
    /// What waits or is being judged.
    package private(set) var held: Set<JudgeRequest> = []

    package init() {}

    /// Takes requests in; those that are held already are passed over.
    package mutating func receive(_ requests: [JudgeRequest]) { queue += requests.filter { held.insert($0).inserted } }

    /// The next requests to be judged, `count` at most.
    package mutating func next(_ count: Int) -> [JudgeRequest] {
        let batch = Array(queue.prefix(count))
        queue.removeFirst(batch.count)
        return batch
    }

    /// Requests are judged, or their judging has failed. To be called before anybody hears of it.
    package mutating func finish(_ requests: [JudgeRequest]) { held.subtract(requests) }

    /// Forgets everything.
    package mutating func clear() { self = JudgeInbox() }
}
