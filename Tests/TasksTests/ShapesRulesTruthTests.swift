import Tasks
import Testing
import Trajectories

/// The oracle on responses whose truth is known from how they were made.
@Suite("Shapes rules on generated responses")
struct ShapesRulesTruthTests {
    /// What is done to a right response.
    private enum Defect: CaseIterable {
        case none, dropped, changed, contradicted, swapped, hedged, denied, moved, emptied, asked, shortened, recounted, uncounted
    }

    /// One of many ways to state a shape.
    private static func sentence(_ s: Shape, _ random: inout KeyedRandom) -> String {
        let (size, color, kind, place) = (s.size.rawValue, s.color.rawValue, s.kind.rawValue, s.place.name)
        return random.pick([
            ShapesAnnotation.shape(s).text,
            "The \(place): \(size) \(color) \(kind).",
            "The \(place) shape is a \(size) \(color) \(kind).",
            "At the \(place) there is a \(size), \(color) \(kind).",
            "The \(kind) at the \(place) is \(color) and \(size).",
            "I see a \(size) \(color) \(kind) in the \(place.replacing("-", with: " ")) cell.",
            "The \(place) holds a \(color) \(kind). It is \(size).",
            "- **\(place)**: \(color) \(kind), \(size).",
        ])
    }

    private static func without(_ s: Shape, _ random: inout KeyedRandom) -> String {
        random.pick([
            "There is a \(s.color) \(s.kind) at the \(s.place.name).", "There is a \(s.size) \(s.kind) at the \(s.place.name).",
            "There is something \(s.size) and \(s.color) at the \(s.place.name).",
        ])
    }

    private static func hedged(_ s: Shape, _ random: inout KeyedRandom) -> String {
        let other = random.pick(ShapeColor.allCases.filter { $0 != s.color })
        return random.pick([
            "There is perhaps a \(s.size) \(s.color) \(s.kind) at the \(s.place.name).",
            "There is a \(s.size) \(s.color) \(s.kind) at the \(s.place.name), maybe.",
            "There is a \(s.size) \(s.color) or \(other) \(s.kind) at the \(s.place.name).",
            "The \(s.place.name) might be a \(s.size) \(s.color) \(s.kind).",
        ])
    }

    private static func denied(_ s: Shape, _ random: inout KeyedRandom) -> String {
        random.pick([
            "The \(s.place.name) shape is not \(s.color).", "The \(s.kind) at the \(s.place.name) isn't \(s.size).",
            "There is no \(s.kind) at the \(s.place.name).",
            "It is not true that there is a \(s.size) \(s.color) \(s.kind) at the \(s.place.name).",
        ])
    }

    private static func at(_ place: GridPlace, _ s: Shape) -> Shape { Shape(place: place, kind: s.kind, color: s.color, size: s.size) }

    @Test("the verdicts are the truth on 2,600 responses with seeded defects")
    func truth() throws {
        let task = try ShapesTask(split: .training, problems: 2_600, seed: 21)
        let rules = ShapesRules()
        var reflected = 0
        var missing = 0
        for index in 0..<2_600 {
            var random = KeyedRandom(seed: 77, words: [UInt64(index)])
            let shapes = task.shapes(at: index)
            let defect = Defect.allCases[index % Defect.allCases.count]
            let target = random.below(shapes.count)
            let s = shapes[target]
            var lines = shapes.map { Self.sentence($0, &random) }
            var number: String? = "There are \(shapes.count) shapes."
            var wrong: Set<GridPlace> = defect == .none || defect == .recounted || defect == .uncounted ? [] : [s.place]
            switch defect {
            case .none: break
            case .dropped: lines[target] = ""
            case .changed, .contradicted:
                var altered: Shape
                repeat {
                    altered = Shape(
                        place: s.place, kind: random.pick(ShapeKind.allCases), color: random.pick(ShapeColor.allCases),
                        size: random.pick(ShapeSize.allCases))
                } while altered == s
                let sentence = Self.sentence(altered, &random)
                if defect == .changed { lines[target] = sentence } else { lines.append(random.pick(["", "Wait. ", "No. "]) + sentence) }
            case .swapped:
                let other = (target + 1) % shapes.count
                lines[target] = Self.sentence(Self.at(shapes[other].place, s), &random)
                lines[other] = Self.sentence(Self.at(s.place, shapes[other]), &random)
                wrong = Self.at(shapes[other].place, s) == shapes[other] ? [] : [s.place, shapes[other].place]
            case .hedged: lines[target] = Self.hedged(s, &random)
            case .denied: lines.append(Self.denied(s, &random))
            case .moved:
                let place = random.pick(GridPlace.all.filter { $0 != s.place })
                lines[target] = Self.sentence(Self.at(place, s), &random)
                if let there = shapes.first(where: { $0.place == place }), Self.at(place, s) != there { wrong.insert(place) }
            case .emptied:
                lines.append(
                    random.pick([
                        "There is nothing at the \(s.place.name).", "The \(s.place.name) is empty.", "No shape is at the \(s.place.name).",
                    ]))
            case .asked: lines[target] = "Is there a \(s.size) \(s.color) \(s.kind) at the \(s.place.name)?"
            case .shortened: lines[target] = Self.without(s, &random)
            case .recounted:
                number = random.pick([
                    "There are \(shapes.count + 1) shapes.", "There are \(shapes.count) or \(shapes.count + 1) shapes.",
                    "There are \(shapes.count) shapes. Actually, there are \(shapes.count - 1) shapes in total.",
                    "There are about \(shapes.count) shapes.",
                ])
            case .uncounted: number = nil
            }
            let (answer, reasoning) = task.question(at: index).solve(shapes)
            let thought = (lines + [number ?? ""] + reasoning).filter { !$0.isEmpty }.joined(separator: random.pick([" ", "\n"]))
            let response = ResponseFormat.response(thought: thought, answer: answer)
            let isCounted = defect != .recounted && defect != .uncounted
            let expected = shapes.map { wrong.contains($0.place) ? Verdict.missing : .reflected } + [isCounted ? .reflected : .missing]
            let verdicts = rules.verdicts(annotations: ShapesAnnotation.all(shapes).map(\.text), response: response)
            #expect(verdicts == expected, "\(defect) of \(s): \(response)")
            reflected += verdicts.filter { $0 == .reflected }.count
            missing += verdicts.filter { $0 == .missing }.count
        }
        #expect(reflected > 9_000 && missing > 2_000)
    }
}
