/// The unit of an answer: `cm`, `\text{ cm}^2`, `m/s`, `square units`, `(cm)`, `°`, `%`, `$` before the number, or a word such as `apples`.
///
/// A word behind a number is a unit if it stands in the table, if the question or the gold answer uses it, or if it is one single word that is on
/// no list of ``AnswerVocabulary``. Everything else makes the answer another one.
struct AnswerUnit {
    /// Names of the per cent and the degree sign as units.
    static let percent = "%"
    static let degree = "deg"

    /// Units are never converted; more tokens than this are no unit.
    private static let maximumTokenCount = 12

    /// Whether the question or the gold answer uses a word.
    let isKnown: (String) -> Bool

    /// Cuts the unit off. The unit's canonical name is empty where there is none.
    func split(_ tokens: ArraySlice<AnswerToken>) -> (value: ArraySlice<AnswerToken>, unit: String) {
        if let currency = currency(tokens) { return currency }
        let first = max(tokens.startIndex + 1, tokens.endIndex - Self.maximumTokenCount)
        guard first < tokens.endIndex else { return (tokens, "") }
        for start in first..<tokens.endIndex {
            let (value, suffix) = (tokens[..<start], tokens[start...])
            if let unit = canonicalName(of: suffix, after: value) { return (value, unit) }
        }
        return (tokens, "")
    }

    /// `$5`, `€ 5`, `-$5`.
    private func currency(_ tokens: ArraySlice<AnswerToken>) -> (value: ArraySlice<AnswerToken>, unit: String)? {
        if tokens.first?.isMark("-") == true, let amount = currency(tokens.dropFirst()) {
            return (tokens.prefix(1) + amount.value, amount.unit)
        }
        guard tokens.count > 1, case .mark(let mark)? = tokens.first?.kind, let unit = Self.currencies[mark] else { return nil }
        let rest = split(tokens.dropFirst())
        return rest.unit.isEmpty || rest.unit == unit ? (rest.value, unit) : nil
    }

    private static let currencies: [Unicode.Scalar: String] = ["$": "dollar", "\u{20AC}": "euro", "\u{A3}": "lb", "\u{A5}": "yuan"]

