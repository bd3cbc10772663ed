/// What sampling does to the responses of small policies, and how careless, interrupted and looping ones end.
enum CarelessWriting {
    /// A few characters lost, or said again somewhere.
    static func stuttered(_ thought: String, _ random: inout KeyedRandom) -> String {
        var characters = Array(thought)
        guard !characters.isEmpty else { return thought }
        let from = random.below(characters.count)
        let piece = from..<min(characters.count, from + 1 + random.below(14))
        if random.chance(percent: 50) {
            characters.removeSubrange(piece)
        } else {
            characters.insert(contentsOf: characters[piece], at: random.below(characters.count + 1))
        }
        return String(characters)
    }

    /// A word doubled, lost or exchanged with the next: what sampling does to a small policy.
    static func slip(_ sentences: inout [String], _ random: inout KeyedRandom) {
        guard !sentences.isEmpty else { return }
        let sentence = random.below(sentences.count)
        var words = sentences[sentence].split(separator: " ")
        guard words.count > 1 else { return }
        let word = random.below(words.count - 1)
        switch random.below(3) {
        case 0: words.insert(words[word], at: word)
        case 1: words.remove(at: word)
        default: words.swapAt(word, word + 1)
        }
        sentences[sentence] = words.joined(separator: " ")
    }

    /// Adds a sentence anywhere, but often where a reader's attention is least: behind the reasoning or before everything.
    static func insert(_ sentence: String, into sentences: inout [String], _ random: inout KeyedRandom) {
        let place =
            switch random.below(10) {
            case 0..<4: sentences.count
            case 4: 0
            default: random.below(sentences.count + 1)
            }
        sentences.insert(sentence, at: place)
    }

    /// Wraps a thought as finished, careless, interrupted and looping policies do.
    static func finished(thought: String, answer: String, _ random: inout KeyedRandom) -> String {
        let whole = ResponseFormat.response(thought: thought, answer: answer)
        switch random.below(100) {
        case 0..<72: return whole
        case 72..<76: return "<think>\n\(thought)\n<answer>\n\\boxed{\(answer)}\n</answer>"
        case 76..<79: return "<think>\n\(thought)\n</think>"
        case 79..<82: return thought
        case 82..<84: return "\(thought)\n\\boxed{\(answer)}"
        case 84..<87: return whole + "\n" + whole
        case 87..<89: return "<think>\n\(thought) \(thought)\n</think>\n<answer>\n\\boxed{\(answer)}\n</answer>"
        default: return String(whole.prefix(random.below(whole.count + 1)))
        }
    }
}
