package import Trajectories

/// The penalty for repeating runs of words.
///
/// Words are lower-cased and split on white space. With fewer than n words it is 0; else (1 - unique n-grams / n-grams) * maximum.
package struct RepetitionPenalty: RewardPart {
    package static let name = "repetition"
    package static let defaultWeight = 1.0
    package static let isPositive = false

    /// n: words in a run. Default 20.
    package let runLength: Int
    /// The penalty of a text that repeats one run throughout, in reward units. Default -2.
    package let maximum: Double

    package init() { self.init(runLength: 20) }

    /// - Precondition: `runLength` is positive, `maximum` finite and not positive.
    package init(runLength: Int, maximum: Double = -2) {
        precondition(runLength > 0 && maximum <= 0 && maximum.isFinite, "run length \(runLength), maximum \(maximum)")
        self.runLength = runLength
        self.maximum = maximum
    }

    package func value(of subject: RewardSubject) -> RewardValue { .known(value(of: subject.response)) }

    /// 0, or a negative number down to the maximum.
    ///
    /// - Complexity: O(words * n).
    package func value(of response: String) -> Float {
        // Words become numbers, so that runs are compared exactly and cheaply.
        var numbers: [String: Int32] = [:]
        var words: [Int32] = []
        for word in response.lowercased().unicodeScalars.split(whereSeparator: Self.isSpace) {
            let word = String(word)
            let number = numbers[word] ?? Int32(numbers.count)
            numbers[word] = number
            words.append(number)
        }
        guard words.count >= runLength else { return 0 }
        let total = words.count - runLength + 1
        var unique = Set<ArraySlice<Int32>>()
        for start in 0..<total { unique.insert(words[start..<start + runLength]) }
        // Never the negative zero that the formula gives: rewards enter digests as bits.
        return unique.count == total ? 0 : Float((1 - Double(unique.count) / Double(total)) * maximum)
    }

    /// White space as Python's `str.split` sees it: Unicode's, and four control characters.
    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
    }
}
