/// Why a statement is not taken as a visual fact. Rules over words: the same on every machine, no model is asked.
///
/// An extractor is told to leave such statements out; whether it does is not left to it, since each would pay a policy for something else than
/// seeing.
package enum FactRefusal: String, CaseIterable, Codable, Hashable, Sendable {
    /// A question, a fragment, an ellipsis, a text with tags or with invisible characters.
    case malformed
    /// Names the answer as the answer, or gives the gold answer for just what the question asks.
    case statesAnswer = "states_answer"
    /// Names a theorem, a law, a formula, a definition, a property of all such things.
    case outsideKnowledge = "outside_knowledge"
    /// Calculates, or states an equation whose left side is not a bare name.
    case computation
    /// Concludes, gives a reason or supposes.
    case inference
    /// Says that something is not known or only likely.
    case uncertain
    /// Repeats a sentence of the question.
    case inQuestion = "in_question"
    /// Has a number, a label or half of its words from elsewhere than the chain of thought.
    case notInChain = "not_in_chain"

    /// What the reason means, in a few words.
    package var meaning: String {
        switch self {
        case .malformed: "no statement"
        case .statesAnswer: "states the answer"
        case .outsideKnowledge: "knowledge that is not in the image"
        case .computation: "a computation"
        case .inference: "a conclusion or supposition"
        case .uncertain: "uncertain"
        case .inQuestion: "says what the question says"
        case .notInChain: "is not in the chain of thought"
        }
    }
}

