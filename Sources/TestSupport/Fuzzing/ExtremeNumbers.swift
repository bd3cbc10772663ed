/// JSON texts in which one number is another one: what a file or a server might say where Percept expects a sensible number.
package enum ExtremeNumbers {
    /// The ends of Swift's and C's integers, what lies just beyond them, and numbers that no integer is.
    package static let all = [
        "-9223372036854775808", "9223372036854775807", "9223372036854775808", "18446744073709551615", "-1", "0", "1", "2147483648",
        "4294967296", "9.3e18", "1e300", "-1e300", "1e-320", "-0.0", "0.5",
    ]

    /// Every text in which one number of `json` has another value.
    ///
    /// - Returns: What stands where, for messages, and the text.
    package static func texts(of json: String) -> [(place: String, text: String)] {
        numbers(in: json).flatMap { range in
            all.map { ("\($0) in place of \(json[range]) behind …\(json[..<range.lowerBound].suffix(40))", json.replacing($0, at: range)) }
        }
    }

    /// Where the numbers of a JSON text stand.
    private static func numbers(in json: String) -> [Range<String.Index>] {
        var found: [Range<String.Index>] = []
        var isText = false
        var index = json.startIndex
        while index < json.endIndex {
            let character = json[index]
            if character == "\\", isText {
                index = json.index(index, offsetBy: 2)
                continue
            }
            if character == "\"" { isText.toggle() }
            guard !isText, character.isASCII, character.isNumber || character == "-" else {
                index = json.index(after: index)
                continue
            }
            let end = json[index...].firstIndex { !($0.isASCII && ($0.isNumber || "+-.eE".contains($0))) } ?? json.endIndex
            found.append(index..<end)
            index = end
        }
        return found
    }
}

extension String {
    fileprivate func replacing(_ text: String, at range: Range<Index>) -> String {
        self[..<range.lowerBound] + text + self[range.upperBound...]
    }
}
