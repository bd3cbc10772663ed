import Tasks
import Testing
import Trajectories

@Suite("Digits task")
struct DigitsTaskTests {
    let task: DigitsTask

    init() throws {
        task = try DigitsTask(split: .test, problems: 400, seed: 5)
    }

    @Test("a problem is the same whenever and by whomever it is made")
    func problemsAreReproducible() throws {
        let again = try DigitsTask(split: .test, problems: 13, seed: 5)
        #expect(try again.problem(at: 12) == task.problem(at: 12))
        #expect(try task.problem(at: 12).id == ProblemID("digits-test-00012"))
        #expect(try DigitsTask(split: .test, problems: 13, seed: 6).problem(at: 12).images != task.problem(at: 12).images)
        #expect(throws: DatasetError.self) { try again.problem(at: 13) }
    }

    @Test("the image's bytes are pinned, so that every CPU draws the same")
    func imageBytesArePinned() throws {
        let image = try task.problem(at: 0).images[0]
        // FNV-1a over the bytes, as an independent implementation in exact fractions (Python) gives it.
        let hash = image.pixels.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        #expect(hash == 9_108_908_833_002_445_326)
    }

    @Test("an image is 32 x 32 grey, and its noise has the asked standard deviation")
    func noiseHasItsDeviation() throws {
        let clean = try DigitsTask(split: .test, problems: 200, seed: 5, noise: 0)
        let noisy = try DigitsTask(split: .test, problems: 200, seed: 5, noise: 0.1)
        var sum = 0.0
        var squares = 0.0
        var count = 0.0
        for index in 0..<200 {
            let a = try clean.problem(at: index).images[0]
            let b = try noisy.problem(at: index).images[0]
            #expect(a.width == 32 && a.height == 32 && b.width == 32)
            for pixel in stride(from: 0, to: a.pixels.count, by: 3) {
                #expect(b.pixels[pixel] == b.pixels[pixel + 1] && b.pixels[pixel] == b.pixels[pixel + 2])
                // Only where 0 and 255 are too far to clip: four deviations.
                guard (102...153).contains(a.pixels[pixel]) else { continue }
                let difference = Double(b.pixels[pixel]) - Double(a.pixels[pixel])
                sum += difference
                squares += difference * difference
                count += 1
            }
        }
        let mean = sum / count
        #expect(abs(mean) < 1.0)
        #expect(abs((squares / count - mean * mean).squareRoot() - 25.5) < 0.5)
    }

    @Test("without noise the ink of a digit survives enlarging: mean grey per original pixel within 3 %")
    func enlargingKeepsInk() throws {
        let clean = try DigitsTask(split: .training, problems: 100, seed: 1, noise: 0)
        let digits = try HandwrittenDigits.embedded()
        var drawn = 0.0
        var original = 0.0
        for index in 0..<100 {
            let image = try clean.problem(at: index).images[0]
            drawn += image.pixels.reduce(0) { $0 + Double($1) } / 3
            for digit in clean.digitIndices(at: index) {
                // An enlarged digit covers 12 x 12 to 14 x 14 pixels, (144 + 169 + 196) / 3 on average.
                original += digits.images[digit].reduce(0) { $0 + Double($1) } / 16 * 255 * (509.0 / 3) / 64
            }
        }
        #expect(abs(drawn / original - 1) < 0.03)
    }

    @Test("problems show only digits of their split, none twice", arguments: TaskSplit.allCases)
    func digitsComeFromTheSplit(split: TaskSplit) throws {
        let task = try DigitsTask(split: split, problems: 300, seed: 9)
        let pool = Set(try HandwrittenDigits.embedded().indices(of: split, warmStartPerClass: 8))
        for index in 0..<300 {
            let drawn = task.digitIndices(at: index)
            #expect(Set(drawn).count == 4)
            #expect(pool.isSuperset(of: drawn))
        }
    }

    @Test("annotations state all digits in reading order")
    func annotationsStateAllDigits() throws {
        let names = ["top-left", "top-right", "bottom-left", "bottom-right"]
        for index in 0..<50 {
            let expected = zip(names, task.labels(at: index)).map { "The \($0) digit is \($1)." }
            #expect(try task.problem(at: index).annotations == expected)
        }
        #expect(DigitsAnnotation.parse("The bottom-left digit is 4.")?.digit == 4)
        #expect(DigitsAnnotation.parse("The bottom-left digit is 4") == nil)
    }