/// The rules of ``FactRefusal`` for one chain of thought of one problem.
package struct FactRules: Sendable {
    private let answer: [String]
    private let asked: Set<String>
    private let questionKeys: Set<String>
    private let chainWords: Set<String>

    /// - Parameters:
    ///   - question: The problem's question.
    ///   - answer: Its gold answer.
    ///   - chain: The chain of thought that the facts were extracted from.
    package init(question: String, answer: String, chain: String) {
        self.answer = FactText(answer).words
        let sentences = Self.sentences(question)
        questionKeys = Set(sentences.map { FactText($0).key })
        asked = (sentences.last.map { FactText($0).content } ?? []).subtracting(Self.askingWords)
        chainWords = Set(FactText(chain).words.map(Self.stem))
    }

    /// The first reason against `fact`, in the order of ``FactRefusal``; nil if it may be taken.
    ///
    /// - Complexity: O(bytes of `fact`).
    package func refusal(of fact: String) -> FactRefusal? {
        let text = FactText(fact)
        let words = Set(text.words)
        if Self.isMalformed(fact, text) { return .malformed }
        if statesAnswer(text, words) { return .statesAnswer }
        if Self.isKnowledge(text, words) { return .outsideKnowledge }
        if Self.isComputation(fact, text, words) { return .computation }
        if !fact.contains(where: \.isLetter) { return .malformed }
        if Self.isInference(text, words) { return .inference }
        if !words.isDisjoint(with: Self.doubts) || text.key.contains("not visible") { return .uncertain }
        if questionKeys.contains(text.key) { return .inQuestion }
        return isGrounded(fact, text) ? nil : .notInChain
    }

    // MARK: - Rules

    private static func isMalformed(_ fact: String, _ text: FactText) -> Bool {
        text.words.count < 3 || text.words.count > 60 || fact.hasSuffix("?") || fact.hasSuffix(":") || fact.contains("…")
            || fact.contains("...")
            || fact.contains("<")
            // Invisible and reordering characters make a text look like another one.
            || fact.unicodeScalars.contains { [.control, .format].contains($0.properties.generalCategory) }
    }

    private static let askingWords: Set<String> = [
        "?", "how", "many", "much", "what", "who", "find", "can", "could", "you", "do", "does", "did", "see", "if", "then", "need", "your",
        "for",
        "calculate", "determine", "compute", "please", "i", "e", "image1", "following", "these",
    ]

    private func statesAnswer(_ text: FactText, _ words: Set<String>) -> Bool {
        if !words.isDisjoint(with: ["answer", "answers", "boxed"]) { return true }
        if words.contains("correct") || words.contains("right"), !words.isDisjoint(with: ["option", "options", "choice", "solution"]) {
            return true
        }
        // The gold answer, said of most of what the last sentence of the question names and of little else.
        guard !asked.isEmpty, !answer.isEmpty, contains(text.words, answer) else { return false }
        guard 3 * asked.intersection(text.content).count >= 2 * asked.count else { return false }
        // "x+8" holds an 8, but says nothing of x.
        guard !text.words.contains(where: FactText.isOperator) || answer.contains(where: FactText.isOperator) else { return false }
        return text.content.subtracting(asked).subtracting(answer).count <= 2
    }

    private func contains(_ words: [String], _ part: [String]) -> Bool {
        guard part.count <= words.count else { return false }
        return (0...words.count - part.count).contains { Array(words[$0..<$0 + part.count]) == part }
    }

    private static let knowledge: Set<String> = [
        "theorem", "theorems", "postulate", "corollary", "lemma", "axiom", "pythagorean", "pythagoras", "formula", "formulas", "definition",
        "identity", "property", "properties", "rule", "law", "always", "sin", "cos", "tan", "sine", "cosine", "sas", "sss", "asa", "aas",
    ]

    private static func isKnowledge(_ text: FactText, _ words: Set<String>) -> Bool {
        !words.isDisjoint(with: knowledge) || words.contains("any") || text.key.contains("interior angles")
            || text.key.contains("angles triangle sum")
            || text.key.contains("sum angles")
    }

    private static let calculations: Set<String> = [
        "add", "adding", "adds", "added", "subtract", "subtracting", "subtracted", "multiply", "multiplying", "multiplied", "dividing",
        "substitute",
        "substituting", "simplify", "simplifying", "simplified", "simplifies", "solve", "solving", "solved", "calculate", "calculating",
        "calculated",
        "compute", "computing", "computed", "plus", "minus", "yields", "gives", "squared",
    ]

    private static func isComputation(_ fact: String, _ text: FactText, _ words: Set<String>) -> Bool {
        if !words.isDisjoint(with: calculations) || text.key.contains("divided by") { return true }
        if fact.contains("$$") || fact.contains("\\[") { return true }
        if !words.isDisjoint(with: ["sum", "product", "difference", "quotient"]), !text.numbers.isEmpty { return true }
        let list = text.words
        // "3 + 4 = 7": figures, an operator, figures, and then a result. "frac{3}{4}" and a label "3/4" have no result.
        for index in list.indices.dropFirst().dropLast() where FactText.isOperator(list[index]) {
            guard FactText.isNumber(list[index - 1]), FactText.isNumber(list[index + 1]) else { continue }
            if list[(index + 2)...].contains(where: { ["=", "is", "are", "equals", "equal"].contains($0) }) { return true }
        }
        // "2x + 3 = 15", "4y - 10 = 3y + 5", "3x = 15": what is measured in an image has a name, not a term.
        guard let equals = list.firstIndex(of: "=") else { return false }
        let left = list[..<equals]
        return left.contains(where: FactText.isOperator) || left.contains("?") || (left.last.map(isTerm) ?? true)
    }

    /// "15", "3x": a number, or a number times a letter.
    private static func isTerm(_ word: String) -> Bool {
        guard let first = word.utf8.first, first >= 0x30, first <= 0x39 else { return false }
        // "angle 1 = 40": a numbered angle is a name.
        return !(FactText.isNumber(word) && word.utf8.count <= 2)
    }

    private static let conclusions: Set<String> = [
        "therefore", "thus", "hence", "because", "since", "implies", "imply", "implying", "conclude", "conclusion", "must", "assume",
        "assuming",
        "suppose", "consequently", "would", "should", "deduce", "infer", "eliminate", "eliminates", "eliminated", "comparing", "means",
        "let", "lets", "consider", "if", "follows", "we",
        "according",
    ]

    private static func isInference(_ text: FactText, _ words: Set<String>) -> Bool {
        !words.isDisjoint(with: conclusions) || text.words.first == "so" || text.words.first == "then"
    }

    private static let doubts: Set<String> = [
        "maybe", "perhaps", "possibly", "probably", "might", "unclear", "unknown", "cannot", "cant", "seems", "seem", "likely",
        "unspecified", "unsure",
    ]

    /// All numbers and labels, and half of the words that carry content, stand in the chain of thought.
    private func isGrounded(_ fact: String, _ text: FactText) -> Bool {
        guard text.numbers.allSatisfy({ chainWords.contains($0) }) else { return false }
        guard Self.labels(fact).allSatisfy({ chainWords.contains($0) || chainWords.contains(String($0.reversed())) }) else { return false }
        let content = text.content
        guard !content.isEmpty else { return false }
        return 2 * content.count(where: { chainWords.contains(Self.stem($0)) || chainWords.contains(String($0.reversed())) })
            >= content.count
    }

    /// Names of points, lines and angles: words of one to six capitals, in lower case; the article "A" and the pronoun "I" are none.
    private static func labels(_ fact: String) -> [String] {
        fact.split { !$0.isLetter }.filter { $0.count >= 2 && $0.count <= 6 && $0.allSatisfy(\.isUppercase) && $0.allSatisfy(\.isASCII) }
            .flatMap { FactText(String($0)).words }
    }

    /// A word without the s of its plural.
    private static func stem(_ word: String) -> String { word.utf8.count > 3 && word.hasSuffix("s") ? String(word.dropLast()) : word }

    /// The sentences of a question; figures such as 4.5 are not cut.
    private static func sentences(_ text: String) -> [String] {
        var sentences: [String] = []
        var sentence = ""
        let characters = Array(text)
        for (index, character) in characters.enumerated() {
            let endsLine = character.isNewline
            let isEnd = "?!.".contains(character) && (index + 1 == characters.count || characters[index + 1].isWhitespace)
            // "i.e." and "e.g." go on.
            let isAbbreviated = character == "." && index >= 2 && characters[index - 2] == "."
            if !endsLine { sentence.append(character) }
            if endsLine || (isEnd && !isAbbreviated) {
                if sentence.contains(where: \.isLetter) { sentences.append(sentence) }
                sentence = ""
            }
        }
        if sentence.contains(where: \.isLetter) { sentences.append(sentence) }
        // "<image1>" and options behind the question are not what is asked: the last sentence that asks is.
        guard let asking = sentences.lastIndex(where: { isAsking($0) }) else { return sentences }
        return Array(sentences[..<asking]) + Array(sentences[(asking + 1)...]) + [sentences[asking]]
    }

    private static func isAsking(_ sentence: String) -> Bool {
        sentence.hasSuffix("?") || sentence.lowercased().hasPrefix("find ") || sentence.lowercased().hasPrefix("what ")
    }
}