    private func canonicalName(of suffix: ArraySlice<AnswerToken>, after value: ArraySlice<AnswerToken>) -> String? {
        guard Self.endsValue(value[value.endIndex - 1]), suffix.first?.isMark("}") == false, suffix.first?.isMark("{") == false else {
            return nil
        }
        if suffix.isEnclosed, suffix.first?.isMark("(") == true || suffix.first?.isMark("[") == true {
            // "24 (cm)"; "24 (x)" is a product.
            guard let unit = reading(suffix.dropFirst().dropLast()), !unit.isUnknown, !unit.isDoubtful || suffix.first?.isSpaced == true
            else {
                return nil
            }
            return unit.name
        }
        guard let unit = reading(suffix) else { return nil }
        // The degree sign of "sin 30°" belongs to the sine's argument.
        if unit.name == Self.degree, value.contains(where: Self.isAngleFunction) { return nil }
        let hasVariables = value.contains { $0.run != nil }
        // "2l + 3m" has variables, "3m" metres; unknown words count things only after a space ("5 apples"; "7abc" is nothing).
        if unit.isDoubtful, hasVariables { return nil }
        let isIdeographic = suffix.first?.run?.unicodeScalars.allSatisfy(\.properties.isIdeographic) == true
        if unit.isUnknown,
            suffix.first?.isSpaced != true && !isIdeographic || value.last?.isMark("}") == true && value.first?.isMark("{") == true
        {
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

    // MARK: - Reading

    private struct Reading {
        let name: String
        /// Whether its spelling is a letter or an unknown word, which may also be a variable.
        let isDoubtful: Bool
        /// Whether it is a word of no table.
        let isUnknown: Bool
    }

    /// `factor (("/" | "per" | "a") factor)*`, or words.
    private func reading(_ suffix: ArraySlice<AnswerToken>) -> Reading? {
        var words: [String] = []
        for token in suffix {
            switch token.kind {
            case .letters(let run), .text(let run): words.append(run)
            case .mark("{"), .mark("}"): continue
            case .mark(let mark): words.append(String(Character(mark)))
            case .number(_, places: nil, digits: "2"), .number(_, places: nil, digits: "3"):
                guard words.last == "^" else { return nil }
                words[words.count - 1] = token.kind == .number(ExactRational(2), places: nil, digits: "2") ? "squared" : "cubed"
            default: return nil
            }
        }
        if words.map({ $0.lowercased() }) == ["per", "cent"] { return Reading(name: Self.percent, isDoubtful: false, isUnknown: false) }
        var rest = words[...]
        var name = ""
        var isDoubtful = false
        while let factor = Self.factor(&rest) {
            name += factor.name
            isDoubtful = isDoubtful || factor.isDoubtful
            guard let link = rest.first else { return Reading(name: name, isDoubtful: isDoubtful, isUnknown: false) }
            guard link == "/" || link == "per" else { break }
            name += "/"
            rest.removeFirst()
        }
        return words.allSatisfy { $0.unicodeScalars.allSatisfy { $0.properties.isAlphabetic } } ? things(words) : nil
    }

    /// Words that are no unit of measurement: what is counted.
    private func things(_ words: [String]) -> Reading? {
        let lower = words.map { $0.lowercased() }
        let areNamed = lower.count <= 6 && lower.allSatisfy { isKnown($0) && !AnswerVocabulary.isListed($0) }
        let isThing = lower.count == 1 && Self.isThing(words[0])
        // "How many times": the question's own word, though elsewhere it is an operation.
        let isAsked = lower == ["times"] && isKnown("times")
        guard areNamed && words.allSatisfy(AnswerVocabulary.isWord) || isThing || isAsked else { return nil }
        return Reading(name: lower.map(Self.singular).joined(separator: " "), isDoubtful: true, isUnknown: true)
    }

    /// Whether a word counts things and is no product of variables: four letters and more, or a short word in common use; ideographs of any number.
    private static func isThing(_ word: String) -> Bool {
        guard AnswerVocabulary.isWord(word) || word.unicodeScalars.allSatisfy(\.properties.isIdeographic),
            !AnswerVocabulary.isListed(word.lowercased())
        else { return false }
        return word.unicodeScalars.count >= 4 || word.unicodeScalars.allSatisfy(\.properties.isIdeographic)
            || shortThings.contains(word.lowercased())
    }

    private static let shortThings: Set<String> = [
        "men", "boy", "boys", "dog", "cat", "car", "bus", "cup", "pen", "box", "egg", "hat", "toy", "bag", "row", "ant", "bee", "pig",
        "cow", "hen",
        "ox", "key", "map", "pie", "pts",
    ]

    /// A word in singular and plural.
    static func forms(of word: String) -> [String] {
        let singular = singular(word)
        return [word, singular, singular + "s", singular + "es"]
    }

    private static func singular(_ word: String) -> String {
        if word.hasSuffix("ies"), word.count > 4 { return word.dropLast(3) + "y" }
        for ending in ["ches", "shes", "xes", "sses"] where word.hasSuffix(ending) { return String(word.dropLast(2)) }
        return word.hasSuffix("s") && !word.hasSuffix("ss") && word.count > 3 ? String(word.dropLast()) : word
    }

    private static func factor(_ words: inout ArraySlice<String>) -> (name: String, isDoubtful: Bool)? {
        let prefixes = ["square": "2", "sq": "2", "cubic": "3", "cu": "3", "\u{5E73}\u{65B9}": "2", "\u{7ACB}\u{65B9}": "3"]
        var power = ""
        if let first = words.first, let prefix = prefixes[first.lowercased()] {
            power = prefix
            words.removeFirst()
        }
        guard let word = words.first else { return nil }
        let next = words.dropFirst().first
        if word == "\u{B0}", next == "C" || next == "F" {
            words.removeFirst(2)
            return ("\u{B0}" + (next ?? ""), false)
        }
        guard let unit = name(of: word) else { return nil }
        words.removeFirst()
        if let suffix = words.first, suffix == "squared" || suffix == "cubed" {
            guard power.isEmpty else { return nil }
            power = suffix == "squared" ? "2" : "3"
            words.removeFirst()
        }
        return (
            unit + power, word.count == 1 && word != "%" && word != "\u{B0}" && !word.unicodeScalars.allSatisfy(\.properties.isIdeographic)
        )
    }

    // MARK: - The table

    /// Whether a word stands in the table.
    static func isNamed(_ word: String) -> Bool { name(of: word) != nil }

    /// Letters as they are written ("5M" is no length), longer spellings in either case.
    private static func name(of word: String) -> String? {
        if word.count == 1 { return names[word] }
        if let name = names[word.lowercased()] { return name }
        // 平方厘米 in one word.
        for (prefix, power) in [("\u{5E73}\u{65B9}", "2"), ("\u{7ACB}\u{65B9}", "3")] where word.hasPrefix(prefix) {
            return names[String(word.dropFirst(2))].map { $0 + power }
        }
        return nil
    }

    private static let names: [String: String] = {
        let families: [(String, [String])] = [
            (percent, ["%"]), (degree, ["\u{B0}", "\u{5EA6}"]), ("rad", ["rad", "radian", "radians", "\u{5F27}\u{5EA6}"]),
            ("nm", ["nm", "nanometer", "nanometers"]),
            ("mm", ["mm", "millimeter", "millimeters", "millimetre", "millimetres", "\u{6BEB}\u{7C73}"]),
            ("cm", ["cm", "centimeter", "centimeters", "centimetre", "centimetres", "\u{5398}\u{7C73}"]),
            ("dm", ["dm", "decimeter", "decimeters", "decimetre", "decimetres", "\u{5206}\u{7C73}"]),
            ("m", ["m", "meter", "meters", "metre", "metres", "\u{7C73}"]),
            ("km", ["km", "kilometer", "kilometers", "kilometre", "kilometres", "\u{5343}\u{7C73}", "\u{516C}\u{91CC}"]),
            ("in", ["in", "inch", "inches"]), ("ft", ["ft", "foot", "feet"]), ("yd", ["yd", "yds", "yard", "yards"]),
            ("mi", ["mi", "mile", "miles"]),
            ("unit", ["unit", "units"]), ("mg", ["mg", "milligram", "milligrams"]), ("g", ["g", "gram", "grams", "\u{514B}"]),
            ("kg", ["kg", "kgs", "kilogram", "kilograms", "\u{5343}\u{514B}", "\u{516C}\u{65A4}"]),
            ("ton", ["ton", "tons", "tonne", "tonnes", "\u{5428}"]),
            ("lb", ["lb", "lbs", "pound", "pounds"]), ("oz", ["oz", "ounce", "ounces"]),
            ("l", ["l", "L", "liter", "liters", "litre", "litres", "\u{5347}"]),
            ("ml", ["ml", "milliliter", "milliliters", "millilitre", "millilitres", "\u{6BEB}\u{5347}"]),
            ("gal", ["gal", "gallon", "gallons"]),
            ("s", ["s", "sec", "secs", "second", "seconds", "\u{79D2}"]),
            ("min", ["min", "mins", "minute", "minutes", "\u{5206}\u{949F}"]),
            ("h", ["h", "hr", "hrs", "hour", "hours", "\u{5C0F}\u{65F6}"]),
            ("day", ["day", "days", "\u{5929}"]), ("week", ["week", "weeks", "\u{5468}"]), ("month", ["month", "months"]),
            ("year", ["year", "years", "yr", "yrs", "\u{5E74}"]),
            ("km/h", ["kmh", "kph", "kmph"]), ("mi/h", ["mph"]), ("acre", ["acre", "acres"]), ("n", ["N", "newton", "newtons"]),
            ("j", ["J", "joule", "joules"]),
            ("w", ["W", "watt", "watts"]), ("v", ["V", "volt", "volts"]), ("hz", ["hz", "hertz"]),
            ("dollar", ["$", "dollar", "dollars", "usd"]), ("cent", ["cent", "cents", "\u{A2}"]),
            ("euro", ["\u{20AC}", "euro", "euros", "eur"]),
            ("yuan", ["\u{5143}", "yuan"]),
        ]
        var names: [String: String] = [:]
        for (name, spellings) in families { for spelling in spellings { names[spelling] = name } }
        return names
    }()
}