    @Test("gold answers are right by an independent reading of the question")
    func goldAnswersAreRight() throws {
        let task = try DigitsTask(split: .training, problems: 600, seed: 2, families: DigitsQuestion.Family.allCases)
        var seen: Set<String> = []
        for index in 0..<600 {
            let problem = try task.problem(at: index)
            let d = task.labels(at: index)
            let value = ["top-left": d[0], "top-right": d[1], "bottom-left": d[2], "bottom-right": d[3]]
            let part = ["top": d[0] + d[1], "bottom": d[2] + d[3], "left": d[0] + d[2], "right": d[1] + d[3]]
            let words = problem.question.dropLast().split(whereSeparator: { " ,".contains($0) }).map(String.init)
            let places = words.compactMap { value[$0] }
            let group = words.compactMap { part[$0] }
            let subject = places.first ?? group.first ?? d.reduce(0, +)
            let expected =
                if words[0] == "Is" {
                    subject % 2 == 0 ? "even" : "odd"
                } else if words[0] == "Which" {
                    part["top"] == part["bottom"] ? "equal" : d[0] + d[1] > d[2] + d[3] ? "top" : "bottom"
                } else if words.contains("difference") {
                    "\(abs(places[0] - places[1]))"
                } else if words.contains("largest") {
                    "\(d.max() ?? -1)"
                } else if words.contains("smallest") {
                    "\(d.min() ?? -1)"
                } else {
                    "\(subject)"
                }
            #expect(problem.answer == expected, "\(problem.question) of \(d)")
            seen.insert(words.filter { value[$0] == nil && part[$0] == nil }.joined(separator: " "))
        }
        #expect(seen.count == DigitsQuestion.Family.allCases.count)
    }

    @Test("a reference response has the required format, states every annotation and boxes the gold answer")
    func referenceResponsesAreWellFormed() throws {
        let format = try Regex(#"^<think>\n.*?\n</think>\n<answer>\n.*?\\boxed\{.+?\}.*?\n</answer>$"#).dotMatchesNewlines()
        for index in 0..<200 {
            let problem = try task.problem(at: index)
            let response = task.referenceResponse(at: index)
            #expect(try format.wholeMatch(in: response) != nil)
            #expect(problem.annotations.allSatisfy { response.contains($0) })
            #expect(response.contains("\n\\boxed{\(problem.answer)}\n"))
        }
    }

    @Test("chains of additions carry their running sum")
    func sumsAreChained() throws {
        let task = try DigitsTask(split: .training, problems: 1, seed: 4, families: [.gridSum])
        let d = task.labels(at: 0)
        let (a, b, c) = (d[0] + d[1], d[0] + d[1] + d[2], d.reduce(0, +))
        #expect(task.referenceResponse(at: 0).contains("\(d[0]) + \(d[1]) = \(a). \(a) + \(d[2]) = \(b). \(b) + \(d[3]) = \(c)."))
    }

    @Test("a 3 x 2 grid has six named places and an image of 32 x 48")
    func otherGrids() throws {
        let task = try DigitsTask(split: .test, problems: 5, seed: 1, grid: DigitGrid(rowCount: 3, columnCount: 2))
        let problem = try task.problem(at: 0)
        #expect(problem.annotations.count == 6)
        #expect(problem.annotations[2].hasPrefix("The middle-left digit is "))
        #expect(problem.images[0].width == 32 && problem.images[0].height == 48)
        #expect(throws: DatasetError.self) { try DigitGrid(rowCount: 4, columnCount: 2) }
    }

    @Test("the corpus holds every word of questions and responses")
    func corpusIsComplete() throws {
        let words = { (texts: [String]) in Set(texts.flatMap { $0.split(whereSeparator: \.isWhitespace) }.map(String.init)) }
        let corpus = words(task.corpus(problems: 200))
        let questions = try (0..<400).map { try task.problem(at: $0).question }
        #expect(words(questions).isSubset(of: corpus))
        let annotations = try (0..<400).flatMap { try task.problem(at: $0).annotations }
        #expect(words(annotations).isSubset(of: corpus))
    }

    @Test("bad parameters are refused")
    func badParameters() {
        #expect(throws: DatasetError.self) { try DigitsTask(split: .test, problems: 0, seed: 1) }
        #expect(throws: DatasetError.self) { try DigitsTask(split: .test, problems: 1, seed: 1, noise: .nan) }
        #expect(throws: DatasetError.self) { try DigitsTask(split: .test, problems: 1, seed: 1, noise: -0.1) }
        #expect(throws: DatasetError.self) { try DigitsTask(split: .test, problems: 1, seed: 1, families: []) }
    }
}
