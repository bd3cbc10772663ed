/// Compares the values of two answers. Every rule stands in both directions.
struct AnswerComparison {
    var steps: StepBudget
    /// Whether the question asks for the members of lists in an order.
    let isOrdered: Bool
    /// Sets and lists with more elements are compared in order.
    private static let maximumElementCount = 32

    init(isOrdered: Bool, steps: StepBudget) {
        self.isOrdered = isOrdered
        self.steps = steps
    }

    /// - Throws: ``AnswerError`` if a value is undefined, too large, or the steps are used up.
    mutating func areEqual(_ a: AnswerValue, _ b: AnswerValue) throws(AnswerError) -> Bool {
        try steps.spend()
        if let isEqual = try areEqualRealSets(a, b) { return isEqual }
        switch (a, b) {
        case (.scalar(let x), .scalar(let y)): return try areEqual(x, y)
        case (.words(let x, _), .words(let y, _)): return x.count == y.count && zip(x, y).allSatisfy(AnswerWord.areEqual)
        case (.words(_, let product), .scalar(let y)), (.scalar(let y), .words(_, let product)):
            guard let product, y.unit.isEmpty else { return false }
            return try areEqual(product, y.expression)
        case (.sequence(let open, let close, let x), .sequence(let otherOpen, let otherClose, let y)):
            guard open == otherOpen, close == otherClose else { return false }
            return try arePairwiseEqual(x, y)
        case (.list(let x, _), .list(let y, _)): return try areEqualLists(x, y)
        // "(3, 4)" answers "3, 4"; a set of the same numbers says less than a point.
        case (.list(let x, _), .sequence(open: "(", close: ")", let y)), (.sequence(open: "(", close: ")", let y), .list(let x, _)):
            return try arePairwiseEqual(Self.byName(x) ?? x, y)
        case (.list(let x, _), .set(let y)), (.set(let y), .list(let x, _)):
            if isOrdered { return try arePairwiseEqual(x, y) }
            return try repeats(x) ? false : haveSameElements(x, y)
        case (.set(let x), .set(let y)): return try isOrdered ? arePairwiseEqual(x, y) : haveSameElements(x, y)
        case (.union(let x), .union(let y)): return try haveSameElements(x, y)
        case (.set(let x), .scalar), (.list(let x, _), .scalar): return x.count == 1 ? try areEqual(x[0], b) : false
        case (.scalar, .set(let y)), (.scalar, .list(let y, _)): return y.count == 1 ? try areEqual(a, y[0]) : false
        case (.matrix(let x), .matrix(let y)):
            guard x.count == y.count else { return false }
            for (row, other) in zip(x, y) where try !arePairwiseEqual(row, other) { return false }
            return true
        // A column is a vector, as ⟨3, 4⟩ is.
        case (.matrix(let x), .sequence(open: "(", close: ")", let y)), (.sequence(open: "(", close: ")", let y), .matrix(let x)):
            guard x.allSatisfy({ $0.count == 1 }) else { return false }
            return try arePairwiseEqual(x.flatMap { $0 }, y)
        case (.equation(let x), .equation(let y)): return try areEqual(x, y)
        case (.equation(let x), _): return try contains(stated(x), b)
        case (_, .equation(let y)): return try contains(stated(y), a)
        case (.inequality(let x, let first), .inequality(let y, let second)): return try areEqual(x, first, y, second)
        case (.difference(let x, let removed), .difference(let y, let other)):
            guard try areEqual(x, y) else { return false }
            return try areEqual(removed, other)
        case (.solutions(let x), .solutions(let y)): return try areEqual(x, y)
        default: return false
        }
    }

    mutating func arePairwiseEqual(_ a: [AnswerValue], _ b: [AnswerValue]) throws(AnswerError) -> Bool {
        guard a.count == b.count else { return false }
        for (x, y) in zip(a, b) where try !areEqual(x, y) { return false }
        return true
    }

    // MARK: - Lists

    /// In any order, but where the question asks for one, members repeat, some are left out ("…"), or they are told apart by names that the other
    /// list leaves out.
    private mutating func areEqualLists(_ a: [AnswerValue], _ b: [AnswerValue]) throws(AnswerError) -> Bool {
        let (first, second) = (Self.byName(a), Self.byName(b))
        if (first == nil) != (second == nil) { return try arePairwiseEqual(first ?? a, second ?? b) }
        if isOrdered || Self.hasGap(a) || Self.hasGap(b) { return try arePairwiseEqual(a, b) }
        if try repeats(a) { return try arePairwiseEqual(a, b) }
        if try repeats(b) { return try arePairwiseEqual(a, b) }
        return try haveSameElements(a, b)
    }

    /// The equations of a list in the order of their names if each has a name of its own; nil otherwise. "y = 3, x = 5" is the point (5, 3).
    private static func byName(_ members: [AnswerValue]) -> [AnswerValue]? {
        var named: [(name: String, value: AnswerValue)] = []
        for case .equation(let equation) in members {
            guard let name = equation.name else { return nil }
            named.append((name, .equation(equation)))
        }
        guard named.count == members.count, Set(named.map(\.name)).count == named.count else { return nil }
        let areLetters = named.allSatisfy { $0.name.unicodeScalars.count == 1 }
        return (areLetters ? named.sorted { $0.name < $1.name } : named).map(\.value)
    }

