import Tasks
import Testing

@Suite("literals of logic forms")
struct LogicSentenceTests {
    @Test(
        "are put into plain English",
        arguments: [
            ("Equals(LengthOf(Line(A, D)), 2x+3)", "The length of AD equals 2x+3."),
            ("Equals(LengthOf(Line(A, B)), frac{1}{5}(x+3))", "The length of AB equals frac{1}{5}(x+3)."),
            ("Equals(LengthOf(Arc(A, B)), 7\\sqrt{2})", "The length of arc AB equals 7\\sqrt{2}."),
            ("Equals(MeasureOf(Angle(K, I, P)), MeasureOf(angle 1))", "The measure of angle KIP equals the measure of angle 1."),
            ("Equals(MeasureOf(Arc(C,Z)),40)", "The measure of arc CZ equals 40."), ("Equals(Line(A, E), Line(B, E))", "AE equals BE."),
            ("Equals(x, 3)", "x equals 3."), ("PointLiesOnLine(N, Line(X, Z))", "Point N lies on line XZ."),
            ("PointLiesOnCircle(Z, Circle(X, radius_0_0))", "Point Z lies on circle X."),
            ("PointLiesOnLine(A, l)", "Point A lies on line l."),
            ("Perpendicular(Line(Y, M), Line(M, A))", "Line YM is perpendicular to line MA."),
            ("Parallel(Line(E, B), Line(D, C))", "Line EB is parallel to line DC."),
            ("Parallel(Line(m), Line(n))", "Line m is parallel to line n."),
            ("Parallelogram(A, C, B, D)", "ACBD is a parallelogram."), ("Circle(H)", "H is a circle."),
            ("Octagon(A,B)", "AB is an octagon."),
            ("Congruent(Triangle(A,B,C), Triangle(D,E,F))", "Triangle ABC is congruent to triangle DEF."),
            ("IsMidpointOf(Point(M), Line(A, B))", "Point M is the midpoint of line AB."),
            ("IntersectAt(Line(A,B), Line(C,D), Point(E))", "Line AB and line CD intersect at point E."),
            ("RightAngle(Angle(A,B,C))", "Angle ABC is a right angle."),
            ("BisectsAngle(Line(A,B), Angle(C,A,D))", "Line AB bisects angle CAD."),
            ("Equals(AreaOf(Triangle(A,B,C)), 12)", "The area of triangle ABC equals 12."),
            ("Equals(SinOf(Angle(A)), 0.5)", "Sin of angle A equals 0.5."),
            ("Equals(RatioOf(LengthOf(Line(A,B)), LengthOf(Line(C,D))), 2)", "The ratio of the length of AB to the length of CD equals 2."),
            ("Equals(Add(LengthOf(Line(A,B)), 3), 8)", "The length of AB + 3 equals 8."),
            ("Tangent(Line(A, B), Circle(O, radius_1_0))", "Line AB is tangent to circle O."),
        ])
    func sentences(_ literal: String, _ sentence: String) throws { #expect(try LogicSentence.sentence(literal) == sentence) }

    @Test(
        "without words are refused by name",
        arguments: [
            ("", "(empty)"), ("  ", "(empty)"), ("x", "(no literal)"), ("Equals(A", "(no literal)"), ("Equals(A, B))", "(no literal)"),
            ("Equals()", "(no literal)"), ("Equals(a,,b)", "(no literal)"), ("Foo(A, B)", "Foo"), ("Equals(Foo(A), 3)", "Foo"),
            ("Equals(A)", "Equals"), ("PointLiesOnLine(A)", "PointLiesOnLine"), ("Line(A, B)", "Line"),
            ("Parallelogram($)", "(unnamed figure)"),
            ("PointLiesOnLine(Line(A,B), Line(C,D))", "(no literal)"), ("Equals(Angle(Line(A,B)), 3)", "Angle"), ("Find(x)", "Find"),
            (String(repeating: "Add(", count: 2_000), "(no literal)"),
            (String(repeating: "Add(", count: 20) + "x" + String(repeating: ")", count: 20), "(no literal)"),
        ])
    func refusals(_ literal: String, _ name: String) {
        #expect(throws: LogicSentence.Unknown(name: name)) { try LogicSentence.sentence(literal) }
    }

    @Test("with pieces exchanged are read or refused, and what is read is one sentence")
    func fuzz() {
        let sound = ["Equals", "(", "LengthOf", "(", "Line", "(", "A", ",", "B", ")", ")", ",", "3x", ")"]
        let pieces = sound + ["", " ", "$", "{", "}", "é", "Circle", "\n", "\"", "[", "Add", "MeasureOf", "Angle"]
        var state: UInt64 = 5
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var readCount = 0
        for _ in 0..<20_000 {
            var literal = sound
            for _ in 0...random(4) { literal[random(literal.count)] = pieces[random(pieces.count)] }
            guard let sentence = try? LogicSentence.sentence(literal.joined()) else { continue }
            readCount += 1
            #expect(sentence.hasSuffix("."))
        }
        #expect((1_000..<19_000).contains(readCount), "\(readCount)")
    }
}
