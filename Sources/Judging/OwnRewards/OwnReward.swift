package import Trajectories

/// A reward of a user's own, as a judge rank asks it: a program or a server. What it says is logged before it counts.
package protocol OwnReward: Sendable {
    /// The name of the part.
    var name: String { get }
    /// Names what is asked, for the key of the log: the part's name, and the program's words or the server's address.
    var identity: String { get }

    /// Sees that it can be asked. To be called once, before the first response.
    ///
    /// - Throws: ``JudgeLoss`` for one that can't.
    func reach() async throws

    /// What it says of a response; unknown, with the reason, after all attempts. Always comes back: every wait has a limit.
    func value(of question: RewardQuestion) async -> OwnRewardValue

    /// Ends what it has started. Whoever still waits gets an unknown value.
    func end() async
}

extension OwnReward {
    package func reach() async throws {}
    package func end() async {}
}