    private static func hasGap(_ members: [AnswerValue]) -> Bool {
        members.contains(.scalar(AnswerScalar(expression: .symbol(AnswerExpression.ellipsis))))
    }

    /// Whether a member equals another one.
    private mutating func repeats(_ members: [AnswerValue]) throws(AnswerError) -> Bool {
        guard members.count <= Self.maximumElementCount else { return true }
        for (index, member) in members.enumerated() where try contains(Array(members[..<index]), member) { return true }
        return false
    }

    /// Whether each element of either is one of the other.
    private mutating func haveSameElements(_ a: [AnswerValue], _ b: [AnswerValue]) throws(AnswerError) -> Bool {
        guard a.count <= Self.maximumElementCount, b.count <= Self.maximumElementCount else { return try arePairwiseEqual(a, b) }
        for element in b where try !contains(a, element) { return false }
        for element in a where try !contains(b, element) { return false }
        return true
    }

    private mutating func contains(_ all: [AnswerValue], _ value: AnswerValue) throws(AnswerError) -> Bool {
        for other in all where try areEqual(other, value) { return true }
        return false
    }

    // MARK: - Numbers and formulas

    mutating func areEqual(_ a: AnswerScalar, _ b: AnswerScalar) throws(AnswerError) -> Bool {
        guard a.unit == b.unit || a.unit.isEmpty || b.unit.isEmpty else { return false }
        if try areEqualNumbers(a, b) { return true }
        // 50 % is one half, and also what a problem means that asks "how many per cent".
        guard a.unit != b.unit, a.unit == AnswerUnit.percent || b.unit == AnswerUnit.percent else { return false }
        return try a.unit == AnswerUnit.percent ? areEqualNumbers(a.hundredth, b) : areEqualNumbers(a, b.hundredth)
    }

    /// Lone decimals are rounded numbers: 0.333333 is 1/3. Whole numbers are exact.
    private mutating func areEqualNumbers(_ a: AnswerScalar, _ b: AnswerScalar) throws(AnswerError) -> Bool {
        guard a.places != nil || b.places != nil else { return try areEqual(a.expression, b.expression) }
        let (x, y) = (try rational(a.expression), try rational(b.expression))
        if let x, let y {
            if x == y { return true }
            if x.isInteger || y.isInteger { return false }
            let rounded = try x.millionths()
            return rounded != 0 ? try rounded == y.millionths() : false
        }
        let (p, q) = (try NumericValue.of(a.expression, at: 0, &steps), try NumericValue.of(b.expression, at: 0, &steps))
        guard hasNoVariables(a.expression), hasNoVariables(b.expression), abs(p.value) < 1e9, x?.isInteger != true, y?.isInteger != true
        else {
            return try areEqual(a.expression, b.expression)
        }
        let rounded = (p.value * 1e6).rounded(.toNearestOrEven)
        return rounded != 0 && rounded == (q.value * 1e6).rounded(.toNearestOrEven)
    }

    private mutating func rational(_ expression: AnswerExpression) throws(AnswerError) -> ExactRational? {
        if let value = expression.literal { return value }
        do throws(AnswerError) {
            return try CanonicalForm.of(expression, &steps).rational
        } catch .tooLarge {
            return nil
        }
    }

    /// By canonical forms; where those leave it open, by values.
    mutating func areEqual(_ a: AnswerExpression, _ b: AnswerExpression) throws(AnswerError) -> Bool {
        if let x = a.literal, let y = b.literal { return x == y }
        do throws(AnswerError) {
            let (x, y) = (try CanonicalForm.of(a, &steps), try CanonicalForm.of(b, &steps))
            if x == y { return true }
            let difference = try x.minus(y, &steps)
            if difference.numerator.isZero { return true }
            if difference.numerator.isCertain { return false }
        } catch .tooLarge {
            // Numbers beyond 128 bits or sums beyond their bound: only values can tell.
        }
        return try areEqualNumerically(a, b)
    }

    private mutating func areEqualNumerically(_ a: AnswerExpression, _ b: AnswerExpression) throws(AnswerError) -> Bool {
        let isConstant = hasNoVariables(a) && hasNoVariables(b)
        var agreed = 0
        for point in 0..<(isConstant ? 1 : NumericValue.pointCount) {
            switch NumericValue.areEqual(try NumericValue.of(a, at: point, &steps), try NumericValue.of(b, at: point, &steps)) {
            case true?: agreed += 1
            case false?: return false
            case nil: break
            }
        }
        return agreed >= (isConstant ? 1 : NumericValue.minimumPointCount)
    }

    func hasNoVariables(_ expression: AnswerExpression) -> Bool {
        switch expression {
        case .number: true
        case .symbol(let name): name == AnswerExpression.pi || name == AnswerExpression.euler
        case .sum(let parts), .product(let parts): parts.allSatisfy(hasNoVariables)
        case .power(let base, let exponent): hasNoVariables(base) && hasNoVariables(exponent)
        case .function(_, let argument): hasNoVariables(argument)
        }
    }
}

extension AnswerScalar {
    /// The number that a per cent stands for.
    var hundredth: AnswerScalar {
        let hundredth = expression.literal.flatMap { try? $0.times(ExactRational(100).reciprocal()) }.map(AnswerExpression.number)
        return AnswerScalar(
            expression: hundredth ?? .product([expression, .power(.number(ExactRational(100)), .minusOne)]), places: places.map { $0 + 2 })
    }
}
