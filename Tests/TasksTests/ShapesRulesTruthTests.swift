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
            ShapesAnnotation.all(of: s).map(\.text).joined(separator: " "),
            "The \(place): \(size) \(color) \(kind).",
            "The \(place) shape is a \(size) \(color) \(kind).",
            "At the \(place) there is a \(size), \(color) \(kind).",
            "The \(kind) at the \(place) is \(color) and \(size).",
            "I see a \(size) \(color) \(kind) in the \(place.replacing("-", with: " ")) cell.",
            "The \(place) holds a \(color) \(kind). It is \(size).",
            "- **\(place)**: \(color) \(kind), \(size).",
        ])
    }

    /// A sentence and the traits of its shape that it leaves unstated, or puts in doubt.
    private typealias Flawed = (sentence: String, unstated: [ShapeTrait])

    private static func without(_ s: Shape, _ random: inout KeyedRandom) -> Flawed {
        random.pick([
            ("There is a \(s.color) \(s.kind) at the \(s.place.name).", [.size(s.size)]),
            ("There is a \(s.size) \(s.kind) at the \(s.place.name).", [.color(s.color)]),
            ("There is something \(s.size) and \(s.color) at the \(s.place.name).", [.kind(s.kind)]),
            ("The \(s.place.name) color is \(s.color).", [.size(s.size), .kind(s.kind)]),
        ])
    }

    private static func hedged(_ s: Shape, _ random: inout KeyedRandom) -> Flawed {
        let other = random.pick(ShapeColor.allCases.filter { $0 != s.color })
        return random.pick([
            ("There is perhaps a \(s.size) \(s.color) \(s.kind) at the \(s.place.name).", s.traits),
            ("There is a \(s.size) \(s.color) \(s.kind) at the \(s.place.name), maybe.", s.traits),
            ("The \(s.place.name) might be a \(s.size) \(s.color) \(s.kind).", s.traits),
            ("There is a \(s.size) \(s.color) or \(other) \(s.kind) at the \(s.place.name).", [.color(s.color)]),
            ("The \(s.place.name) shape is a \(s.size) \(other) or \(s.color) \(s.kind).", [.color(s.color)]),
        ])
    }

    private static func denied(_ s: Shape, _ random: inout KeyedRandom) -> Flawed {
        random.pick([
            ("The \(s.place.name) shape is not \(s.color).", [.color(s.color)]),
            ("The \(s.kind) at the \(s.place.name) isn't \(s.size).", [.size(s.size)]),
            ("There is no \(s.kind) at the \(s.place.name).", [.kind(s.kind)]),
            ("It is not true that there is a \(s.size) \(s.color) \(s.kind) at the \(s.place.name).", s.traits),
        ])
    }

    /// What of `shape` another shape, said of the same place, contradicts.
    private static func differences(_ shape: Shape, _ other: Shape) -> [ShapesAnnotation] {
        shape.traits.filter { !other.traits.contains($0) }.map { .trait($0, shape.place) }
    }

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
            var unstated: [ShapesAnnotation] = []
            func use(_ flawed: Flawed, isAdded: Bool = false) {
                if isAdded { lines.append(flawed.sentence) } else { lines[target] = flawed.sentence }
                unstated = flawed.unstated.map { .trait($0, s.place) }
            }
            switch defect {
            case .none: break
            case .dropped: use(("", s.traits))
            case .changed, .contradicted:
                var altered: Shape
                repeat {
                    altered = Shape(
                        place: s.place, kind: random.pick(ShapeKind.allCases), color: random.pick(ShapeColor.allCases),
                        size: random.pick(ShapeSize.allCases))
                } while altered == s
                let sentence = Self.sentence(altered, &random)
                if defect == .changed { lines[target] = sentence } else { lines.append(random.pick(["", "Wait. ", "No. "]) + sentence) }
                unstated = Self.differences(s, altered)
            case .swapped:
                let (index, other) = ((target + 1) % shapes.count, shapes[(target + 1) % shapes.count])
                lines[target] = Self.sentence(s.at(other.place), &random)
                lines[index] = Self.sentence(other.at(s.place), &random)
                unstated = Self.differences(s, other.at(s.place)) + Self.differences(other, s.at(other.place))
            case .hedged: use(Self.hedged(s, &random))
            case .denied: use(Self.denied(s, &random), isAdded: true)
            case .moved:
                let place = random.pick(GridPlace.all.filter { $0 != s.place })
                use((Self.sentence(s.at(place), &random), s.traits))
                if let there = shapes.first(where: { $0.place == place }) { unstated += Self.differences(there, s.at(place)) }
            case .emptied:
                let sentence = random.pick([
                    "There is nothing at the \(s.place.name).", "The \(s.place.name) is empty.", "No shape is at the \(s.place.name).",
                ])
                use((sentence, s.traits), isAdded: true)
            case .asked: use(("Is there a \(s.size) \(s.color) \(s.kind) at the \(s.place.name)?", s.traits))
            case .shortened: use(Self.without(s, &random))
            case .recounted:
                number = random.pick([
                    "There are \(shapes.count + 1) shapes.", "There are \(shapes.count) or \(shapes.count + 1) shapes.",
                    "There are \(shapes.count) shapes. Actually, there are \(shapes.count - 1) shapes in total.",
                    "There are about \(shapes.count) shapes.",
                ])
                unstated = [.count(shapes.count)]
            case .uncounted:
                number = nil
                unstated = [.count(shapes.count)]
            }
            let (answer, reasoning) = task.question(at: index).solve(shapes)
            let thought = (lines + [number ?? ""] + reasoning).filter { !$0.isEmpty }.joined(separator: random.pick([" ", "\n"]))
            let response = ResponseFormat.response(thought: thought, answer: answer)
            let annotations = ShapesAnnotation.all(shapes)
            let expected = annotations.map { unstated.contains($0) ? Verdict.missing : .reflected }
            let verdicts = rules.verdicts(annotations: annotations.map(\.text), response: response)
            #expect(verdicts == expected, "\(defect) of \(s): \(response)")
            reflected += verdicts.filter { $0 == .reflected }.count
            missing += verdicts.filter { $0 == .missing }.count
        }
        #expect(reflected > 30_000 && missing > 4_000)
    }
}
