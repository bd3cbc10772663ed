import Tasks
import Testing
import Trajectories

@Suite("Shapes task")
struct ShapesTaskTests {
    let task: ShapesTask

    init() throws {
        task = try ShapesTask(split: .test, problems: 600, seed: 5)
    }

    @Test("a problem is the same whenever and by whomever it is made")
    func problemsAreReproducible() throws {
        let again = try ShapesTask(split: .test, problems: 13, seed: 5)
        #expect(try again.problem(at: 12) == task.problem(at: 12))
        #expect(try task.problem(at: 12).id == ProblemID("shapes-test-00012"))
        #expect(try task.annotations(at: 12) == task.problem(at: 12).annotations)
        #expect(try ShapesTask(split: .test, problems: 13, seed: 6).problem(at: 12).images != task.problem(at: 12).images)
        #expect(throws: DatasetError.self) { try again.problem(at: 13) }
        #expect(throws: DatasetError.self) { try again.annotations(at: 13) }
        #expect(throws: DatasetError.self) { try again.problem(at: -1) }
    }

    @Test("the images' bytes are pinned, so that every CPU draws the same")
    func imageBytesArePinned() throws {
        // FNV-1a over the bytes of the first eight pictures, as Tests/Oracles/shapes_picture.py, which shares no code with the task, gives it.
        let pixels = try (0..<8).flatMap { try task.problem(at: $0).images[0].pixels }
        let hash = pixels.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        #expect(hash == 17_322_484_755_355_418_694)
    }

    @Test("a picture is 48 x 48, three to six shapes in reading order, one a place, of at most three colours and kinds")
    func picturesHaveTheirForm() throws {
        for index in 0..<600 {
            let shapes = task.shapes(at: index)
            #expect((3...6).contains(shapes.count))
            let places = shapes.compactMap { shape in GridPlace.all.firstIndex(of: shape.place) }
            #expect(places == places.sorted() && Set(places).count == shapes.count)
            #expect(Set(shapes.map(\.color)).count <= 3 && Set(shapes.map(\.kind)).count <= 3)
        }
        let image = try task.problem(at: 0).images[0]
        #expect(image.width == 48 && image.height == 48)
    }

    @Test("every shape is seen at its place: without noise its colour stands in the middle of its cell, and the size of a kind is its area")
    func shapesAreDrawn() throws {
        let clean = try ShapesTask(split: .training, problems: 300, seed: 3, noise: 0)
        var areas: [ShapeSize: [Int]] = [:]
        for index in 0..<300 {
            let image = try clean.problem(at: index).images[0]
            let shapes = clean.shapes(at: index)
            // The ground is the commonest grey.
            var greys: [UInt8: Int] = [:]
            for pixel in stride(from: 0, to: image.pixels.count, by: 3) { greys[image.pixels[pixel], default: 0] += 1 }
            let ground = try #require(greys.max { $0.value < $1.value }?.key)
            for shape in shapes {
                let place = try #require(GridPlace.all.firstIndex(of: shape.place))
                var area = 0
                for y in 0..<16 {
                    for x in 0..<16 {
                        let pixel = ((place / 3 * 16 + y) * 48 + place % 3 * 16 + x) * 3
                        if image.pixels[pixel..<pixel + 3].contains(where: { abs(Int($0) - Int(ground)) > 16 }) { area += 1 }
                    }
                }
                areas[shape.size, default: []].append(area)
            }
        }
        // Discs of radius 2.75, 4 and 5.5 have 24, 50 and 95 pixels; borders count whole here. Whatever its kind, a shape is larger than any of a
        // smaller size.
        let bounds: [ShapeSize: Range<Int>] = [.small: 20..<42, .medium: 42..<80, .large: 80..<130]
        for (size, range) in bounds {
            let found = try #require(areas[size])
            #expect(found.count > 300 && found.allSatisfy(range.contains), "\(size): \(found.min() ?? 0) to \(found.max() ?? 0)")
        }
    }

