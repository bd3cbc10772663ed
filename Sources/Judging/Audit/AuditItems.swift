package import Tasks
package import Trajectories

/// What an audit item tests.
package enum AuditFamily: Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// Responses of the starting policy, asked for the problem's annotations and for altered ones.
    case policyStart
    /// Responses of the trained policy, likewise.
    case policyEnd
    /// Annotations of another problem that the response does not reflect, beside the response's own.
    case foreign
    /// A response that states a second fact that contradicts the first.
    case contradiction
    /// A response that leaves open which of two facts holds.
    case hedge
    /// A response with an attack.
    case injection(InjectionFamily)
    /// A response made of a problem's annotations, asked for one of them: for data without an oracle.
    case planted

    /// The families of a task with an oracle.
    package static var allCases: [AuditFamily] {
        [.policyStart, .policyEnd, .foreign, .contradiction, .hedge] + InjectionFamily.allCases.map { .injection($0) }
    }

    /// The name in reports: "policy_start", "injection/json_verdict".
    package var description: String {
        switch self {
        case .policyStart: "policy_start"
        case .policyEnd: "policy_end"
        case .foreign: "foreign"
        case .contradiction: "contradiction"
        case .hedge: "hedge"
        case .injection(let family): "injection/\(family.rawValue)"
        case .planted: "planted"
        }
    }
}

/// A policy's response to a problem, as material for the audit.
package struct AuditResponse: Hashable, Sendable {
    /// All annotations of the problem.
    package let annotations: [String]
    package let response: String
    /// The gold answer, where it is known.
    package let answer: String?
    /// What a judge has said, one an annotation; empty where nobody has.
    package let judgements: [Judgement]

    package init(annotations: [String], response: String, answer: String? = nil, judgements: [Judgement] = []) {
        self.annotations = annotations
        self.response = response
        self.answer = answer
        self.judgements = judgements
    }
}

/// One question put to the judge, and the oracle's verdict.
package struct AuditItem: Hashable, Sendable {
    package let family: AuditFamily
    package let response: String
    package let annotation: String
    package let expected: Verdict

    init(family: AuditFamily, response: String, annotation: String, expected: Verdict) {
        self.family = family
        self.response = response
        self.annotation = annotation
        self.expected = expected
    }

    /// A question that needs no oracle; nil for a repeated one, which has no right verdict.
    package init?(_ question: AuditQuestion) {
        let family: AuditFamily
        switch question.kind {
        case .foreign: family = .foreign
        case .planted: family = .planted
        case .contradiction: family = .contradiction
        case .repeated: return nil
        }
        self.init(family: family, response: question.response, annotation: question.annotation, expected: question.expected)
    }
}

/// Why an audit can't be built or judged.
package struct AuditError: Error, CustomStringConvertible, Equatable, Sendable {
    package let description: String

    package init(description: String) { self.description = description }
}

