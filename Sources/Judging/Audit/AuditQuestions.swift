package import Tasks
package import Trajectories

/// What a question of the audit tests that needs no oracle.
package enum AuditKind: String, Hashable, Sendable, CaseIterable {
    /// An annotation of another problem: must be missing.
    case foreign
    /// A response that states the annotation word for word among others of its problem: must be reflected.
    case planted
    /// A response that states another fact in the annotation's place: must be missing.
    case contradiction
    /// A pair that has a verdict, judged again: must have the same.
    case repeated
}

/// One question to the judge whose right answer is known.
package struct AuditQuestion: Hashable, Sendable {
    package let kind: AuditKind
    package let response: String
    package let annotation: String
    /// The right verdict; of a repeated question, the first one.
    package let expected: Verdict
    /// Who gave the first verdict of a repeated question.
    package let judge: String?

    package init(kind: AuditKind, response: String, annotation: String, expected: Verdict, judge: String? = nil) {
        self.kind = kind
        self.response = response
        self.annotation = annotation
        self.expected = expected
        self.judge = judge
    }
}

/// Makes questions with known answers out of responses and the annotations of their problems: no oracle is needed, but heeded where there is one.
///
/// Foreign and contradicting questions leave out what the response states word for word (letters and digits compared, without spaces, case and
/// punctuation). A pure function of its arguments.
package struct AuditQuestions: Sendable {
    private let sources: [AuditResponse]
    private let seed: UInt64
    private let step: Int
    private let oracle: (any TaskOracle)?

    /// A question is given up after so many candidates.
    private static let attempts = 32

    /// - Parameters:
    ///   - sources: Responses; those without annotations can't be asked about.
    ///   - seed: The run's.
    ///   - step: Another step, other questions; also the kind that comes first.
    ///   - oracle: Tells the right verdict where the task has rules: questions that it answers otherwise are left out.
    package init(
        sources: [AuditResponse], seed: UInt64, step: Int, oracle: (any TaskOracle)? = nil
    ) {
        self.sources = sources.filter { !$0.annotations.isEmpty }
        self.seed = seed
        self.step = step
        self.oracle = oracle
    }

    /// Up to `count` questions, the kinds taking turns, none twice. Fewer where the sources don't give more.
    ///
    /// - Parameter kinds: which kinds; `repeated` needs sources with judgements.
    package func questions(count: Int, kinds: [AuditKind] = AuditKind.allCases) -> [AuditQuestion] {
        guard !sources.isEmpty, !kinds.isEmpty else { return [] }
        var found: [AuditQuestion] = []
        var seen: Set<AuditQuestion> = []
        for number in 0..<count {
            let kind = kinds[(step + number) % kinds.count]
            var random = KeyedRandom(seed: seed, words: [0x5354_4550, UInt64(step), UInt64(number)])
            for _ in 0..<Self.attempts {
                guard let question = candidate(kind, &random), isRight(question), seen.insert(question).inserted else { continue }
                found.append(question)
                break
            }
        }
        return found
    }

    private func isRight(_ question: AuditQuestion) -> Bool {
        guard let oracle, question.kind != .repeated else { return true }
        return oracle.verdict(annotation: question.annotation, response: question.response) == question.expected
    }

    private func candidate(_ kind: AuditKind, _ random: inout KeyedRandom) -> AuditQuestion? {
        let source = random.pick(sources)
        let place = random.below(source.annotations.count)
        let annotation = source.annotations[place]
        switch kind {
        case .foreign:
            let other = random.pick(random.pick(sources).annotations)
            guard !states(source.annotations, other), !states([source.response], other) else { return nil }
            return AuditQuestion(kind: kind, response: source.response, annotation: other, expected: .missing)
        case .planted:
            let facts = random.permutation(of: source.annotations.count).map { source.annotations[$0] }
            return AuditQuestion(
                kind: kind, response: response(stating: facts, of: source), annotation: annotation, expected: .reflected)
        case .contradiction:
            var facts = source.annotations
            facts[place] = Self.altered(annotation, &random) ?? random.pick(random.pick(sources).annotations)
            let response = response(stating: facts, of: source)
            guard !states([response], annotation) else { return nil }
            return AuditQuestion(kind: kind, response: response, annotation: annotation, expected: .missing)
        case .repeated:
            guard source.judgements.count == source.annotations.count, source.judgements[place].verdict != .unknown else { return nil }
            let first = source.judgements[place]
            return AuditQuestion(
                kind: kind, response: source.response, annotation: annotation, expected: first.verdict, judge: first.judge)
        }
    }

    /// A well-formed response whose thought is the facts and nothing else.
    private func response(stating facts: [String], of source: AuditResponse) -> String {
        let thought = "<think>\n\(facts.joined(separator: " "))\n</think>"
        return source.answer.map { thought + "\n<answer>\n\\boxed{\($0)}\n</answer>" } ?? thought
    }

    /// The annotation with another last figure in its last number; nil without a number.
    private static func altered(_ annotation: String, _ random: inout KeyedRandom) -> String? {
        guard let last = annotation.lastIndex(where: { ("0"..."9").contains($0) }), let digit = annotation[last].wholeNumberValue else {
            return nil
        }
        return annotation[..<last] + "\((digit + 1 + random.below(9)) % 10)" + annotation[annotation.index(after: last)...]
    }

    /// Whether one of the texts holds the annotation word for word.
    private func states(_ texts: [String], _ annotation: String) -> Bool {
        let words = Self.plain(annotation)
        return texts.contains { Self.plain($0).contains(words) }
    }

    private static func plain(_ text: String) -> String {
        text.lowercased().filter { !$0.isWhitespace && !$0.isPunctuation }
    }
}
