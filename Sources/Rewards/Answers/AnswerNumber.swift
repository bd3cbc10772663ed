/// A number as answers write it: `-3`, `1,234.50`, `3/4`, `-\frac{3}{4}`, `12 cm^2`, `40°`, `15%`, after the markup was taken away.
struct AnswerNumber: Hashable {
    let value: ExactRational
    /// The canonical name of the unit; empty if there is none.
    let unit: String

    /// Nil if the text is no such number, or one that 64-bit fractions can't hold.
    ///
    /// - Complexity: O(bytes).
    init?(_ text: String) {
        var scanner = NumberScanner(Array(text.utf8))
        guard let value = scanner.signedNumber() else { return nil }
        guard let unit = Self.canonicalUnit(scanner.remainder) else { return nil }
        self.value = value
        self.unit = unit
    }

    /// Nil for what is no unit.
    private static func canonicalUnit(_ text: String) -> String? {
        var word = text.filter { $0 != " " && $0 != "{" && $0 != "}" }
        var power = ""
        for (suffix, canonical) in [("^2", "2"), ("^3", "3"), ("²", "2"), ("³", "3")] where word.hasSuffix(suffix) {
            word.removeLast(suffix.count)
            power = canonical
            break
        }
        for (prefix, canonical) in [("square", "2"), ("sq", "2"), ("cubic", "3")] where power.isEmpty && word.hasPrefix(prefix) {
            word.removeFirst(prefix.count)
            power = canonical
            break
        }
        if word.isEmpty { return power.isEmpty ? "" : nil }
        guard let unit = units[word] else { return nil }
        return unit + power
    }

    private static let units: [String: String] = {
        let families: [(String, [String])] = [
            ("%", ["%", "percent"]), ("deg", ["°", "deg", "degree", "degrees"]), ("rad", ["rad", "radian", "radians"]),
            ("mm", ["mm", "millimeter", "millimeters", "millimetre", "millimetres"]),
            ("cm", ["cm", "centimeter", "centimeters", "centimetre", "centimetres"]),
            ("m", ["m", "meter", "meters", "metre", "metres"]), ("km", ["km", "kilometer", "kilometers", "kilometre", "kilometres"]),
            ("in", ["in", "inch", "inches"]), ("ft", ["ft", "foot", "feet"]), ("yd", ["yd", "yard", "yards"]),
            ("mi", ["mi", "mile", "miles"]),
            ("unit", ["unit", "units"]), ("g", ["g", "gram", "grams"]), ("kg", ["kg", "kilogram", "kilograms"]),
            ("lb", ["lb", "lbs", "pound", "pounds"]), ("l", ["l", "liter", "liters", "litre", "litres"]),
            ("ml", ["ml", "milliliter", "milliliters"]),
            ("s", ["s", "sec", "second", "seconds"]), ("min", ["min", "minute", "minutes"]), ("h", ["h", "hr", "hour", "hours"]),
            ("day", ["day", "days"]), ("year", ["year", "years"]), ("m/s", ["m/s"]), ("km/h", ["km/h", "kmh", "kph"]), ("mph", ["mph"]),
            ("dollar", ["dollar", "dollars", "usd"]), ("cent", ["cent", "cents"]), ("euro", ["euro", "euros"]),
        ]
        var units: [String: String] = [:]
        for (name, spellings) in families { for spelling in spellings { units[spelling] = name } }
        return units
    }()
}

/// Reads a number from the front of a text; never goes back over what it has read.
private struct NumberScanner {
    private let text: [UInt8]
    private var index = 0

    init(_ text: [UInt8]) { self.text = text }

    var remainder: String { String(decoding: text[index...], as: UTF8.self) }

    /// `[+-] (\frac… | decimal [/ [+-] decimal])`.
    mutating func signedNumber() -> ExactRational? {
        let isNegative = sign()
        guard let magnitude = accept("\\frac") ? fraction() : quotient() else { return nil }
        return isNegative ? magnitude.negated : magnitude
    }

    private mutating func quotient() -> ExactRational? {
        guard let top = decimal() else { return nil }
        let mark = index
        skipSpaces()
        guard accept("/"), let next = peekPastSpaces(), isDigit(next) || next == UInt8(ascii: "-") || next == UInt8(ascii: ".") else {
            index = mark
            return top
        }
        skipSpaces()
        let isNegative = sign()
        guard let bottom = decimal(), let quotient = top.divided(by: bottom) else { return nil }
        return isNegative ? quotient.negated : quotient
    }

    /// `{a}{b}`, or two single digits.
    private mutating func fraction() -> ExactRational? {
        guard let top = argument(), let bottom = argument() else { return nil }
        return top.divided(by: bottom)
    }

    private mutating func argument() -> ExactRational? {
        skipSpaces()
        if accept("{") {
            skipSpaces()
            let isNegative = sign()
            guard let value = decimal() else { return nil }
            skipSpaces()
            guard accept("}") else { return nil }
            return isNegative ? value.negated : value
        }
        guard index < text.count, isDigit(text[index]) else { return nil }
        defer { index += 1 }
        return ExactRational(Int64(text[index] - UInt8(ascii: "0")), over: 1)
    }

    /// `digits`, `1,234,567`, `12.5` or `.5`.
    private mutating func decimal() -> ExactRational? {
        var mantissa: Int64 = 0
        var scale: Int64 = 1
        let whole = digits()
        guard append(whole, to: &mantissa) else { return nil }
        if (1...3).contains(whole.count) {
            while index + 3 < text.count, text[index] == UInt8(ascii: ","), text[(index + 1)...(index + 3)].allSatisfy(isDigit),
                index + 4 == text.count || !isDigit(text[index + 4])
            {
                guard append(text[(index + 1)...(index + 3)], to: &mantissa) else { return nil }
                index += 4
            }
        }
        var fractionCount = 0
        if index + 1 < text.count, text[index] == UInt8(ascii: "."), isDigit(text[index + 1]) {
            index += 1
            let fraction = digits()
            fractionCount = fraction.count
            // Zeros at the end change nothing, and must not overflow.
            let last = fraction.lastIndex { $0 != UInt8(ascii: "0") }
            let significant = last.map { fraction[...$0] } ?? fraction.prefix(0)
            guard append(significant, to: &mantissa) else { return nil }
            for _ in significant {
                let (product, overflow) = scale.multipliedReportingOverflow(by: 10)
                if overflow { return nil }
                scale = product
            }
        }
        guard !whole.isEmpty || fractionCount > 0 else { return nil }
        return ExactRational(mantissa, over: scale)
    }

    private func append(_ digits: ArraySlice<UInt8>, to mantissa: inout Int64) -> Bool {
        for digit in digits {
            let (product, overflow) = mantissa.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            if overflow || carry { return false }
            mantissa = sum
        }
        return true
    }

    private mutating func digits() -> ArraySlice<UInt8> {
        let run = text[index...].prefix(while: isDigit)
        index += run.count
        return run
    }

    private mutating func sign() -> Bool {
        let isNegative = accept("-")
        if !isNegative { _ = accept("+") }
        skipSpaces()
        return isNegative
    }

    private mutating func accept(_ word: String) -> Bool {
        guard text[index...].starts(with: word.utf8) else { return false }
        index += word.utf8.count
        return true
    }

    private mutating func skipSpaces() {
        while index < text.count, text[index] == UInt8(ascii: " ") { index += 1 }
    }

    private func peekPastSpaces() -> UInt8? { text[index...].first { $0 != UInt8(ascii: " ") } }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
