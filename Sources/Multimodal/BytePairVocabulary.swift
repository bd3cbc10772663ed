import JSON

/// The `model` section of a byte-level BPE `tokenizer.json`: tokens and merge rules.
struct BytePairVocabulary: Sendable {
    /// The tokens that the byte alphabet can write, by the bytes that they stand for.
    private let table: ByteStringTable
    /// The id of each entry of `table`.
    private let tableIDs: [Int32]
    /// Tokens with characters outside of the byte alphabet: they stand for their own text and never take part in merges.
    private let rawTokens: [String: Int32]
    /// The entry of `table` of each id, -1 if it has none.
    private let entries: [Int32]
    private let rawBytes: [Int32: [UInt8]]
    /// The token of each single byte, -1 if there is none.
    private let byteIDs: [Int32]
    /// What stands for a byte without a token; nil if such bytes are dropped.
    private let unknownID: Int32?
    /// Whether neighbouring unknown bytes are one token.
    private let fusesUnknown: Bool
    let merges: BytePairMerges
    /// Whether a word that is a token is taken whole, without merging.
    let ignoresMerges: Bool

    /// The greatest id plus 1.
    var idLimit: Int { entries.count }

    /// The token that stands for exactly these bytes.
    func id(of bytes: UnsafeBufferPointer<UInt8>) -> Int32? {
        table.number(of: bytes).map { tableIDs[$0] }
    }

    /// The token that `tokenizer.json` writes as `written` (a space is Ġ).
    func id(ofWritten written: String) -> Int32? {
        var bytes: [UInt8] = []
        var written = written
        guard written.withUTF8({ ByteAlphabet.decode($0, appendingTo: &bytes) }) else { return rawTokens[written] }
        return bytes.withUnsafeBufferPointer(id(of:))
    }

    /// The tokens of the bytes of `word` one by one, as merging begins. A vocabulary may lack bytes that its corpus never had.
    func tokens(ofBytesIn word: UnsafeBufferPointer<UInt8>) -> [Int32] {
        var tokens: [Int32] = []
        tokens.reserveCapacity(word.count)
        var wasUnknown = false
        for byte in word {
            let id = byteIDs[Int(byte)]
            if id >= 0 {
                tokens.append(id)
            } else if let unknownID, !(wasUnknown && fusesUnknown) {
                tokens.append(unknownID)
            }
            wasUnknown = id < 0
        }
        return tokens
    }

    /// The bytes that the token `id` stands for, or nil if there is no such token.
    func bytes(of id: Int32) -> ArraySlice<UInt8>? {
        guard id >= 0, id < entries.count else { return nil }
        return entries[Int(id)] >= 0 ? table[Int(entries[Int(id)])] : rawBytes[id].map { $0[...] }
    }
}

extension BytePairVocabulary {
    /// What the `model` section says before its parts are matched with each other.
    struct Section {
        var table = ByteStringTable(minimumCapacity: 1 << 10)
        var tableIDs: [Int32] = []
        var rawTokens: [String: Int32] = [:]
        /// Left and right side of each merge, one after the other, and where each ends.
        var mergeBytes: [UInt8] = []
        var mergeEnds: [Int] = []
        var ignoresMerges = false
        var unknownToken: String?
        var fusesUnknown = false
        var fallsBackToBytes = false
        var hasType = false
    }

    /// Reads the `model` member; errors name the line.
    init(_ reader: inout JSONReader) throws {
        var section = Section()
        try reader.readObject { key, reader in try section.readMember(key, &reader) }
        guard section.hasType else { throw reader.failure("model.type is missing: only BPE is supported", .unsupported) }
        try self.init(section, reader)
    }

