import Tasks
import Testing
import Trajectories

@Suite("Shapes annotations")
struct ShapesAnnotationTests {
    @Test("every annotation parses back, and only its exact wording")
    func parsing() {
        var count = 0
        for place in GridPlace.all {
            for kind in ShapeKind.allCases {
                for color in ShapeColor.allCases {
                    for size in ShapeSize.allCases {
                        let shape = Shape(place: place, kind: kind, color: color, size: size)
                        let text = "The \(place.row)-\(place.column) shape is a \(size) \(color) \(kind)."
                        #expect(ShapesAnnotation.shape(shape).text == text)
                        #expect(ShapesAnnotation(text: text) == .shape(shape))
                        count += 1
                    }
                }
            }
        }
        #expect(count == 810)
        for number in 3...6 { #expect(ShapesAnnotation(text: "There are \(number) shapes.") == .count(number)) }
        for text in [
            "", "There are 2 shapes.", "There are 7 shapes.", "There are +4 shapes.", "There are 4 shapes", "There  are 4 shapes.",
            "The top-left shape is a small red circle", "the top-left shape is a small red circle.",
            "The top-left shape is a small red circle!", "The top-left shape is a small pink circle.",
            "The top-left shape is a red small circle.", "The top-left shape is a small red circle. ",
            "The left-top shape is a small red circle.", "There is a small red circle at the top-left.", "The top-left digit is 3.",
            String(repeating: "There ", count: 100_000),
        ] {
            #expect(ShapesAnnotation(text: text) == nil, "\(text.prefix(60))")
            #expect(!ShapesRules().knows(annotation: text))
            #expect(ShapesRules().verdict(annotation: text, response: text) == .unknown)
        }
    }

    @Test("an altered annotation is of the task and false of the picture")
    func altering() throws {
        let task = try ShapesTask(split: .training, problems: 300, seed: 1)
        var random = KeyedRandom(seed: 4)
        var changes: [Int: Int] = [:]
        for index in 0..<300 {
            let annotations = try task.annotations(at: index)
            let response = task.referenceResponse(at: index)
            for annotation in annotations {
                let altered = try #require(ShapesAnnotation.altered(annotation, random: &random))
                #expect(ShapesAnnotation(text: altered) != nil && !annotations.contains(altered))
                #expect(ShapesRules().verdict(annotation: altered, response: response) == .missing, "\(altered)")
                // One word differs, and each of them does now and then.
                let (before, after) = (annotation.split(separator: " "), altered.split(separator: " "))
                let places = before.indices.filter { before[$0] != after[$0] }
                #expect(before.count == after.count && places.count == 1)
                changes[places[0], default: 0] += 1
            }
        }
        #expect([2, 5, 6, 7].allSatisfy { (changes[$0] ?? 0) > 100 })
        #expect(ShapesAnnotation.altered("There is a cat.", random: &random) == nil)
    }
}
