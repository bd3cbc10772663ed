import Rewards

/// Which chains of thought are worth asking for facts: those of a known problem whose final answer is right.
package struct ChainSelection: Sendable {
    /// Why a chain of thought is not used.
    package enum Loss: String, CaseIterable, Codable, Sendable {
        /// Its id is none of the folder's.
        case unknownProblem = "unknown_problem"
        /// The same problem and text stand before it.
        case duplicate
        /// No final answer is found in it.
        case noAnswer = "no_final_answer"
        /// Its final answer is not the gold answer.
        case wrongAnswer = "wrong_answer"
        /// Its problem has enough chains already.
        case surplus = "above_limit"

        /// What the reason means, in a few words.
        package var meaning: String {
            switch self {
            case .unknownProblem: "the problem is not in the data folder"
            case .duplicate: "repeats an earlier chain"
            case .noAnswer: "no final answer found"
            case .wrongAnswer: "the final answer is wrong"
            case .surplus: "the problem has enough chains"
            }
        }
    }

    /// The chains that stay, by the index of their problem, in the order of the files.
    package private(set) var kept: [[ChainOfThought]]
    package private(set) var losses: [Loss: Int] = [:]
    /// The indices of problems with at least one chain, right or wrong.
    package private(set) var problemsWithAnyChain: Set<Int> = []
    /// Chains whose file states a grade, and those among them where the answer check says otherwise.
    package private(set) var graded = 0
    package private(set) var gradedOtherwise = 0

    /// - Parameters:
    ///   - chains: All chains of thought.
    ///   - problems: The problems, ids unique.
    ///   - perProblem: The most right chains of a problem that are used.
    package init(_ chains: [ChainOfThought], problems: [AnnotationProblem], perProblem: Int = .max) {
        kept = [[ChainOfThought]](repeating: [], count: problems.count)
        let index = Dictionary(problems.enumerated().map { ($0.element.id, $0.offset) }, uniquingKeysWith: { first, _ in first })
        var seen: Set<ChainOfThought.Identity> = []
        for chain in chains {
            guard let problem = index[chain.problemID] else {
                losses[.unknownProblem, default: 0] += 1
                continue
            }
            problemsWithAnyChain.insert(problem)
            let loss = seen.insert(chain.identity).inserted ? grade(chain, problems[problem]) : .duplicate
            if let loss {
                losses[loss, default: 0] += 1
            } else if kept[problem].count >= perProblem {
                losses[.surplus, default: 0] += 1
            } else {
                kept[problem].append(chain)
            }
        }
    }

    /// nil if the chain's final answer is right.
    private mutating func grade(_ chain: ChainOfThought, _ problem: AnnotationProblem) -> Loss? {
        let answer = ResponseParts(chain.response).finalAnswer ?? FinalAnswer.extract(fromFreeText: chain.response)
        let isRight = answer.map { AnswerChecker.isEqual($0, problem.answer, question: problem.question) } ?? false
        if let stated = chain.statedGrade {
            graded += 1
            if stated != isRight { gradedOtherwise += 1 }
        }
        return isRight ? nil : answer == nil ? .noAnswer : .wrongAnswer
    }
}

extension ChainOfThought {
    /// What makes two lines the same chain of thought.
    struct Identity: Hashable {
        let problemID: String
        let response: String
    }

    var identity: Identity { Identity(problemID: problemID, response: response) }
}
