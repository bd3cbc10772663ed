/// The tokens of words met before. Bounded: it is emptied when full.
struct WordCache: Sendable {
    private var words = ByteStringTable(minimumCapacity: 1 << 12)
    private var tokens: [Int32] = []
    private var ends: [UInt32] = []

    private static let wordLimit = 1 << 16
    private static let byteLimit = 1 << 20
    /// Longer words are rarely met twice: they aren't kept.
    private static let wordByteLimit = 96

    /// Appends the tokens of `word` to `output`; false if it isn't known.
    func append(tokensOf word: UnsafeBufferPointer<UInt8>, to output: inout [Int32]) -> Bool {
        guard word.count <= Self.wordByteLimit, let number = words.number(of: word) else { return false }
        output.append(contentsOf: tokens[(number == 0 ? 0 : Int(ends[number - 1]))..<Int(ends[number])])
        return true
    }

    mutating func insert(_ word: UnsafeBufferPointer<UInt8>, _ newTokens: some Sequence<Int32>) {
        guard word.count <= Self.wordByteLimit else { return }
        if words.count >= Self.wordLimit || words.byteCount >= Self.byteLimit {
            words.removeAll()
            tokens.removeAll(keepingCapacity: true)
            ends.removeAll(keepingCapacity: true)
        }
        guard words.insert(word).isInserted else { return }
        tokens.append(contentsOf: newTokens)
        ends.append(UInt32(tokens.count))
    }
}
