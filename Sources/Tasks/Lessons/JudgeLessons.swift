package import Trajectories

/// One decision that a judge learns or is audited on: an annotation and the oracle's verdict on it.
package struct JudgeDecision: Hashable, Codable, Sendable {
    package let annotation: String
    package let verdict: Verdict
}

/// One training sequence of the judge: a response and several decisions on it.
package struct JudgeExample: Hashable, Codable, Sendable {
    package let response: String
    package let decisions: [JudgeDecision]
    /// The family of the attack in the response, if there is one; never a held-out one.
    package let injection: InjectionFamily?
}

/// Training examples for the judge of an embedded task, labelled by its oracle: example i is a pure function of (seed, i).
///
/// The task's ``JudgeTexts`` write responses and name annotations. A fifth of the responses carries an attack of a trained
/// ``InjectionFamily``, and nearly another fifth a ``Murmur``, so that what is strange is not taken for what is false. Held-out families
/// never occur. About half of the decisions are `reflected`; the others prefer the hard cases: what the response does name, for other places or in
/// contradictions. What the image showed is of no concern: judges see text alone.
package struct JudgeLessons: Sendable {
    private let seed: UInt64
    private let texts: any JudgeTexts
    private let truth: any TaskOracle
    private let decisionCount: Int

    /// - Parameters:
    ///   - seed: Another seed, other examples.
    ///   - task: Whose judge learns.
    ///   - decisionCount: Decisions an example, 1 to 20.
    /// - Precondition: `decisionCount` is in 1 ... 20, so that every example has that many different annotations.
    package init(seed: UInt64, of task: any EmbeddedTask.Type, decisionCount: Int = 6) {
        precondition((1...20).contains(decisionCount), "1 to 20 decisions an example are possible, not \(decisionCount)")
        self.seed = seed
        self.decisionCount = decisionCount
        texts = task.judgeTexts
        truth = task.truth
    }

    /// Example `index`, an endless sequence from 0.
    package func example(at index: Int) -> JudgeExample { example(at: index, hasMurmurs: true) }

    /// Example `index` without the lines of random words, which would only waste a tokenizer's vocabulary.
    package func wordyExample(at index: Int) -> JudgeExample { example(at: index, hasMurmurs: false) }

    private func example(at index: Int, hasMurmurs: Bool) -> JudgeExample {
        var random = KeyedRandom(seed: seed, words: [0x4A_5458, UInt64(index)])
        var response = texts.response(&random)
        var chosen: [String] = []
        var injection: InjectionFamily?
        if random.chance(percent: 20) {
            let family = random.pick(InjectionFamily.trained)
            // An annotation that needs the attack, or one that stands without it.
            let target = texts.target(in: response, &random)
            response = family.attack(response: response, annotation: target, seed: random.next())
            chosen.append(target)
            injection = family
        } else if hasMurmurs, random.chance(percent: 20) {
            // A quotation for half of them: of something that the response states, or not.
            let target = texts.target(in: response, &random)
            let isQuoted = random.chance(percent: 50)
            response = Murmur.added(to: response, quoting: isQuoted ? target : nil, &random)
            if isQuoted { chosen.append(target) }
        }
        let annotations = annotations(on: response, including: chosen, random: &random)
        return labelled(response, annotations, injection)
    }

    /// Example `index` of the first lesson: a response that states every fact once in the reference format, and annotations half of which
    /// it states. A pure function of (seed, index), like ``example(at:)``.
    package func plainExample(at index: Int) -> JudgeExample {
        var random = KeyedRandom(seed: seed, words: [0x50_4C4E, UInt64(index)])
        let response = texts.plainResponse(&random)
        return labelled(response, annotations(on: response, including: [], random: &random), nil)
    }

    private func labelled(_ response: String, _ annotations: [String], _ injection: InjectionFamily?) -> JudgeExample {
        let verdicts = truth.verdicts(annotations: annotations, response: response)
        return JudgeExample(
            response: response, decisions: zip(annotations, verdicts).map { JudgeDecision(annotation: $0, verdict: $1) },
            injection: injection)
    }

    /// `decisionCount` different annotations: half of them reflected where the response has as many, hard ones before random ones.
    private func annotations(on response: String, including given: [String], random: inout KeyedRandom) -> [String] {
        let candidates = texts.candidates(on: response, &random)
        var chosen = given
        func add(_ candidates: [String], upTo count: Int, _ random: inout KeyedRandom) {
            for index in random.permutation(of: candidates.count) where chosen.count < count && !chosen.contains(candidates[index]) {
                chosen.append(candidates[index])
            }
        }
        add(candidates.reflected, upTo: max(chosen.count, (decisionCount + 1) / 2), &random)
        add(candidates.contested, upTo: min(decisionCount, chosen.count + 2), &random)
        add(candidates.exchanged, upTo: min(decisionCount, chosen.count + 1), &random)
        add(candidates.others, upTo: decisionCount, &random)
        if chosen.count < decisionCount { add(candidates.distant, upTo: decisionCount, &random) }
        return random.permutation(of: chosen.count).map { chosen[$0] }
    }
}
