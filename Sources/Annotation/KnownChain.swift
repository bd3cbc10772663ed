import Tasks

/// A chain of thought that is written from a problem's own annotations, so that the facts it states are known: what extractors are measured on.
///
/// An opening, the facts in a random order and in varied wordings, reasoning and a computation between them, and the answer. A tenth of the
/// facts is left out, so that an extractor can't guess what it has not read. A pure function of the problem and the seed.
package struct KnownChain: Hashable, Sendable {
    /// The chain of thought.
    package let response: String
    /// The annotations that it states, in their order in the problem.
    package let facts: [String]

    /// - Parameters:
    ///   - problem: A problem with annotations.
    ///   - seed: Another seed, another wording.
    ///   - index: The problem's place in its data set.
    package init(problem: AnnotationProblem, seed: UInt64, index: Int) {
        var random = KeyedRandom(seed: seed, words: [0x4B43, UInt64(index)])
        let known = problem.knownFacts
        var stated = known.indices.filter { _ in !random.chance(percent: 10) }
        if stated.isEmpty { stated = Array(known.indices.prefix(1)) }
        facts = stated.map { known[$0] }
        var sentences = [random.pick(Self.openings)]
        for place in random.permutation(of: stated.count) {
            sentences.append(random.pick(Self.wordings(of: known[stated[place]])))
            if random.chance(percent: 25) { sentences.append(random.pick(Self.asides)) }
        }
        sentences.append(random.pick(Self.reasoning))
        if random.chance(percent: 60) {
            let (a, b) = (11 + random.below(80), 11 + random.below(80))
            sentences.append("\(a) + \(b) = \(a + b), and that settles the rest.")
        }
        let thought = sentences.joined(separator: random.chance(percent: 70) ? " " : "\n")
        response =
            random.chance(percent: 50)
            ? "<think>\n\(thought)\n</think>\n<answer>\\boxed{\(problem.answer)}</answer>"
            : "\(thought)\n\nTherefore, the answer is \\boxed{\(problem.answer)}."
    }

    private static let openings = [
        "Let me look at the image first.", "I start with what the picture shows.", "First I read the image.",
        "Looking closely, here is what I see.",
        "To solve this, I list what is given.",
    ]
    private static let asides = [
        "That will be useful later.", "This is easy to see.", "I keep this in mind.", "So far so good.", "This narrows things down.",
    ]
    private static let reasoning = [
        "Now I put these together and work out what is asked.", "Therefore everything that is needed is known.",
        "By the usual theorem this is enough to finish.", "Since all of this is given, the rest is calculation.",
    ]

    /// Ways to say `fact`; the words of the data sets' own annotations have paraphrases, all others stand as they are.
    static func wordings(of fact: String) -> [String] {
        if let oracle = EmbeddedOracles.of(annotation: fact) { return oracle.wordings(of: fact) }
        let words = fact.split(separator: " ").map(String.init)
        let value = fact.hasSuffix(".") ? String(fact.dropLast()) : fact
        if words.count >= 6, words.starts(with: ["The", "length", "of"]), words[4] == "equals" {
            let (name, rest) = (words[3], value.split(separator: " ").dropFirst(5).joined(separator: " "))
            return [fact, "\(name) = \(rest).", "Side \(name) is labelled \(rest).", "The segment \(name) has length \(rest)."]
        }
        if words.count >= 7, words.starts(with: ["The", "measure", "of", "angle"]), words[5] == "equals" {
            let (name, rest) = (words[4], value.split(separator: " ").dropFirst(6).joined(separator: " "))
            return [fact, "Angle \(name) is \(rest) degrees.", "Angle \(name) = \(rest).", "The angle \(name) measures \(rest)."]
        }
        if words.count == 7, words[0] == "Line", words.dropFirst(2).starts(with: ["is", "perpendicular", "to", "line"]) {
            let other = String(value.split(separator: " ")[6])
            return [fact, "\(words[1]) is perpendicular to \(other).", "\(other) and \(words[1]) are perpendicular."]
        }
        if words.count == 6, words[0] == "Point", words.dropFirst(2).starts(with: ["lies", "on"]) {
            let end = value.split(separator: " ").suffix(2).joined(separator: " ")
            return [fact, "\(words[1]) is on \(end).", "The point \(words[1]) is on \(end)."]
        }
        return [fact]
    }
}
