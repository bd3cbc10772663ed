/// The lists of words that change what an answer says. docs/answers.md shows them; all are lower-case.
enum AnswerVocabulary {
    /// Words that multiply the number before them.
    static let scales: [String: Int64] = [
        "dozen": 12, "hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000, "trillion": 1_000_000_000_000,
        "dozens": 12, "hundreds": 100, "thousands": 1_000, "millions": 1_000_000, "billions": 1_000_000_000, "trillions": 1_000_000_000_000,
        "\u{5341}": 10, "\u{767E}": 100, "\u{5343}": 1_000, "\u{4E07}": 10_000, "\u{4EBF}": 100_000_000,
    ]

    /// Words that divide the number before them.
    static let fractions: [String: Int64] = {
        var fractions: [String: Int64] = ["half": 2, "halves": 2]
        let ordinals: [(String, Int64)] = [
            ("third", 3), ("quarter", 4), ("fourth", 4), ("fifth", 5), ("sixth", 6), ("seventh", 7), ("eighth", 8), ("ninth", 9),
            ("tenth", 10), ("eleventh", 11), ("twelfth", 12), ("sixteenth", 16), ("twentieth", 20), ("hundredth", 100),
            ("thousandth", 1_000), ("millionth", 1_000_000),
        ]
        for (word, divisor) in ordinals { (fractions[word], fractions[word + "s"]) = (divisor, divisor) }
        return fractions
    }()

    /// Words that raise what stands before them.
    static let powers: [String: Int64] = ["squared": 2, "cubed": 3]

    /// Words for numbers.
    static let numbers: [String: Int64] = {
        var numbers: [String: Int64] = [:]
        let small = [
            "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
            "fourteen",
            "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
        ]
        for (value, word) in small.enumerated() { numbers[word] = Int64(value) }
        let tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
        for (offset, word) in tens.enumerated() { numbers[word] = Int64(20 + 10 * offset) }
        return numbers
    }()

    /// Words that are signs: between values, or before one.
    static let operators: [String: Unicode.Scalar] = [
        "minus": "-", "negative": "-", "plus": "+", "positive": "+", "times": "*", "over": "/", "factorial": "!",
    ]

    /// Words that say a number is rounded, or is meant as it stands; before a number they change nothing.
    static let hedges: Set<String> = [
        "about", "approximately", "approx", "around", "roughly", "circa", "exactly", "precisely", "\u{5927}\u{7EA6}", "\u{7EA6}",
    ]

    /// Words that make an answer another one, wherever they stand: operations that are not read, negations, doubts.
    static let others: Set<String> = [
        "point", "per", "by", "of", "to", "into", "from", "mod", "modulo", "divided", "multiplied", "added", "subtracted", "power", "root",
        "cube", "square", "cubic", "ratio", "sum", "difference", "product", "more", "less", "fewer", "than", "greater", "least", "most",
        "double", "twice", "triple", "thrice", "reciprocal", "inverse", "opposite",
        "not", "no", "none", "never", "neither", "nor", "non", "without", "except", "wrong", "false", "incorrect",
        "but", "maybe", "perhaps", "possibly", "probably", "likely", "unlikely", "or", "and", "if", "else", "instead", "rather", "almost",
        "nearly", "unknown", "undefined", "first", "last", "\u{4E0D}", "\u{4E0D}\u{662F}", "\u{975E}", "\u{6CA1}\u{6709}",
        "\u{53EF}\u{80FD}",
    ]

    /// Whether a word is on any of the lists, so that it is never a unit by itself.
    static func isListed(_ word: String) -> Bool {
        scales[word] != nil || fractions[word] != nil || powers[word] != nil || numbers[word] != nil || operators[word] != nil
            || hedges.contains(word) || others.contains(word)
    }

    /// Short words, and words in capitals, whose case does not count outside `\text{…}`. Other runs of letters are words if they have three letters and
    /// more with at most the first a capital.
    static let words: Set<String> = [
        "yes", "no", "true", "false", "on", "off", "in", "out", "up", "down", "left", "right", "top", "bottom", "front", "back", "above",
        "below", "inside", "outside", "middle", "center", "centre", "north", "south", "east", "west", "northeast", "northwest", "southeast",
        "southwest", "even", "odd", "prime", "both", "none", "all", "equal", "unequal", "larger", "smaller", "increase", "decrease", "red",
        "green", "blue", "yellow", "black", "white", "brown", "orange", "purple", "pink", "gray", "grey", "circle", "square", "triangle",
        "rectangle", "rhombus", "trapezoid", "pentagon", "hexagon", "octagon", "cube", "sphere", "cone", "cylinder", "monday", "tuesday",
        "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march", "april", "june", "july", "august",
        "september", "october", "november", "december", "she", "and", "the",
        "undefined", "impossible",
    ]

    /// Whether the case of a run of plain letters does not count.
    static func isWord(_ run: some StringProtocol) -> Bool {
        if words.contains(run.lowercased()) { return true }
        let scalars = run.unicodeScalars
        return scalars.count >= 3 && !scalars.dropFirst().contains { $0.properties.isUppercase }
    }
}
