package import Trajectories

/// The second embedded task: pictures of three to six coloured shapes at named places, a question that needs some of them, and annotations
/// of all of them and of their number.
///
/// Problem i is a pure function of (split, seed, i) and the task's settings: its shapes, their positions and colours, noise and question
/// come from counter-based numbers, so that any rank makes the same bytes. A picture whose combination of kinds, colours and places
/// belongs to another split (``split(showing:)``) is drawn again, so that no two splits show the same.
package struct ShapesTask: EmbeddedTask {
    package static let word = "shapes"
    package static var truth: any TaskOracle { ShapesRules() }
    package static let lookUpWords =
        ShapeTrait.all.map { " \($0.word)" } + ShapesAnnotation.counts.map { "\($0)" }
    package static let policyLessons: any PolicyLessonsSettings.Type = ShapesPolicyLessons.self
    package static var judgeTexts: any JudgeTexts { ShapesJudgeTexts() }

    package static func part(_ split: TaskSplit, problems: Int, seed: UInt64) throws -> Self {
        try Self(split: split, problems: problems, seed: seed)
    }

    package let split: TaskSplit
    package let count: Int

    private let seed: UInt64
    private let families: [ShapesQuestion.Family]
    private let canvas: ShapesCanvas

    /// - Parameters:
    ///   - split: Which pictures the problems show.
    ///   - problems: How many problems there are, at least 1.
    ///   - seed: Another seed, other problems.
    ///   - noise: Standard deviation of the noise as a share of full scale, 0 to 1.
    ///   - families: The forms of question, each as likely; at least one.
    /// - Throws: ``DatasetError`` if a parameter is out of range.
    package init(
        split: TaskSplit, problems: Int, seed: UInt64, noise: Double = 0.12,
        families: [ShapesQuestion.Family] = ShapesQuestion.Family.allCases
    ) throws {
        guard problems > 0 else {
            throw DatasetError(.empty, "a shapes task of \(problems) problems is empty: ask for at least 1")
        }
        guard !families.isEmpty else {
            throw DatasetError(.empty, "a shapes task without question families has no problems: name at least one")
        }
        self.split = split
        self.seed = seed
        self.families = families
        count = problems
        canvas = try ShapesCanvas(noise: noise)
    }

    /// The shapes of problem `index`, in reading order of their places.
    ///
    /// A picture has at most three colours and three kinds, so that counts above 1 are common.
    package func shapes(at index: Int) -> [Shape] {
        var random = stream(.shapes, index)
        var shapes: [Shape] = []
        // Every split has at least an eighth of all pictures: a hundred draws in vain have a chance of one in a million.
        repeat { shapes = Self.draw(&random) } while Self.split(showing: shapes) != split
        return shapes
    }

    /// The question of problem `index`.
    package func question(at index: Int) -> ShapesQuestion { question(at: index, of: shapes(at: index)) }

    package func problem(at index: Int) throws -> Problem {
        guard (0..<count).contains(index) else {
            throw DatasetError(.invalidParameter, "shapes problem \(index) does not exist: there are \(count), counted from 0")
        }
        let shapes = shapes(at: index)
        let question = question(at: index, of: shapes)
        return Problem(
            id: id(at: index), images: [canvas.draw(shapes, placement: stream(.placement, index), noise: stream(.noise, index))],
            question: question.text, answer: question.solve(shapes).answer, annotations: annotations(shapes))
    }

    package func annotations(at index: Int) throws -> [String] {
        guard (0..<count).contains(index) else {
            throw DatasetError(.invalidParameter, "shapes problem \(index) does not exist: there are \(count), counted from 0")
        }
        return annotations(shapes(at: index))
    }

    /// "shapes-test-00012".
    package func id(at index: Int) -> ProblemID {
        let number = String(index)
        return ProblemID("shapes-\(split.rawValue)-" + String(repeating: "0", count: max(0, 5 - number.count)) + number)
    }

    /// The response that a warm start teaches: all annotations, the sentences that lead to the answer, and the answer, in the required
    /// format.
    package func referenceResponse(at index: Int) -> String {
        let shapes = shapes(at: index)
        let (answer, reasoning) = question(at: index, of: shapes).solve(shapes)
        return ResponseFormat.response(thought: (annotations(shapes) + reasoning).joined(separator: " "), answer: answer)
    }

    private func annotations(_ shapes: [Shape]) -> [String] { ShapesAnnotation.all(shapes).map(\.text) }

    private func question(at index: Int, of shapes: [Shape]) -> ShapesQuestion {
        var random = stream(.question, index)
        return ShapesQuestion.draw(random.pick(families), shapes: shapes, from: &random)
    }

    static func draw(_ random: inout KeyedRandom) -> [Shape] {
        let counts = ShapesAnnotation.counts
        let count = counts.lowerBound + random.below(counts.count)
        let places = random.permutation(of: GridPlace.all.count).prefix(count).sorted()
        let colors = random.permutation(of: ShapeColor.allCases.count).prefix(3).map { ShapeColor.allCases[$0] }
        let kinds = random.permutation(of: ShapeKind.allCases.count).prefix(3).map { ShapeKind.allCases[$0] }
        return places.map { place in
            Shape(
                place: GridPlace.all[place], kind: random.pick(kinds), color: random.pick(colors),
                size: random.pick(ShapeSize.allCases))
        }
    }

    private enum Use: UInt64 {
        case shapes = 1
        case placement, noise, question
    }

    private func stream(_ use: Use, _ index: Int) -> KeyedRandom {
        // The word in front keeps the numbers apart from those of other tasks with the same seed.
        KeyedRandom(seed: seed, words: [0x5348_4150_4553, split.number, UInt64(index), use.rawValue])
    }
}
