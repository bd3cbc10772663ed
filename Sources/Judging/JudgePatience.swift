/// How long a judge that is out of reach is waited for, and which settings say so.
package struct JudgePatience: Hashable, Sendable {
    /// Before the first response: servers may start beside us.
    package var start: Duration
    /// From then on.
    package var absence: Duration

    package init(start: Duration, absence: Duration) {
        self.start = start
        self.absence = absence
    }

    /// For commands that are no runs: the defaults of `cluster`.
    package static let standard = JudgePatience(start: .seconds(600), absence: .seconds(300))
}