    @Test("noise has the asked standard deviation in each channel")
    func noiseHasItsDeviation() throws {
        let clean = try ShapesTask(split: .test, problems: 40, seed: 5, noise: 0)
        let noisy = try ShapesTask(split: .test, problems: 40, seed: 5, noise: 0.04)
        var (sum, squares, count) = (0.0, 0.0, 0.0)
        for index in 0..<40 {
            let (a, b) = (try clean.problem(at: index).images[0].pixels, try noisy.problem(at: index).images[0].pixels)
            for (before, after) in zip(a, b) where (40...215).contains(before) {
                let difference = Double(after) - Double(before)
                (sum, squares, count) = (sum + difference, squares + difference * difference, count + 1)
            }
        }
        #expect(abs(sum / count) < 1)
        #expect(abs((squares / count - sum / count * sum / count).squareRoot() - 0.04 * 255) < 0.2)
    }

    @Test("no two splits show the same kinds and colours at the same places, whatever their seeds")
    func splitsAreDisjoint() throws {
        var seen: [[String]: TaskSplit] = [:]
        for (number, split) in TaskSplit.allCases.enumerated() {
            for seed in [UInt64(1), UInt64(number + 10)] {
                let task = try ShapesTask(split: split, problems: 2_000, seed: seed)
                for index in 0..<2_000 {
                    let shapes = task.shapes(at: index)
                    let key = shapes.map { "\($0.kind) \($0.color) \($0.place.name)" }
                    #expect(seen[key] == nil || seen[key] == split)
                    seen[key] = split
                    #expect(ShapesTask.split(showing: shapes) == split)
                }
            }
        }
        // Nearly all pictures are different: the test would see a common one.
        #expect(seen.count > 15_000)
    }

    @Test("a reference response has the required format, states every annotation by the rules and boxes the gold answer")
    func referenceResponsesAreWellFormed() throws {
        let format = try Regex(#"^<think>\n.*?\n</think>\n<answer>\n.*?\\boxed\{.+?\}.*?\n</answer>$"#).dotMatchesNewlines()
        let rules = ShapesRules()
        for split in TaskSplit.allCases {
            let task = try ShapesTask(split: split, problems: 500, seed: 8)
            for index in 0..<500 {
                let problem = try task.problem(at: index)
                let response = task.referenceResponse(at: index)
                #expect(try format.wholeMatch(in: response) != nil)
                #expect(response.hasPrefix("<think>\n" + problem.annotations.joined(separator: " ")))
                #expect(response.contains("\n\\boxed{\(problem.answer)}\n"))
                let verdicts = rules.verdicts(annotations: problem.annotations, response: response)
                #expect(verdicts == problem.annotations.map { _ in .reflected }, "\(response)")
            }
        }
    }

    @Test("the corpus holds every word of questions, annotations and reference responses")
    func corpusIsComplete() throws {
        let words = { (texts: [String]) in Set(texts.flatMap { $0.split(whereSeparator: \.isWhitespace) }.map(String.init)) }
        let corpus = words(task.corpus(problems: 200))
        let problems = try (0..<600).map { try task.problem(at: $0) }
        #expect(words(problems.map(\.question)).isSubset(of: corpus))
        #expect(words(problems.flatMap(\.annotations)).isSubset(of: corpus))
        #expect(words((0..<600).map { task.referenceResponse(at: $0) }).subtracting(corpus).sorted() == [])
    }

    @Test("bad parameters are refused")
    func badParameters() {
        #expect(throws: DatasetError.self) { try ShapesTask(split: .test, problems: 0, seed: 1) }
        #expect(throws: DatasetError.self) { try ShapesTask(split: .test, problems: 1, seed: 1, noise: .nan) }
        #expect(throws: DatasetError.self) { try ShapesTask(split: .test, problems: 1, seed: 1, noise: -0.1) }
        #expect(throws: DatasetError.self) { try ShapesTask(split: .test, problems: 1, seed: 1, noise: 1.1) }
        #expect(throws: DatasetError.self) { try ShapesTask(split: .test, problems: 1, seed: 1, families: []) }
    }
}
