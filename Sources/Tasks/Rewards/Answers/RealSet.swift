/// A union of intervals of real numbers, in order and without overlaps: what `(-\infty, 2) \cup (7, \infty)`, `x < 2 \text{ or } x > 7`,
/// `\mathbb{R}` and `x \ne 3` say.
struct RealSet {
    /// One end of an interval.
    struct End {
        let expression: AnswerExpression
        let value: Double
        let isClosed: Bool
    }

    struct Interval {
        var lower: End
        var upper: End
    }

    private(set) var intervals: [Interval]
    /// The variable whose values these are; nil where none is named.
    let variable: String?

    static let reals = RealSet([Interval(lower: .minusInfinity, upper: .plusInfinity)], variable: nil)

    /// Sorted by their lower ends; what overlaps or touches is joined, what is empty is left out.
    init(_ intervals: [Interval], variable: String?) {
        self.variable = variable
        self.intervals = []
        for interval in intervals.filter({ !$0.isEmpty }).sorted(by: {
            ($0.lower.value, $0.lower.isClosed ? 0 : 1) < ($1.lower.value, $1.lower.isClosed ? 0 : 1)
        }) {
            guard let last = self.intervals.last, last.reaches(interval) else {
                self.intervals.append(interval)
                continue
            }
            if (interval.upper.value, interval.upper.isClosed ? 1 : 0) > (last.upper.value, last.upper.isClosed ? 1 : 0) {
                self.intervals[self.intervals.count - 1].upper = interval.upper
            }
        }
    }

    /// What is in both.
    func intersection(_ other: RealSet) -> RealSet {
        var common: [Interval] = []
        for a in intervals {
            for b in other.intervals {
                let lower = (a.lower.value, a.lower.isClosed ? 0 : 1) > (b.lower.value, b.lower.isClosed ? 0 : 1) ? a.lower : b.lower
                let upper = (a.upper.value, a.upper.isClosed ? 1 : 0) < (b.upper.value, b.upper.isClosed ? 1 : 0) ? a.upper : b.upper
                common.append(Interval(lower: lower, upper: upper))
            }
        }
        return RealSet(common, variable: variable ?? other.variable)
    }

    /// All reals but some points.
    static func complement(of points: [End], variable: String?) -> RealSet {
        let sorted = points.map { End(expression: $0.expression, value: $0.value, isClosed: false) }.sorted { $0.value < $1.value }
        let ends = [.minusInfinity] + sorted + [.plusInfinity]
        return RealSet(zip(ends, ends.dropFirst()).map { Interval(lower: $0, upper: $1) }, variable: variable)
    }
}

extension RealSet.End {
    static let minusInfinity = RealSet.End(
        expression: AnswerExpression.symbol(AnswerExpression.infinity).negated, value: -.infinity, isClosed: false)
    static let plusInfinity = RealSet.End(expression: .symbol(AnswerExpression.infinity), value: .infinity, isClosed: false)
}

extension RealSet.Interval {
    fileprivate var isEmpty: Bool { lower.value > upper.value || lower.value == upper.value && !(lower.isClosed && upper.isClosed) }

    /// Whether the next interval begins inside this one or right at its end.
    fileprivate func reaches(_ next: RealSet.Interval) -> Bool {
        next.lower.value < upper.value || next.lower.value == upper.value && (next.lower.isClosed || upper.isClosed)
    }
}

extension AnswerComparison {
    /// Whether two answers are the same set of reals; nil if either is none, or if neither says more than an interval's brackets.
    mutating func areEqualRealSets(_ a: AnswerValue, _ b: AnswerValue) throws(AnswerError) -> Bool? {
        guard Self.describesReals(a) || Self.describesReals(b), let x = try realSet(a), let y = try realSet(b) else { return nil }
        if let p = x.variable, let q = y.variable, p != q { return false }
        guard x.intervals.count == y.intervals.count else { return false }
        for (p, q) in zip(x.intervals, y.intervals) {
            guard p.lower.isClosed == q.lower.isClosed, p.upper.isClosed == q.upper.isClosed, try areEqualEnds(p.lower, q.lower),
                try areEqualEnds(p.upper, q.upper)
            else { return false }
        }
        return true
    }

    private mutating func areEqualEnds(_ a: RealSet.End, _ b: RealSet.End) throws(AnswerError) -> Bool {
        if a.value.isInfinite || b.value.isInfinite { return a.value == b.value }
        return try areEqual(a.expression, b.expression)
    }

    /// What is more than a point or a bracket, which may mean other things.
    private static func describesReals(_ value: AnswerValue) -> Bool {
        switch value {
        case .union, .reals, .difference, .inequality, .solutions: true
        case .list(let members, _): members.allSatisfy { if case .inequality = $0 { true } else { false } }
        default: false
        }
    }