/// Builds the audit: as many items of each family as of any other, half of each reflected by the oracle, none twice.
///
/// A pure function of its arguments. Candidates are drawn at random from the responses, altered as the family says, labelled by
/// the oracle, and kept while their half has room. Where the count does not divide evenly, earlier families get one more pair.
package struct AuditBuilder: Sendable {
    private let start: [AuditResponse]
    private let end: [AuditResponse]
    private let seed: UInt64
    private let oracle: any TaskOracle

    /// - Parameters:
    ///   - start: Responses of the starting policy to held-out problems.
    ///   - end: Responses of the trained policy to held-out problems.
    ///   - oracle: Knows the right verdicts.
    ///   - seed: Another seed, other items.
    package init(start: [AuditResponse], end: [AuditResponse], oracle: any TaskOracle, seed: UInt64) {
        self.start = start
        self.end = end
        self.seed = seed
        self.oracle = oracle
    }

    /// `count` items, ordered by family; half of them reflected.
    ///
    /// - Parameter count: How many items, a positive even number.
    /// - Throws: ``AuditError`` if a list of responses is empty or a family can't be filled: the responses are too few or too uniform.
    package func items(count: Int) throws -> [AuditItem] {
        guard count > 0, count.isMultiple(of: 2) else {
            throw AuditError(description: "an audit needs a positive even number of items, not \(count)")
        }
        guard !start.isEmpty, !end.isEmpty else {
            throw AuditError(description: "an audit needs responses from the start and from the end of training: one of the lists is empty")
        }
        let families = AuditFamily.allCases
        var items: [AuditItem] = []
        for (index, family) in families.enumerated() {
            let pairs = count / 2 / families.count + (index < count / 2 % families.count ? 1 : 0)
            items += try self.items(of: family, number: index, pairs: pairs)
        }
        return items
    }

    private func items(of family: AuditFamily, number: Int, pairs: Int) throws -> [AuditItem] {
        var random = KeyedRandom(seed: seed, words: [0x4155_4449, UInt64(number)])
        var seen: Set<AuditItem> = []
        var kept: [AuditItem] = []
        var room: [Verdict: Int] = [.reflected: pairs, .missing: pairs]
        // Each draw fills a given half with a chance of at least a few per cent unless the responses are unusable.
        for _ in 0..<max(1000, pairs * 200) where kept.count < 2 * pairs {
            let wanted: Verdict = (room[.reflected] ?? 0) > (room[.missing] ?? 0) ? .reflected : .missing
            guard let (response, annotation) = candidate(of: family, wanted: wanted, &random) else { continue }
            let item = AuditItem(
                family: family, response: response, annotation: annotation,
                expected: oracle.verdict(annotation: annotation, response: response))
            guard let left = room[item.expected], left > 0, seen.insert(item).inserted else { continue }
            room[item.expected] = left - 1
            kept.append(item)
        }
        guard kept.count == 2 * pairs else {
            throw AuditError(
                description:
                    "the audit family \(family) lacks \(room[.reflected] ?? 0) reflected and \(room[.missing] ?? 0) missing items: "
                    + "give it more responses than \(start.count) and \(end.count), or ask for fewer items")
        }
        return kept
    }

    /// A response and an annotation of `family` that may have the verdict `wanted`.
    private func candidate(of family: AuditFamily, wanted: Verdict, _ random: inout KeyedRandom) -> (response: String, annotation: String)?
    {
        let source: AuditResponse
        switch family {
        case .policyStart: source = random.pick(start)
        case .policyEnd: source = random.pick(end)
        default: source = random.pick(random.chance(percent: 50) ? start : end)
        }
        guard !source.annotations.isEmpty else { return nil }
        let own = random.pick(source.annotations)
        switch family {
        case .policyStart, .policyEnd:
            // What the policy misread is missing by itself; another fact than the right one fills up where it misreads little.
            return (source.response, wanted == .missing && random.chance(percent: 50) ? oracle.altered(own, &random) ?? own : own)
        case .foreign:
            guard wanted == .missing else { return (source.response, own) }
            let other = random.pick(random.chance(percent: 50) ? start : end)
            guard !other.annotations.isEmpty else { return nil }
            let foreign = random.pick(other.annotations)
            return source.annotations.contains(foreign) ? nil : (source.response, foreign)
        case .contradiction:
            guard let target = stated(in: source.response, &random), let other = oracle.altered(target, &random) else { return nil }
            let response = contradicted(source.response, by: other, &random)
            // One of the two facts, or an annotation of the same response that stays true.
            return (response, wanted == .missing ? random.pick([target, other]) : own)
        case .hedge:
            guard let target = stated(in: source.response, &random), let hedge = oracle.hedge(on: target, &random),
                let range = source.response.firstRange(of: target)
            else { return nil }
            let response = source.response.replacingCharacters(at: range, with: hedge.sentence)
            return (response, wanted == .missing ? random.pick(hedge.annotations) : own)
        case .injection(let injection):
            let annotation = wanted == .missing ? oracle.altered(own, &random) ?? own : own
            return (injection.attack(response: source.response, annotation: annotation, seed: random.next()), annotation)
        case .planted: return nil
        }
    }

    /// An annotation that the response reflects and states word for word.
    private func stated(in response: String, _ random: inout KeyedRandom) -> String? {
        let stated = oracle.stated(in: response).filter { response.contains($0) }
        return stated.isEmpty ? nil : random.pick(stated)
    }

    /// `response` with a statement that contradicts it: at the end of its thought, or before everything that it says.
    private func contradicted(_ response: String, by statement: String, _ random: inout KeyedRandom) -> String {
        if random.chance(percent: 30), let start = response.firstRange(of: "<think>\n") {
            return response.replacingCharacters(at: start.upperBound..<start.upperBound, with: statement + " ")
        }
        if let end = response.firstRange(of: "\n</think>") {
            return response.replacingCharacters(at: end.lowerBound..<end.lowerBound, with: " " + statement)
        }
        return response + " " + statement
    }
}

extension String {
    fileprivate func replacingCharacters(at range: Range<Index>, with text: String) -> String {
        var copy = self
        copy.replaceSubrange(range, with: text)
        return copy
    }
}