    private init(_ section: Section, _ reader: JSONReader) throws {
        let greatest = max(section.tableIDs.max() ?? -1, section.rawTokens.values.max() ?? -1)
        // Ids are indices of tables: a hostile one must not make them huge. A vocabulary that was trimmed and kept its ids is sparse.
        let tokenCount = section.tableIDs.count + section.rawTokens.count
        guard Int(greatest) < max(4 * tokenCount, 1 << 18) else {
            throw reader.failure("model.vocab has \(tokenCount) tokens but an id of \(greatest)")
        }
        var entries = [Int32](repeating: -1, count: Int(greatest) + 1)
        for (entry, id) in section.tableIDs.enumerated() {
            guard entries[Int(id)] < 0 else { throw reader.failure("model.vocab gives the id \(id) to two tokens") }
            entries[Int(id)] = Int32(entry)
        }
        let byteIDs = (UInt8.min...UInt8.max).map { byte in
            withUnsafeBytes(of: byte) { section.table.number(of: $0.assumingMemoryBound(to: UInt8.self)) }.map { section.tableIDs[$0] }
                ?? -1
        }
        let missing = byteIDs.count { $0 < 0 }
        // Files of other kinds than byte-level lack most of them; real ones lack control characters and bytes that UTF-8 never has.
        guard missing <= 64 else {
            throw reader.failure("model.vocab has no token for \(missing) of the 256 bytes: only byte-level BPE is supported", .unsupported)
        }
        guard !section.fallsBackToBytes || missing == 0 else {
            throw reader.failure("model.byte_fallback is not supported where model.vocab lacks bytes (\(missing) of 256)", .unsupported)
        }
        var merges = BytePairMerges(minimumCapacity: section.mergeEnds.count / 2)
        var start = 0
        for index in 0..<section.mergeEnds.count / 2 {
            let middle = section.mergeEnds[2 * index]
            let end = section.mergeEnds[2 * index + 1]
            func id(_ range: Range<Int>) throws -> Int32 {
                guard let entry = section.mergeBytes[range].withUnsafeBufferPointer(section.table.number(of:)) else {
                    throw reader.failure(
                        "model.merges[\(index)] needs the token \(ByteAlphabet.encode(section.mergeBytes[range])), which model.vocab lacks")
                }
                return section.tableIDs[entry]
            }
            try merges.add(id(start..<middle), id(middle..<end), .init(rank: Int32(index), token: id(start..<end)))
            start = end
        }
        var unknownID: Int32?
        if var token = section.unknownToken {
            var bytes: [UInt8] = []
            let isWritten = token.withUTF8 { ByteAlphabet.decode($0, appendingTo: &bytes) }
            let entry = bytes.withUnsafeBufferPointer(section.table.number(of:))
            unknownID = isWritten ? entry.map { section.tableIDs[$0] } : section.rawTokens[token]
        }
        self.init(
            table: section.table, tableIDs: section.tableIDs, rawTokens: section.rawTokens, entries: entries,
            rawBytes: Dictionary(section.rawTokens.map { ($0.value, Array($0.key.utf8)) }) { first, _ in first }, byteIDs: byteIDs,
            unknownID: unknownID, fusesUnknown: section.fusesUnknown, merges: merges,
            ignoresMerges: section.ignoresMerges)
    }
}

extension BytePairVocabulary.Section {
    fileprivate mutating func readMember(_ key: String, _ reader: inout JSONReader) throws {
        switch key {
        case "vocab": try readVocabulary(&reader)
        case "merges": try readMerges(&reader)
        case "type":
            let type = try reader.readString()
            guard type == "BPE" else { throw reader.failure("model.type \(type) is not supported: only BPE is", .unsupported) }
            hasType = true
        case "ignore_merges": ignoresMerges = try reader.readBool()
        case "unk_token": unknownToken = try JSONValue(&reader).string
        case "fuse_unk": fusesUnknown = try JSONValue(&reader).bool ?? false
        // Without effect if every byte has a token.
        case "byte_fallback": fallsBackToBytes = try JSONValue(&reader).bool ?? false
        case "dropout", "continuing_subword_prefix", "end_of_word_suffix":
            let value = try JSONValue(&reader)
            guard [.null, .bool(false), .string(""), .number(0)].contains(value) else {
                throw reader.failure("model.\(key) is not supported: only byte-level BPE without it is", .unsupported)
            }
        default: throw reader.failure("model.\(key) is not a known member of a BPE model", .unsupported)
        }
    }

    private mutating func readVocabulary(_ reader: inout JSONReader) throws {
        var written: [UInt8] = []
        var bytes: [UInt8] = []
        try reader.readMembers { reader in
            written.removeAll(keepingCapacity: true)
            bytes.removeAll(keepingCapacity: true)
            try reader.readString(appendingTo: &written)
            try reader.readColon()
            let id = Int32(try reader.readIndex())
            guard written.withUnsafeBufferPointer({ ByteAlphabet.decode($0, appendingTo: &bytes) }) else {
                rawTokens[String(decoding: written, as: UTF8.self)] = id
                return
            }
            let (entry, isInserted) = bytes.withUnsafeBufferPointer { table.insert($0) }
            if isInserted { tableIDs.append(id) } else { tableIDs[entry] = id }
        }
    }

    private mutating func readMerges(_ reader: inout JSONReader) throws {
        var written: [UInt8] = []
        try reader.readArray { reader in
            written.removeAll(keepingCapacity: true)
            if reader.peek() == 0x22 {
                // "left right"
                try reader.readString(appendingTo: &written)
                guard let space = written.firstIndex(of: 0x20) else { throw reader.failure("a merge without a space") }
                try appendSide(written[..<space], reader)
                try appendSide(written[(space + 1)...], reader)
            } else {
                var sideCount = 0
                try reader.readArray { reader in
                    written.removeAll(keepingCapacity: true)
                    try reader.readString(appendingTo: &written)
                    try appendSide(written[...], reader)
                    sideCount += 1
                }
                guard sideCount == 2 else { throw reader.failure("a merge must have two sides, not \(sideCount)") }
            }
        }
    }

    private mutating func appendSide(_ written: ArraySlice<UInt8>, _ reader: JSONReader) throws {
        guard !written.isEmpty, written.withUnsafeBufferPointer({ ByteAlphabet.decode($0, appendingTo: &mergeBytes) }) else {
            throw reader.failure(
                "the merge side \"\(String(decoding: written, as: UTF8.self))\" is not written in the byte alphabet", .unsupported)
        }
        mergeEnds.append(mergeBytes.count)
    }
}
