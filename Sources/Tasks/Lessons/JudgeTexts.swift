/// What an embedded task lends to the lessons of its judge: responses that speak its language, and annotations that are hard to judge on them.
///
/// Everything is a pure function of its arguments and the random numbers drawn.
package protocol JudgeTexts: Sendable {
    /// A response in the reference format that states every fact once, nothing more: the first lesson.
    func plainResponse(_ random: inout KeyedRandom) -> String

    /// A response as good, careless and confused policies write it.
    func response(_ random: inout KeyedRandom) -> String

    /// An annotation for an attack or a quotation in a response: one that the response reflects, or another.
    func target(in response: String, _ random: inout KeyedRandom) -> String

    /// Annotations that may be asked about a response.
    func candidates(on response: String, _ random: inout KeyedRandom) -> JudgeCandidates
}

/// Annotations that may be asked about a response, the harder kinds first. None is in two of the lists but for ``altered`` and ``others``.
package struct JudgeCandidates: Sendable {
    /// What the response reflects.
    package let reflected: [String]
    /// What it says and takes back, doubts, denies or contradicts.
    package let contested: [String]
    /// Values that it does name, but for other places.
    package let exchanged: [String]
    /// What it reflects with one property changed, where annotations state several: nothing but that property tells them apart.
    package let altered: [String]
    /// Every annotation that the response does not reflect.
    package let others: [String]

    package init(reflected: [String], contested: [String], exchanged: [String], altered: [String] = [], others: [String]) {
        self.reflected = reflected
        self.contested = contested
        self.exchanged = exchanged
        self.altered = altered
        self.others = others
    }
}
