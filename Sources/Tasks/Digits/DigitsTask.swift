package import Trajectories

/// The embedded task: images of a grid of real handwritten digits, a question that needs some of them, and annotations of all of them.
///
/// Problem i is a pure function of (split, seed, i) and the task's settings: its digits, drawn from the split without a repeat inside the
/// grid, sizes, positions, noise and question come from counter-based numbers, so that any rank makes the same bytes.
package struct DigitsTask: EmbeddedTask {
    package static let word = "digits"
    package static var truth: any TaskOracle { DigitsRulesJudge() }
    package static let lookUpWords = (0...9).map { "\($0)" }
    package static let policyLessons: any PolicyLessonsSettings.Type = DigitsPolicyLessons.self
    package static var judgeTexts: any JudgeTexts { DigitsJudgeTexts() }

    package static func part(_ split: TaskSplit, problems: Int, seed: UInt64) throws -> Self {
        try Self(split: split, problems: problems, seed: seed)
    }

    package static func files() throws -> [TaskFile] {
        let path = try HandwrittenDigits.embeddedFile()
        return [TaskFile(name: String(path.split(separator: "/").last ?? ""), path: path)]
    }

    package let split: TaskSplit
    package let grid: DigitGrid
    package let count: Int

    private let seed: UInt64
    private let families: [DigitsQuestion.Family]
    private let digits: HandwrittenDigits
    private let pool: [Int]
    private let canvas: DigitsCanvas

    /// - Parameters:
    ///   - split: Which digits the problems show.
    ///   - problems: How many problems there are, at least 1.
    ///   - seed: Another seed, other problems.
    ///   - noise: Standard deviation of the noise as a share of full scale, 0 to 1.
    ///   - grid: Rows and columns.
    ///   - families: The forms of question, each as likely; at least one.
    ///   - warmStartDigitsPerClass: Size of the warm-start split, 1 to 10 digits a class.
    /// - Throws: ``DatasetError`` if a parameter is out of range or the embedded digits are missing.
    package init(
        split: TaskSplit, problems: Int, seed: UInt64, noise: Double = 0.25, grid: DigitGrid = .standard,
        families: [DigitsQuestion.Family] = DigitsQuestion.Family.standard, warmStartDigitsPerClass: Int = 8
    ) throws {
        guard problems > 0 else {
            throw DatasetError(.empty, "a digits task of \(problems) problems is empty: ask for at least 1")
        }
        guard !families.isEmpty else {
            throw DatasetError(.empty, "a digits task without question families has no problems: name at least one")
        }
        self.split = split
        self.grid = grid
        self.seed = seed
        self.families = families
        count = problems
        digits = try HandwrittenDigits.embedded()
        pool = try digits.indices(of: split, warmStartPerClass: warmStartDigitsPerClass)
        canvas = try DigitsCanvas(grid: grid, noise: noise)
    }

    /// The handwritten digits that problem `index` shows, in reading order, as line numbers of the embedded file counted from 0: what a
    /// bootstrap over test digits resamples.
    package func digitIndices(at index: Int) -> [Int] {
        var random = stream(.digits, index)
        var drawn: [Int] = []
        while drawn.count < grid.places.count {
            let digit = pool[random.below(pool.count)]
            if !drawn.contains(digit) { drawn.append(digit) }
        }
        return drawn
    }

    package var oracle: (any TaskOracle)? { DigitsRulesJudge(grid: grid) }

    package func units(at index: Int) -> [Int] { digitIndices(at: index) }

    /// The digit at each place of problem `index`, in reading order.
    package func labels(at index: Int) -> [Int] {
        digitIndices(at: index).map { digits.labels[$0] }
    }

    /// The question of problem `index`.
    package func question(at index: Int) -> DigitsQuestion {
        var random = stream(.question, index)
        return DigitsQuestion.draw(random.pick(families), grid: grid, from: &random)
    }

    package func problem(at index: Int) throws -> Problem {
        guard (0..<count).contains(index) else {
            throw DatasetError(.invalidParameter, "digits problem \(index) does not exist: there are \(count), counted from 0")
        }
        let indices = digitIndices(at: index)
        let labels = indices.map { digits.labels[$0] }
        let image = canvas.draw(indices.map { digits.images[$0] }, placement: stream(.placement, index), noise: stream(.noise, index))
        let question = question(at: index)
        return Problem(
            id: id(at: index), images: [image], question: question.text, answer: solve(question, labels).answer,
            annotations: annotations(labels))
    }

    /// "digits-test-00012".
    package func id(at index: Int) -> ProblemID {
        let number = String(index)
        return ProblemID("digits-\(split.rawValue)-" + String(repeating: "0", count: max(0, 5 - number.count)) + number)
    }

    /// The response that the warm start teaches: all annotations in reading order, the sentences that lead to the answer, and the answer, in
    /// the format of design/method.md section 2.
    package func referenceResponse(at index: Int) -> String {
        let labels = labels(at: index)
        let (answer, reasoning) = solve(question(at: index), labels)
        return ResponseFormat.response(thought: (annotations(labels) + reasoning).joined(separator: " "), answer: answer)
    }

    private func annotations(_ labels: [Int]) -> [String] {
        zip(grid.places, labels).map { $0.annotation(digit: $1) }
    }

    private func solve(_ question: DigitsQuestion, _ labels: [Int]) -> (answer: String, reasoning: [String]) {
        question.solve(Dictionary(uniqueKeysWithValues: zip(grid.places, labels)), grid: grid)
    }

    private enum Use: UInt64 {
        case digits = 1
        case placement, noise, question
    }

    private func stream(_ use: Use, _ index: Int) -> KeyedRandom {
        KeyedRandom(seed: seed, words: [split.number, UInt64(index), use.rawValue])
    }
}
