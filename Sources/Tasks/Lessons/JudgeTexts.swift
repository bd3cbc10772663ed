/// What an embedded task lends to the lessons of its judge: responses that speak its language, and annotations that are hard to judge on them.
///
/// Everything is a pure function of its arguments and the random numbers drawn.
package protocol JudgeTexts: Sendable {
    /// A response in the reference format that states each of its facts once, and nothing against them: the first lesson.
    func plainResponse(_ random: inout KeyedRandom) -> String

    /// A response as good, careless and confused policies write it.
    func response(_ random: inout KeyedRandom) -> String

    /// An annotation for an attack or a quotation in a response: one that the response reflects, or another.
    func target(in response: String, _ random: inout KeyedRandom) -> String

    /// Annotations that may be asked about a response.
    func candidates(on response: String, _ random: inout KeyedRandom) -> JudgeCandidates
}

/// Annotations that may be asked about a response, the harder kinds first.
package struct JudgeCandidates: Sendable {
    /// What the response reflects.
    package let reflected: [String]
    /// What it says and takes back, doubts, denies or contradicts.
    package let contested: [String]
    /// Values that it does name, but for other places.
    package let exchanged: [String]
    /// Every annotation that the response does not reflect, of what it speaks of.
    package let others: [String]
    /// Every one of what it does not speak of: for want of others.
    package let distant: [String]

    package init(reflected: [String], contested: [String], exchanged: [String], others: [String], distant: [String] = []) {
        self.reflected = reflected
        self.contested = contested
        self.exchanged = exchanged
        self.others = others
        self.distant = distant
    }
}
