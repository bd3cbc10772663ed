import Tasks
import Testing
import Trajectories

@Suite("Shapes annotations")
struct ShapesAnnotationTests {
    @Test("every annotation parses back, and only its exact wording")
    func parsing() {
        var texts: [String: ShapesAnnotation] = [:]
        for place in GridPlace.all {
            let name = "\(place.row)-\(place.column)"
            for size in ShapeSize.allCases { texts["Size: \(name) \(size)."] = .trait(.size(size), place) }
            for color in ShapeColor.allCases { texts["Color: \(name) \(color)."] = .trait(.color(color), place) }
            for kind in ShapeKind.allCases { texts["Kind: \(name) \(kind)."] = .trait(.kind(kind), place) }
        }
        for number in 3...6 { texts["There are \(number) shapes."] = .count(number) }
        #expect(texts.count == 9 * 14 + 4)
        for (text, annotation) in texts {
            #expect(annotation.text == text && ShapesAnnotation(text: text) == annotation)
        }
        for text in [
            "", "There are 2 shapes.", "There are 7 shapes.", "There are +4 shapes.", "There are 4 shapes", "There  are 4 shapes.",
            "Color: top-left red", "color: top-left red.", "Color: top-left red!", "Color: top-left pink.", "Color: top-left small.",
            "Size: top-left red.", "Kind: top-left red.", "Kind: top-left a circle.", "Color:  top-left red.", "Color: top-left red. ",
            " Color: top-left red.", "Color: left-top red.", "Color top-left red.", "The top-left color is red.",
            "The top-left shape is a small red circle.", "There is a circle at the top-left.", "The top-left digit is 3.",
            String(repeating: "There ", count: 100_000),
        ] {
            #expect(ShapesAnnotation(text: text) == nil, "\(text.prefix(60))")
            #expect(!ShapesRules().knows(annotation: text))
            #expect(ShapesRules().verdict(annotation: text, response: text) == .unknown)
        }
    }

    @Test("a picture's annotations are size, colour and kind of every shape, then their number")
    func order() {
        let shapes = [
            Shape(place: GridPlace(row: .top, column: .left), kind: .circle, color: .red, size: .small),
            Shape(place: GridPlace(row: .bottom, column: .center), kind: .star, color: .blue, size: .large),
            Shape(place: GridPlace(row: .bottom, column: .right), kind: .square, color: .green, size: .medium),
        ]
        #expect(
            ShapesAnnotation.all(shapes).map(\.text) == [
                "Size: top-left small.", "Color: top-left red.", "Kind: top-left circle.",
                "Size: bottom-center large.", "Color: bottom-center blue.", "Kind: bottom-center star.",
                "Size: bottom-right medium.", "Color: bottom-right green.", "Kind: bottom-right square.",
                "There are 3 shapes.",
            ])
    }

    @Test("an altered annotation is of the task, differs in one word, and is false of the picture")
    func altering() throws {
        let task = try ShapesTask(split: .training, problems: 300, seed: 1)
        let rules = ShapesRules()
        var random = KeyedRandom(seed: 4)
        var seen: Set<String> = []
        for index in 0..<300 {
            let annotations = try task.annotations(at: index)
            let response = task.referenceResponse(at: index)
            for annotation in annotations {
                let altered = try #require(rules.altered(annotation, &random))
                #expect(ShapesAnnotation(text: altered) != nil && !annotations.contains(altered))
                #expect(rules.verdict(annotation: altered, response: response) == .missing, "\(altered)")
                let (before, after) = (annotation.split(separator: " "), altered.split(separator: " "))
                #expect(before.count == after.count && before.indices.count { before[$0] != after[$0] } == 1)
                seen.insert(altered)
            }
        }
        // Every annotation that there is comes up.
        #expect(seen.count == 9 * 14 + 4)
    }

    @Test("a sentence of doubt names both of two siblings, and no other fact's value")
    func doubts() throws {
        let rules = ShapesRules()
        var random = KeyedRandom(seed: 1)
        for annotation in ["Size: top-left small.", "Color: top-left red.", "Kind: top-left circle.", "There are 4 shapes."] {
            for _ in 0..<20 {
                let hedge = try #require(rules.hedge(on: annotation, &random))
                #expect(hedge.annotations.first == annotation && hedge.annotations.count == 2)
                let words = hedge.annotations.map { Set($0.dropLast().split(separator: " ")) }
                let said = Set(hedge.sentence.dropLast().split(separator: " "))
                #expect(said == words[0].union(words[1]).union(["or"]), "\(hedge.sentence)")
            }
        }
    }
}
