/// Swift text without what the compiler doesn't run.
enum SwiftCode {
    /// Comments become a space and string literals `""`; code inside interpolations goes with its literal.
    static func strip(_ text: String) -> String {
        var scanner = Scanner(Array(text))
        return scanner.code(until: nil)
    }

    private struct Scanner {
        let text: [Character]
        var index = 0

        init(_ text: [Character]) { self.text = text }

        private func starts(_ word: String, at offset: Int = 0) -> Bool {
            let from = index + offset
            return from + word.count <= text.count && zip(word, text[from...]).allSatisfy { $0 == $1 }
        }

        /// The code up to an unmatched `)`, which is taken too, or to the end.
        mutating func code(until end: Character?) -> String {
            var result = ""
            var depth = 0
            while index < text.count {
                if starts("//") {
                    while index < text.count, !text[index].isNewline { index += 1 }
                } else if starts("/*") {
                    skipBlockComment()
                    result.append(" ")
                } else if let hashes = literalStart() {
                    skipLiteral(hashes: hashes)
                    result += "\"\""
                } else {
                    let character = text[index]
                    index += 1
                    if character == "(" { depth += 1 }
                    if character == ")", end != nil {
                        if depth == 0 { return result }
                        depth -= 1
                    }
                    result.append(character)
                }
            }
            return result
        }

        private mutating func skipBlockComment() {
            var depth = 0
            repeat {
                if starts("/*") {
                    depth += 1
                    index += 2
                } else if starts("*/") {
                    depth -= 1
                    index += 2
                } else {
                    index += 1
                }
            } while depth > 0 && index < text.count
        }

        /// The number of `#` before a string literal's quote, if one starts here.
        private func literalStart() -> Int? {
            var hashes = 0
            while starts("#", at: hashes) { hashes += 1 }
            return starts("\"", at: hashes) ? hashes : nil
        }

        private mutating func skipLiteral(hashes: Int) {
            index += hashes
            let quote = starts("\"\"\"") ? "\"\"\"" : "\""
            index += quote.count
            let fence = String(repeating: "#", count: hashes)
            while index < text.count {
                if starts(quote + fence) {
                    index += quote.count + hashes
                    return
                }
                guard starts("\\" + fence) else {
                    index += 1
                    continue
                }
                index += 1 + hashes
                let isInterpolation = starts("(")
                index += 1
                if isInterpolation { _ = code(until: ")") }
            }
        }
    }
}
