extension AnswerTokenizer {
    /// `12`, `1,234.5`, `1{,}234`, `1\,234`, `.5`, `1.5e-3`.
    mutating func number(_ steps: inout StepBudget) throws(AnswerError) {
        let start = index
        var digits = run()
        let isLeading = (1...3).contains(digits.count) && digits.first != "0"
        while isLeading, let width = thousandsMark() {
            index += width
            digits += run()
        }
        var places = 0
        var isDecimal = false
        if index + 1 < scalars.count, scalars[index] == "." {
            let whole = digits
            if Self.isDigit(scalars[index + 1]) {
                index += 1
                isDecimal = true
                digits += run()
                places = digits.count - whole.count
            }
            if let repeating = repeatingDigits(after: isDecimal ? [] : ["."]) {
                try steps.spend(index - start)
                return append(.number(try Self.repeating(digits, places: places, repeating), places: nil, digits: ""))
            }
        }
        try steps.spend(index - start)
        let exponent = self.exponent()
        isDecimal = isDecimal || exponent != nil
        let plain = isDecimal || index - start != digits.count ? "" : String(String.UnicodeScalarView(digits))
        let shown = isDecimal ? places - (exponent ?? 0) : nil
        // Zeros at the end change nothing, and must not overflow.
        while places > 0, digits.last == "0" { (places, _) = (places - 1, digits.removeLast()) }
        var value = try Self.integer(digits)
        let scale = (exponent ?? 0) - places
        if scale != 0, !value.isZero { value = try value.times(ExactRational(10).power(scale)) }
        append(.number(value, places: shown, digits: plain))
    }

    /// The digits that repeat for ever and stand here: `\overline{3}`, `\bar{3}`, `\dot{1}4\dot{2}`, `(3)`, or `...` behind three equal digits.
    private mutating func repeatingDigits(after lead: [Unicode.Scalar]) -> [Unicode.Scalar]? {
        let start = index
        guard scalars[index...].starts(with: lead) else { return nil }
        index += lead.count
        // "0.(3)" repeats, "0.5(3)" is a product.
        if let digits = overlinedDigits(isBracketed: !lead.isEmpty) ?? dottedDigits() { return digits }
        index = start
        if lead.isEmpty, scalars[index...].starts(with: "...".unicodeScalars) || scalars[index...].starts(with: "\\ldots".unicodeScalars) {
            let last = scalars[..<index].suffix(3)
            if last.count == 3, Set(last).count == 1, let digit = last.first, Self.isDigit(digit) {
                index += scalars[index] == "." ? 3 : 6
                return [digit]
            }
        }
        return nil
    }

    /// `\overline{12}`, `\bar{3}`; `(3)` right behind the decimal point alone: "0.5(3)" is a product.
    private mutating func overlinedDigits(isBracketed: Bool) -> [Unicode.Scalar]? {
        for opening in ["\\overline{", "\\bar{", "("] where scalars[index...].starts(with: opening.unicodeScalars) {
            if opening == "(", !isBracketed { return nil }
            index += opening.unicodeScalars.count
            let digits = run()
            return accept(opening == "(" ? ")" : "}") && !digits.isEmpty ? digits : nil
        }
        return nil
    }

    /// `\dot{3}`, or `\dot{1}4\dot{2}`: the first and the last of the digits that repeat.
    private mutating func dottedDigits() -> [Unicode.Scalar]? {
        guard let first = dottedDigit() else { return nil }
        let start = index
        let between = run()
        if let last = dottedDigit() { return [first] + between + [last] }
        index = start
        return between.isEmpty ? [first] : nil
    }

    /// `\dot{3}`, `\dot 3`, `\dot3`.
    private mutating func dottedDigit() -> Unicode.Scalar? {
        guard scalars[index...].starts(with: "\\dot".unicodeScalars) else { return nil }
        var rest = scalars[(index + 4)...].drop { $0 == " " }
        let isBraced = rest.first == "{"
        if isBraced { rest.removeFirst() }
        guard let digit = rest.popFirst(), Self.isDigit(digit), !isBraced || rest.popFirst() == "}" else { return nil }
        index = rest.startIndex
        return digit
    }

    /// 0.1(6) is (16 - 1) / 90.
    private static func repeating(_ digits: [Unicode.Scalar], places: Int, _ repeating: [Unicode.Scalar]) throws(AnswerError)
        -> ExactRational
    {
        let nines = try integer([Unicode.Scalar](repeating: "9", count: repeating.count))
        let difference = try integer(digits + repeating).plus(integer(digits).negated)
        return try difference.times(nines.times(ExactRational(10).power(places)).reciprocal())
    }

    private mutating func run() -> [Unicode.Scalar] {
        let run = scalars[index...].prefix(while: Self.isDigit)
        index += run.count
        return Array(run)
    }

    /// The width of a thousands mark that stands here before exactly three digits; nil if there is none.
    private func thousandsMark() -> Int? {
        guard !separatesThousands else { return nil }
        let marks = bracketDepth > 0 ? ["{,}", "\\,", "{,}\\!"] : [",\\!", ",", "{,}", "\\,"]
        for mark in marks where scalars[index...].starts(with: mark.unicodeScalars) {
            let group = scalars[(index + mark.unicodeScalars.count)...].prefix { Self.isDigit($0) }
            return group.count == 3 ? mark.unicodeScalars.count : nil
        }
        return nil
    }

    /// The exponent of `1.5e3`.
    private mutating func exponent() -> Int? {
        guard index + 1 < scalars.count, scalars[index] == "e" || scalars[index] == "E" else { return nil }
        let isSigned = scalars[index + 1] == "-" || scalars[index + 1] == "+"
        let first = index + (isSigned ? 2 : 1)
        guard first < scalars.count, Self.isDigit(scalars[first]) else { return nil }
        let isNegative = scalars[index + 1] == "-"
        index = first
        // Anything of four digits overflows all the same.
        let value = run().prefix(4).reduce(0) { $0 * 10 + Int($1.value - 48) }
        return isNegative ? -value : value
    }

    private static func integer(_ digits: [Unicode.Scalar]) throws(AnswerError) -> ExactRational {
        var value: Int128 = 0
        for digit in digits {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int128(digit.value - 48))
            if overflow || carry { throw .tooLarge }
            value = sum
        }
        return try ExactRational(value)
    }
}