    /// The set that a value describes; nil if it describes none, or one whose ends aren't numbers.
    private mutating func realSet(_ value: AnswerValue) throws(AnswerError) -> RealSet? {
        switch value {
        case .reals: return .reals
        case .solutions(let condition):
            return try realSet(condition).map { RealSet($0.intervals, variable: nil) }
        case .sequence(let open, let close, let ends):
            guard ends.count == 2, let lower = try end(ends[0], isClosed: open == "["), let upper = try end(ends[1], isClosed: close == "]")
            else {
                return nil
            }
            return RealSet([RealSet.Interval(lower: lower, upper: upper)], variable: nil)
        case .set(let members):
            guard let points = try points(members) else { return nil }
            return RealSet(points.map { RealSet.Interval(lower: $0, upper: $0) }, variable: nil)
        case .union(let parts): return try union(parts)
        case .difference(.reals, .set(let members)): return try points(members).map { RealSet.complement(of: $0, variable: nil) }
        case .inequality(let sides, let relations): return try realSet(sides, relations)
        case .list(let members, let joint): return try realSet(members, joint)
        default: return nil
        }
    }

    private mutating func union(_ parts: [AnswerValue]) throws(AnswerError) -> RealSet? {
        var intervals: [RealSet.Interval] = []
        var variable: String?
        for part in parts {
            guard let set = try realSet(part) else { return nil }
            if let known = variable, let name = set.variable, known != name { return nil }
            variable = variable ?? set.variable
            intervals += set.intervals
        }
        return RealSet(intervals, variable: variable)
    }

    /// Inequalities of one variable: "or" joins what satisfies them, "and" leaves what satisfies all. A comma means "and" where anything satisfies all,
    /// else "or".
    private mutating func realSet(_ members: [AnswerValue], _ joint: AnswerJoint) throws(AnswerError) -> RealSet? {
        guard let union = try union(members), let variable = union.variable else { return nil }
        if joint == .or { return union }
        var common = RealSet([RealSet.Interval(lower: .minusInfinity, upper: .plusInfinity)], variable: variable)
        for member in members {
            guard let set = try realSet(member) else { return nil }
            common = common.intersection(set)
        }
        if !common.intervals.isEmpty { return common }
        return joint == .comma ? union : nil
    }

    private mutating func points(_ members: [AnswerValue]) throws(AnswerError) -> [RealSet.End]? {
        var points: [RealSet.End] = []
        for member in members {
            guard let point = try end(member, isClosed: true), point.value.isFinite else { return nil }
            points.append(point)
        }
        return points
    }

    private mutating func end(_ value: AnswerValue, isClosed: Bool) throws(AnswerError) -> RealSet.End? {
        guard case .scalar(let scalar) = value, scalar.unit.isEmpty else { return nil }
        return try end(scalar.expression, isClosed: isClosed)
    }

    private mutating func end(_ expression: AnswerExpression, isClosed: Bool) throws(AnswerError) -> RealSet.End? {
        let infinity = AnswerExpression.symbol(AnswerExpression.infinity)
        if expression == infinity { return .plusInfinity }
        if expression == infinity.negated { return .minusInfinity }
        guard hasNoVariables(expression) else { return nil }
        let value = try NumericValue.of(expression, at: 0, &steps)
        return value.value.isFinite ? RealSet.End(expression: expression, value: value.value, isClosed: isClosed) : nil
    }

    /// Inequalities of one variable and constants: `1 < x ≤ 2`, `x > 3`, `x \ne 3`.
    private mutating func realSet(_ sides: [AnswerExpression], _ relations: [AnswerRelation]) throws(AnswerError) -> RealSet? {
        var (sides, relations) = (sides, relations)
        if relations == [.unequal], sides.count == 2 {
            if case .symbol = sides[1] { sides.reverse() }
            guard case .symbol(let variable) = sides[0], let point = try end(sides[1], isClosed: false), point.value.isFinite else {
                return nil
            }
            return .complement(of: [point], variable: variable)
        }
        if relations.first == .greater || relations.first == .greaterOrEqual {
            sides.reverse()
            relations = relations.reversed().map(\.reversed)
        }
        guard relations.allSatisfy({ $0 == .less || $0 == .lessOrEqual }) else { return nil }
        let infinity = AnswerExpression.symbol(AnswerExpression.infinity)
        if sides.count == 2 {
            if case .symbol = sides[0] {
                (sides, relations) = ([infinity.negated] + sides, [.less] + relations)
            } else {
                (sides, relations) = (sides + [infinity], relations + [.less])
            }
        }
        guard sides.count == 3, relations.count == 2, case .symbol(let variable) = sides[1],
            let lower = try end(sides[0], isClosed: relations[0] == .lessOrEqual),
            let upper = try end(sides[2], isClosed: relations[1] == .lessOrEqual)
        else { return nil }
        return RealSet([RealSet.Interval(lower: lower, upper: upper)], variable: variable)
    }
}
