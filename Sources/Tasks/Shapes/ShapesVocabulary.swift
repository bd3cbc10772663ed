/// What a word of a response can say of a shape.
package enum ShapesProperty: Hashable, Sendable {
    /// A kind; nil for one that the task hasn't ("rectangle").
    case kind(ShapeKind?)
    /// A colour; nil for one that the task hasn't ("pink", "reddish").
    case color(ShapeColor?)
    case size(ShapeSize)
    /// That there is no shape.
    case nothing

    init(_ trait: ShapeTrait) {
        switch trait {
        case .size(let size): self = .size(size)
        case .color(let color): self = .color(color)
        case .kind(let kind): self = .kind(kind)
        }
    }

    /// Whether no shape has both: two sizes, two colours, two kinds, or that there is no shape.
    func contests(_ other: ShapesProperty) -> Bool {
        switch (self, other) {
        case (.size, .size), (.color, .color), (.kind, .kind): self != other
        case (.nothing, .nothing): false
        case (.nothing, _), (_, .nothing): true
        default: false
        }
    }

    /// Whether the word can end a noun phrase: "a small red circle" and no more.
    var isNoun: Bool {
        switch self {
        case .kind, .nothing: true
        case .color, .size: false
        }
    }
}

/// The words of ``ShapesStatements``, in lower case.
enum ShapesVocabulary {
    /// Words of properties and whether they speak of several shapes.
    static let properties: [String: (property: ShapesProperty, isPlural: Bool)] = {
        var words: [String: (property: ShapesProperty, isPlural: Bool)] = [:]
        for kind in ShapeKind.allCases {
            words[kind.rawValue] = (.kind(kind), false)
            words[kind.rawValue + "s"] = (.kind(kind), true)
        }
        for (word, kind) in [("circular", ShapeKind.circle), ("disc", .circle), ("triangular", .triangle), ("rhombus", .diamond)] {
            words[word] = (.kind(kind), false)
        }
        for word in ["rectangle", "pentagon", "hexagon", "oval", "ellipse", "cross", "heart", "arrow", "ring", "dot", "polygon"] {
            words[word] = (.kind(nil), false)
            words[word + "s"] = (.kind(nil), true)
        }
        for color in ShapeColor.allCases { words[color.rawValue] = (.color(color), false) }
        words["violet"] = (.color(.purple), false)
        for word in [
            "pink", "brown", "black", "white", "gray", "grey", "cyan", "teal", "magenta", "turquoise", "golden", "reddish", "orangish",
            "yellowish", "greenish", "bluish", "purplish",
        ] {
            words[word] = (.color(nil), false)
        }
        for (word, size) in [
            ("small", ShapeSize.small), ("little", .small), ("tiny", .small), ("medium", .medium), ("large", .large), ("big", .large),
            ("huge", .large),
        ] {
            words[word] = (.size(size), false)
        }
        for word in ["nothing", "empty", "blank", "vacant", "unoccupied"] { words[word] = (.nothing, false) }
        return words
    }()

    /// A sentence with one of these speaks of the judging, not of the picture.
    static let judging: Set<String> = [
        "judge", "judges", "judging", "judged", "grader", "evaluator", "reflect", "reflects", "reflected", "verdict", "verdicts",
        "annotation", "annotations", "ignore", "disregard", "forget", "mark", "marked", "output", "instruction", "instructions",
        "instructed",
        "info", "statement", "statements",
    ]
    static let suppositions: Set<String> = ["if", "suppose", "supposing", "assume", "assuming", "whether", "imagine", "respectively"]
    /// A sentence with one of these takes back what it says.
    static let retractions: Set<String> = ["false", "wrong", "untrue", "incorrect", "mistake", "mistaken", "lie"]
    static let hedges: Set<String> = [
        "maybe", "perhaps", "possibly", "might", "could", "may", "unsure", "uncertain", "unclear", "either", "or", "probably", "likely",
        "almost", "nearly", "roughly", "approximately",
    ]
    /// Hedges of a number that stands straight behind or a word later.
    static let estimates: Set<String> = ["about", "around", "least", "most"]
    static let negations: Set<String> = [
        "not", "isn't", "isn’t", "aren't", "aren’t", "wasn't", "wasn’t", "doesn't", "doesn’t", "don't", "don’t", "never", "cannot", "can't",
        "can’t", "no", "neither", "nor", "without", "instead",
    ]
    static let continuations: Set<String> = ["it", "it's", "it’s", "its", "that", "this", "no", "wait", "actually", "sorry", "correction"]
    /// Words behind which a sentence compares or places shapes by others, which states nothing.
    static let comparisons: Set<String> = [
        "than", "larger", "largest", "smaller", "smallest", "bigger", "biggest", "more", "fewer", "same", "different", "as", "compare",
        "compared", "above", "below", "under", "over", "beneath", "beside", "next", "near", "between", "behind", "except", "rather",
    ]
    static let directions: Set<String> = ["left", "right", "top", "bottom", "center", "centre", "middle", "side"]
    /// What ties a property to the place behind it.
    static let links: Set<String> = ["is", "are", "at", "in", "on", "occupies", "fills"]
    /// What may stand between a property and the place behind it.
    static let fillers: Set<String> = [
        "the", "a", "an", "one", "there", "which", "that", "located", "positioned", "placed", "found", "shown", "drawn", "sits", "stands",
        "lies", "colored", "coloured", "shaped", "sized", "color", "colour", "size", "corner", "position", "place", "cell", "picture",
        "image", "grid", "canvas",
    ]
    /// What may stand between a number and the shapes that it counts.
    static let countFillers: Set<String> = ["distinct", "separate", "colored", "coloured", "geometric", "visible", "total"]
    /// What may follow the shapes of a total.
    static let totals: Set<String> = [
        "total", "altogether", "overall", "here", "there", "shown", "visible", "present", "and", "in", "on", "the", "this", "picture",
        "image", "grid",
        "canvas", "drawing", "scene", "is", "are",
    ]
    static let pictures: Set<String> = ["picture", "image", "grid", "canvas", "drawing", "scene", "total"]
    static let shapes: [String: Bool] = [
        "shape": false, "object": false, "figure": false, "item": false, "shapes": true, "objects": true, "figures": true, "items": true,
    ]
    static let numbers = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
}
