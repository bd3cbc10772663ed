/// The facts of all problems, out of selected chains and logged extractions: a pure function of both, so that every run and every review
/// makes the same set again.
package struct AnnotationSet: Sendable {
    /// What reduces a problem's facts, and which problems are written.
    package struct Options: Hashable, Sendable {
        /// A fact needs this many chains of thought that state it.
        package var minimumSupport = 1
        /// A problem keeps at most so many facts: those with the most support, earlier ones first.
        package var factsPerProblem = 32

        package init() {}
    }

    /// A problem with its chains and facts.
    package struct Item: Sendable {
        package let problem: AnnotationProblem
        /// The right chains, in the order of the files.
        package let chains: [ChainOfThought]
        package let facts: ProblemFacts
        /// The facts that stay before review, in the order of first mention.
        package let kept: [SupportedFact]
    }

    /// Why a problem has no facts.
    package enum Loss: String, CaseIterable, Codable, Sendable {
        case noChain = "no_chain"
        case noRightChain = "no_right_chain"
        /// Right chains, but not one readable answer of the extractor.
        case notExtracted = "not_extracted"
        /// The extractor found nothing in them.
        case nothingStated = "nothing_stated"
        /// All that it found was refused, or had too little support.
        case allRefused = "all_refused"

        /// What the reason means, in a few words.
        package var meaning: String {
            switch self {
            case .noChain: "no chain of thought"
            case .noRightChain: "no chain of thought with the right answer"
            case .notExtracted: "no answer of the extractor, or none that can be read"
            case .nothingStated: "no visual fact stated"
            case .allRefused: "every fact refused or below the support asked for"
            }
        }
    }

    /// One a problem, in the order of the folder.
    package private(set) var items: [Item] = []
    package private(set) var problemLosses: [Loss: Int] = [:]
    /// Chains by what became of their extraction: reasons of ``ExtractionRecord/loss``, and "pending" for those without a record.
    package private(set) var chainLosses: [String: Int] = [:]
    /// Chains with a readable answer, and those among them whose answer has no facts.
    package private(set) var extractedChains = 0
    package private(set) var chainsWithoutFacts = 0
    /// Statements of all answers, before any rule.
    package private(set) var statements = 0
    package private(set) var refusals: [FactRefusal: Int] = [:]
    package private(set) var duplicatesWithinChain = 0
    package private(set) var duplicatesAcrossChains = 0
    /// Facts dropped by ``Options``.
    package private(set) var belowSupport = 0
    package private(set) var aboveLimit = 0
    /// Tokens of all records used, whichever run asked them.
    package private(set) var promptTokens = 0
    package private(set) var completionTokens = 0

    /// - Parameters:
    ///   - problems: All problems, in the order of `selection`.
    ///   - selection: Their right chains.
    ///   - record: The extraction of a chain; nil if there is none yet.
    ///   - options: See ``Options``.
    package init(
        problems: [AnnotationProblem], selection: ChainSelection, options: Options = Options(),
        record: (ExtractionRequest) -> ExtractionRecord?
    ) {
        let problemsWithChain = selection.problemsWithAnyChain
        for (index, problem) in problems.enumerated() {
            let chains = selection.kept[index]
            var facts = ProblemFacts(problemID: problem.id)
            var answers = 0
            let before = statements
            for (number, chain) in chains.enumerated() {
                guard let statements = statements(of: record(ExtractionRequest(problem, chain))) else { continue }
                answers += 1
                facts.add(
                    statements, chain: number, rules: FactRules(question: problem.question, answer: problem.answer, chain: chain.response))
            }
            let kept = reduced(facts.facts, options)
            for refused in facts.refused { refusals[refused.reason, default: 0] += 1 }
            duplicatesWithinChain += facts.duplicatesWithinChain
            duplicatesAcrossChains += facts.duplicatesAcrossChains
            if kept.isEmpty {
                let loss: Loss =
                    !problemsWithChain.contains(index)
                    ? .noChain
                    : chains.isEmpty ? .noRightChain : answers == 0 ? .notExtracted : statements == before ? .nothingStated : .allRefused
                problemLosses[loss, default: 0] += 1
            }
            items.append(Item(problem: problem, chains: chains, facts: facts, kept: kept))
        }
    }

    private mutating func statements(of record: ExtractionRecord?) -> [String]? {
        guard let record else {
            chainLosses["pending", default: 0] += 1
            return nil
        }
        promptTokens += record.promptTokens
        completionTokens += record.completionTokens
        guard let found = record.statements else {
            chainLosses[record.loss ?? "unknown", default: 0] += 1
            return nil
        }
        extractedChains += 1
        if found.isEmpty { chainsWithoutFacts += 1 }
        statements += found.count
        return found
    }

    private mutating func reduced(_ facts: [SupportedFact], _ options: Options) -> [SupportedFact] {
        let supported = facts.filter { $0.support >= options.minimumSupport }
        belowSupport += facts.count - supported.count
        guard supported.count > options.factsPerProblem else { return supported }
        aboveLimit += supported.count - options.factsPerProblem
        let ranked = supported.enumerated().sorted { ($0.element.support, $1.offset) > ($1.element.support, $0.offset) }
        let chosen = Set(ranked.prefix(options.factsPerProblem).map(\.offset))
        return supported.enumerated().filter { chosen.contains($0.offset) }.map(\.element)
    }
}

extension ExtractionRequest {
    /// The request for one chain of thought.
    package init(_ problem: AnnotationProblem, _ chain: ChainOfThought) {
        self.init(problemID: problem.id, question: problem.question, response: chain.response)
    }
}
