/// The unit at the end of an answer: `cm`, `\text{ cm}^2`, `m/s`, `square units`, `°`, `%`, or a word such as `apples`.
enum AnswerUnit {
    /// Names of the per cent and the degree sign as units.
    static let percent = "%"
    static let degree = "deg"

    /// Units are never converted; more tokens than this are no unit.
    private static let maximumTokenCount = 8

    /// Cuts the unit off. The unit's canonical name is empty where there is none.
    static func split(_ tokens: ArraySlice<AnswerToken>) -> (value: ArraySlice<AnswerToken>, unit: String) {
        let first = max(tokens.startIndex + 1, tokens.endIndex - maximumTokenCount)
        guard first < tokens.endIndex else { return (tokens, "") }
        for start in first..<tokens.endIndex {
            let (value, suffix) = (tokens[..<start], tokens[start...])
            if let unit = canonicalName(of: suffix, after: value) { return (value, unit) }
        }
        return (tokens, "")
    }

    private static func canonicalName(of suffix: ArraySlice<AnswerToken>, after value: ArraySlice<AnswerToken>) -> String? {
        guard endsValue(value[value.endIndex - 1]), suffix.first?.isMark("}") == false, suffix.first?.isMark("{") == false,
            let unit = reading(suffix)
        else { return nil }
        // The degree sign of "sin 30°" belongs to the sine's argument.
        if unit.name == degree, value.contains(where: isAngleFunction) { return nil }
        let hasVariables = value.contains { if case .letters = $0.kind { true } else { false } }
        // "2l + 3m" has variables, "3m" metres; unknown words count things only after a space ("5 apples"; "7abc" is nothing).
        if unit.isDoubtful, hasVariables || value.contains(where: { if case .text = $0.kind { true } else { false } }) { return nil }
        if unit.isUnknown, suffix.first?.isSpaced != true || value.last?.isMark("}") == true && value.first?.isMark("{") == true {
            return nil
        }
        return unit.name
    }

    private static func isAngleFunction(_ token: AnswerToken) -> Bool {
        if case .command(let name) = token.kind { AnswerFunction(rawValue: name)?.takesAngle == true } else { false }
    }

    private static func endsValue(_ token: AnswerToken) -> Bool {
        switch token.kind {
        case .number, .command("pi"), .letters: true
        case .mark(let mark): [")", "}", "]", "|", "!", AnswerToken.closeSet].contains(mark)
        default: false
        }
    }

    /// `factor (("/" | "per") factor)*`.
    private static func reading(_ suffix: ArraySlice<AnswerToken>) -> (name: String, isDoubtful: Bool, isUnknown: Bool)? {
        var words: [String] = []
        for token in suffix {
            switch token.kind {
            case .letters(let run): words.append(run == "C" || run == "F" ? run : run.lowercased())
            case .text(let text): words += text.split(separator: " ").map { $0 == "c" || $0 == "f" ? $0.uppercased() : String($0) }
            case .mark("{"), .mark("}"): continue
            case .mark(let mark): words.append(String(Character(mark)))
            case .number(_, isDecimal: false, digits: "2"), .number(_, isDecimal: false, digits: "3"):
                guard words.last == "^" else { return nil }
                words[words.count - 1] = token.kind == .number(ExactRational(2), isDecimal: false, digits: "2") ? "squared" : "cubed"
            default: return nil
            }
        }
        var rest = words[...]
        var name = ""
        var isDoubtful = false
        while let factor = factor(&rest) {
            name += factor.name
            isDoubtful = isDoubtful || factor.isDoubtful
            guard let link = rest.first else { return (name, isDoubtful, false) }
            guard link == "/" || link == "per" else { break }
            name += "/"
            rest.removeFirst()
        }
        let isWords = words.count <= 3 && words.allSatisfy { $0.count >= 3 && $0.unicodeScalars.allSatisfy { $0.properties.isAlphabetic } }
        return isWords ? (words.joined(separator: " "), true, true) : nil
    }

    private static func factor(_ words: inout ArraySlice<String>) -> (name: String, isDoubtful: Bool)? {
        let prefixes = ["square": "2", "sq": "2", "cubic": "3", "cu": "3"]
        var power = ""
        if let first = words.first, let prefix = prefixes[first] {
            power = prefix
            words.removeFirst()
        }
        guard let word = words.first else { return nil }
        let next = words.dropFirst().first
        if word == "\u{B0}", next == "C" || next == "F" {
            words.removeFirst(2)
            return ("\u{B0}" + (next ?? ""), false)
        }
        guard let unit = names[word] else { return nil }
        words.removeFirst()
        if let suffix = words.first, suffix == "squared" || suffix == "cubed" {
            guard power.isEmpty else { return nil }
            power = suffix == "squared" ? "2" : "3"
            words.removeFirst()
        }
        return (unit + power, word.count == 1 && word != "%" && word != "\u{B0}")
    }

    private static let names: [String: String] = {
        let families: [(String, [String])] = [
            (percent, ["%"]), (degree, ["\u{B0}"]), ("rad", ["rad", "radian", "radians"]),
            ("nm", ["nm", "nanometer", "nanometers"]), ("mm", ["mm", "millimeter", "millimeters", "millimetre", "millimetres"]),
            ("cm", ["cm", "centimeter", "centimeters", "centimetre", "centimetres"]),
            ("dm", ["dm"]), ("m", ["m", "meter", "meters", "metre", "metres"]),
            ("km", ["km", "kilometer", "kilometers", "kilometre", "kilometres"]),
            ("in", ["in", "inch", "inches"]), ("ft", ["ft", "foot", "feet"]), ("yd", ["yd", "yard", "yards"]),
            ("mi", ["mi", "mile", "miles"]),
            ("unit", ["unit", "units"]), ("mg", ["mg"]), ("g", ["g", "gram", "grams"]), ("kg", ["kg", "kilogram", "kilograms"]),
            ("lb", ["lb", "lbs", "pound", "pounds"]), ("oz", ["oz", "ounce", "ounces"]),
            ("l", ["l", "liter", "liters", "litre", "litres"]),
            ("ml", ["ml", "milliliter", "milliliters"]), ("gal", ["gal", "gallon", "gallons"]),
            ("s", ["s", "sec", "second", "seconds"]), ("min", ["min", "mins", "minute", "minutes"]),
            ("h", ["h", "hr", "hrs", "hour", "hours"]),
            ("day", ["day", "days"]), ("week", ["week", "weeks"]), ("month", ["month", "months"]),
            ("year", ["year", "years", "yr", "yrs"]),
            ("km/h", ["kmh", "kph", "kmph"]), ("mi/h", ["mph"]), ("acre", ["acre", "acres"]), ("n", ["newton", "newtons"]),
            ("j", ["joule", "joules"]),
            ("w", ["watt", "watts"]), ("v", ["volt", "volts"]), ("hz", ["hz", "hertz"]), ("dollar", ["dollar", "dollars", "usd"]),
            ("cent", ["cent", "cents"]), ("euro", ["euro", "euros"]),
        ]
        var names: [String: String] = [:]
        for (name, spellings) in families { for spelling in spellings { names[spelling] = name } }
        return names
    }()
}
