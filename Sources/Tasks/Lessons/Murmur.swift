/// A line of random words, figures and signs in a response, which may quote a text: it states nothing.
enum Murmur {
    /// `response` with a murmur before it, behind it, or behind its thought's end.
    static func added(to response: String, quoting quoted: String?, _ random: inout KeyedRandom) -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz")
        let signs = [",", ":", "(", ")", "[", "]", "-", "{", "}", "."]
        var words = (0..<(1 + random.below(9))).map { _ -> String in
            switch random.below(10) {
            case 0..<6: String((0...random.below(8)).map { _ in random.pick(letters) })
            case 6, 7: String(random.below(10))
            default: random.pick(signs)
            }
        }
        if let quoted { words.insert("\"\(quoted)\"", at: random.below(words.count + 1)) }
        let line = words.joined(separator: random.chance(percent: 80) ? " " : ", ")
        switch random.below(3) {
        case 0: return line + "\n" + response
        case 1:
            guard let end = response.firstRange(of: ResponseFormat.thoughtEnd) else { return response + "\n" + line }
            return "\(response[..<end.lowerBound])\n\(line)\(response[end.lowerBound...])"
        default: return response + "\n" + line
        }
    }
}
