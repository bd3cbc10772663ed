/// One spelling of a chat template: two Jinja programs that differ only in how they are written have the same one.
///
/// White space goes where Jinja ignores it or its control removes it (with `trim_blocks` and `lstrip_blocks`, as transformers renders);
/// what is put out is a chain of expressions, neighbouring literals joined; `x['name']` is `x.name`; comments go. Line ends are `\n`, as Jinja
/// evens them out, and the marks of what is trained on (`{% generation %}`, which put nothing out) go.
/// Nothing else is changed, so equal spellings render equal texts.
struct TemplateText: Equatable {
    private enum Part {
        case text(String)
        case output(String)
        case statement(String)
    }

    let canonical: String

    init(_ template: String) {
        var result = ""
        var literal = ""
        var pieces: [String] = []
        func endOutput() {
            if !literal.isEmpty { pieces.append("'\(literal)'") }
            literal = ""
            if !pieces.isEmpty { result += "{{" + pieces.joined(separator: "+") + "}}" }
            pieces = []
        }
        for part in Self.parts(of: Self.evenLineEnds(template)) {
            switch part {
            case .text(let text): literal += text.replacing("'", with: "\u{1}")
            case .output(let expression):
                for piece in Self.summands(of: Self.dense(expression)) {
                    if let text = Self.literal(piece) {
                        literal += text
                    } else {
                        if !literal.isEmpty { pieces.append("'\(literal)'") }
                        literal = ""
                        pieces.append(piece)
                    }
                }
            case .statement(let statement):
                let statement = Self.dense(statement)
                guard statement != "generation", statement != "endgeneration" else { continue }
                endOutput()
                result += "{%" + statement + "%}"
            }
        }
        endOutput()
        canonical = result
    }

    /// `\r\n` and `\r` as `\n`.
    private static func evenLineEnds(_ template: String) -> String {
        var scalars = String.UnicodeScalarView()
        var isAfterReturn = false
        for scalar in template.unicodeScalars {
            if !(isAfterReturn && scalar == "\n") { scalars.append(scalar == "\r" ? "\n" : scalar) }
            isAfterReturn = scalar == "\r"
        }
        return String(scalars)
    }

    /// Cuts the template at its tags and applies Jinja's rules for the white space around them.
    private static func parts(of template: String) -> [Part] {
        var parts: [Part] = []
        var rest = template[...]
        // Jinja drops one line end at the end of a template.
        if rest.hasSuffix("\n") { rest.removeLast() }
        /// What the tag before does to the text that follows: nothing, its first line end goes, all white space goes.
        var trimsLine = false
        var trimsAll = false
        while !rest.isEmpty {
            let start = ["{{", "{%", "{#"].compactMap { rest.firstRange(of: $0)?.lowerBound }.min() ?? rest.endIndex
            var text = rest[..<start]
            if trimsAll { text = text.drop(while: \.isWhitespace) }
            if trimsLine, text.first == "\n" { text.removeFirst() }
            rest = rest[start...]
            let opening = rest.prefix(2)
            rest = rest.dropFirst(2)
            if rest.first == "-" {
                while text.last?.isWhitespace == true { text.removeLast() }
                rest.removeFirst()
            } else if opening == "{%" || opening == "{#" {
                // A tag that begins its line takes its indentation along.
                let indentation = text.reversed().prefix { $0 == " " || $0 == "\t" }.count
                let before = text.dropLast(indentation)
                if before.last == "\n" || (before.isEmpty && parts.isEmpty) { text = before }
            }
            if !text.isEmpty { parts.append(.text(String(text))) }
            guard !opening.isEmpty else { break }
            let closing = opening == "{{" ? "}}" : opening == "{%" ? "%}" : "#}"
            let end = Self.end(of: closing, in: rest) ?? rest.endIndex
            var content = rest[..<end]
            rest = rest[end...].dropFirst(2)
            trimsAll = content.last == "-"
            trimsLine = opening != "{{"
            if trimsAll { content.removeLast() }
            if opening == "{{" { parts.append(.output(String(content))) }
            if opening == "{%" { parts.append(.statement(String(content))) }
        }
        return parts
    }

    /// Where the tag closes, strings skipped.
    private static func end(of closing: String, in text: Substring) -> Substring.Index? {
        var quote: Character?
        var index = text.startIndex
        while index < text.endIndex {
            let character = text[index]
            if let open = quote {
                if character == "\\" { index = text.index(after: index) }
                if character == open { quote = nil }
            } else if closing != "#}", character == "'" || character == "\"" {
                quote = character
            } else if text[index...].hasPrefix(closing) {
                return index
            }
            if index < text.endIndex { index = text.index(after: index) }
        }
        return nil
    }

    /// An expression or a statement without needless white space, its strings in single quotes with their escapes resolved.
    private static func dense(_ code: String) -> String {
        var output = ""
        var isSpaced = false
        var rest = code[...]
        while let character = rest.popFirst() {
            if character.isWhitespace {
                isSpaced = true
                continue
            }
            let isName = character.isLetter || character.isNumber || character == "_"
            if isSpaced, isName, let last = output.last, last.isLetter || last.isNumber || last == "_" { output += " " }
            isSpaced = false
            guard character == "'" || character == "\"" else {
                output.append(character)
                continue
            }
            var text = ""
            while let next = rest.popFirst(), next != character {
                guard next == "\\", let escaped = rest.popFirst() else {
                    text.append(next)
                    continue
                }
                switch escaped {
                case "n": text += "\n"
                case "t": text += "\t"
                case "'", "\"", "\\": text.append(escaped)
                default: text += "\\" + String(escaped)
                }
            }
            // x['name'] is x.name.
            let isMember = !text.isEmpty && text.allSatisfy { $0.isLetter || $0 == "_" }
            if isMember, output.last == "[", output.dropLast().last.map({ $0.isLetter || $0 == "]" || $0 == "_" }) == true,
                rest.first == "]"
            {
                output.removeLast()
                output += "." + text
                rest.removeFirst()
            } else {
                output += "'" + text.replacing("'", with: "\u{1}") + "'"
            }
        }
        return output
    }

    /// The operands of the + signs outside of brackets and strings. A condition (`a if b else c`) stays whole.
    private static func summands(of code: String) -> [String] {
        var pieces = [""]
        var depth = 0
        var isInString = false
        for character in code {
            if character == "'" { isInString.toggle() }
            if !isInString, "([{".contains(character) { depth += 1 }
            if !isInString, ")]}".contains(character) { depth -= 1 }
            if character == "+", !isInString, depth == 0 { pieces.append("") } else { pieces[pieces.count - 1].append(character) }
        }
        return code.contains(" if ") || code.contains("'if ") ? [code] : pieces
    }

    /// The text of a literal; nil for any other expression.
    private static func literal(_ piece: String) -> String? {
        guard piece.count >= 2, piece.first == "'", piece.last == "'", piece.count(where: { $0 == "'" }) == 2 else { return nil }
        return String(piece.dropFirst().dropLast())
    }
}
