/// Puts Geometry3K's logic forms into plain English: "The length of AB equals 2x+3."
///
/// The predicates are those of the data set's paper (Lu et al., "Inter-GPS", arXiv:2105.04165, appendix), as far as a diagram can show them.
package enum LogicSentence {
    /// What can't be put into words.
    package struct Unknown: Error, Hashable, Sendable {
        /// The predicate's name, or a reason in parentheses.
        package let name: String

        package init(name: String) { self.name = name }
    }

    /// The sentence that states `literal`.
    /// - Throws: ``Unknown``, naming the predicate without words, or one with other arguments than it takes.
    package static func sentence(_ literal: String) throws(Unknown) -> String {
        guard literal.contains(where: { $0 != " " }) else { throw Unknown(name: "(empty)") }
        guard case .predicate(let name, let arguments)? = LogicTerm(parsing: literal) else { throw Unknown(name: "(no literal)") }
        return capitalized(try statement(name, arguments)) + "."
    }

    private static func statement(_ name: String, _ arguments: [LogicTerm]) throws(Unknown) -> String {
        if name == "Equals", arguments.count == 2 {
            return "\(try phrase(arguments[0], isLineBare: true)) equals \(try phrase(arguments[1], isLineBare: true))"
        }
        if let verb = relations[name], arguments.count == 2 { return "\(try phrase(arguments[0])) \(verb) \(try phrase(arguments[1]))" }
        if let kind = pointRelations[name], arguments.count == 2 {
            return "\(try point(arguments[0], name)) lies on \(try phrase(arguments[1], as: kind))"
        }
        if name == "IntersectAt", arguments.count == 3 {
            return "\(try phrase(arguments[0])) and \(try phrase(arguments[1])) intersect at \(try point(arguments[2], name))"
        }
        if let property = properties[name], arguments.count == 1 { return "\(try phrase(arguments[0])) is \(property)" }
        if let noun = shapes[name] { return "\(try figure(arguments, name)) is \(article(noun)) \(noun)" }
        throw Unknown(name: name)
    }

    /// The words for a thing or a quantity. With `isLineBare` a line is named by its points alone.
    private static func phrase(_ term: LogicTerm, isLineBare: Bool = false) throws(Unknown) -> String {
        guard case .predicate(let name, let arguments) = term else { return try plain(term) }
        switch name {
        case "Line": return (isLineBare && arguments.count > 1 ? "" : "line ") + (try letters(arguments, name))
        case "Point", "Angle", "Arc": return "\(name.lowercased()) \(try letters(arguments, name))"
        case "LengthOf" where arguments.count == 1: return "the length of \(try phrase(arguments[0], isLineBare: true))"
        case "SinOf", "CosOf", "TanOf", "CotOf":
            guard arguments.count == 1 else { throw Unknown(name: name) }
            return "\(name.dropLast(2).lowercased()) of \(try phrase(arguments[0]))"
        case "RatioOf" where arguments.count == 2:
            return "the ratio of \(try phrase(arguments[0], isLineBare: true)) to \(try phrase(arguments[1], isLineBare: true))"
        default:
            if let noun = quantities[name], arguments.count == 1 { return "\(noun) of \(try phrase(arguments[0]))" }
            if let sign = operators[name], arguments.count > 1 {
                var parts: [String] = []
                for argument in arguments { parts.append(try phrase(argument, isLineBare: true)) }
                return parts.joined(separator: " \(sign) ")
            }
            if let noun = shapes[name] { return "\(noun) \(try figure(arguments, name))" }
            throw Unknown(name: name)
        }
    }

    /// The words for a line or circle that may be given by its letters alone.
    private static func phrase(_ term: LogicTerm, as kind: String) throws(Unknown) -> String {
        if case .text = term { return "\(kind) \(try plain(term))" }
        return try phrase(term)
    }

    private static func point(_ term: LogicTerm, _ name: String) throws(Unknown) -> String {
        if case .predicate("Point", let arguments) = term { return "point \(try letters(arguments, name))" }
        return "point \(try plain(term))"
    }

    /// The points of a figure; of a circle the centre alone, for the second argument names its radius.
    private static func figure(_ arguments: [LogicTerm], _ name: String) throws(Unknown) -> String {
        try letters(name == "Circle" ? Array(arguments.prefix(1)) : arguments, name)
    }

    /// The arguments, one after the other.
    private static func letters(_ arguments: [LogicTerm], _ name: String) throws(Unknown) -> String {
        guard !arguments.isEmpty else { throw Unknown(name: name) }
        var letters = ""
        for argument in arguments {
            guard case .text = argument else { throw Unknown(name: name) }
            letters += try plain(argument)
        }
        return letters
    }

    private static func plain(_ term: LogicTerm) throws(Unknown) -> String {
        guard case .text(let text) = term else { throw Unknown(name: "(no literal)") }
        // The annotators' sign for a figure that the text doesn't name.
        guard text != "$" else { throw Unknown(name: "(unnamed figure)") }
        return text
    }

    /// Begins a sentence; a letter that names a point or a quantity stays as it is.
    private static func capitalized(_ sentence: String) -> String {
        let word = sentence.prefix { $0 != " " }
        guard word.count > 1, word.allSatisfy({ $0.isASCII && $0.isLowercase }) else { return sentence }
        return sentence.prefix(1).uppercased() + sentence.dropFirst()
    }

    private static func article(_ noun: String) -> String { "aeio".contains(noun.prefix(1)) ? "an" : "a" }

    private static let pointRelations = ["PointLiesOnLine": "line", "PointLiesOnCircle": "circle"]

    private static let relations = [
        "Perpendicular": "is perpendicular to", "Parallel": "is parallel to", "Congruent": "is congruent to", "Similar": "is similar to",
        "Tangent": "is tangent to", "Secant": "is a secant of", "BisectsAngle": "bisects", "CircumscribedTo": "is circumscribed about",
        "InscribedIn": "is inscribed in", "IsMidpointOf": "is the midpoint of", "IsCentroidOf": "is the centroid of",
        "IsIncenterOf": "is the incenter of", "IsRadiusOf": "is a radius of", "IsDiameterOf": "is a diameter of",
        "IsMidsegmentOf": "is a midsegment of", "IsChordOf": "is a chord of", "IsSideOf": "is a side of",
        "IsHypotenuseOf": "is the hypotenuse of", "IsPerpendicularBisectorOf": "is the perpendicular bisector of",
        "IsAltitudeOf": "is an altitude of", "IsMedianOf": "is a median of", "IsBaseOf": "is a base of", "IsDiagonalOf": "is a diagonal of",
        "IsLegOf": "is a leg of",
    ]

    private static let properties = [
        "RightAngle": "a right angle", "Right": "right", "Isosceles": "isosceles", "Equilateral": "equilateral", "Regular": "regular",
        "Shaded": "shaded", "Red": "red", "Blue": "blue", "Green": "green",
    ]

    private static let quantities = [
        "MeasureOf": "the measure", "AreaOf": "the area", "PerimeterOf": "the perimeter", "RadiusOf": "the radius",
        "DiameterOf": "the diameter", "CircumferenceOf": "the circumference", "AltitudeOf": "the altitude",
        "HypotenuseOf": "the hypotenuse",
        "SideOf": "the side", "WidthOf": "the width", "HeightOf": "the height", "LegOf": "the leg", "BaseOf": "the base",
        "MedianOf": "the median", "ScaleFactorOf": "the scale factor", "HalfOf": "half", "SquareOf": "the square",
        "SqrtOf": "the square root",
    ]

    private static let operators = ["Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "Pow": "^", "SumOf": "+"]

    private static let shapes = [
        "Triangle": "triangle", "Quadrilateral": "quadrilateral", "Parallelogram": "parallelogram", "Square": "square",
        "Rectangle": "rectangle", "Rhombus": "rhombus", "Trapezoid": "trapezoid", "Kite": "kite", "Polygon": "polygon",
        "Pentagon": "pentagon", "Hexagon": "hexagon", "Heptagon": "heptagon", "Octagon": "octagon", "Circle": "circle", "Sector": "sector",
        "Shape": "shape",
    ]
}
