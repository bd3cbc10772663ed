/// Byte strings numbered in the order of their insertion, found again by their bytes.
///
/// One pool of bytes and one open-addressing table: no allocation for each string, no Unicode comparison.
struct ByteStringTable: Sendable {
    private var pool: [UInt8] = []
    /// The end of string `i` in `pool`; it begins where `i - 1` ends.
    private var ends: [UInt32] = []
    /// Number + 1 of the string in each slot, 0 if free. A power of two long.
    private var slots: [UInt32]

    init(minimumCapacity: Int = 16) {
        var slotCount = 32
        while slotCount < minimumCapacity * 2 { slotCount *= 2 }
        slots = [UInt32](repeating: 0, count: slotCount)
        ends.reserveCapacity(minimumCapacity)
    }

    var count: Int { ends.count }

    /// Bytes held in all.
    var byteCount: Int { pool.count }

    subscript(number: Int) -> ArraySlice<UInt8> {
        pool[(number == 0 ? 0 : Int(ends[number - 1]))..<Int(ends[number])]
    }

    /// The number of the string `bytes`, or nil.
    func number(of bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        let slot = slots[self.slot(of: bytes)]
        return slot == 0 ? nil : Int(slot) - 1
    }

    /// Adds `bytes`, or finds them.
    mutating func insert(_ bytes: UnsafeBufferPointer<UInt8>) -> (number: Int, isInserted: Bool) {
        if (ends.count + 1) * 2 > slots.count { grow() }
        let slot = self.slot(of: bytes)
        if slots[slot] != 0 { return (Int(slots[slot]) - 1, false) }
        pool.append(contentsOf: bytes)
        ends.append(UInt32(pool.count))
        slots[slot] = UInt32(ends.count)
        return (ends.count - 1, true)
    }

    mutating func removeAll() {
        pool.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        for index in slots.indices { slots[index] = 0 }
    }

    /// The slot that holds `bytes`, or the free one where they belong.
    private func slot(of bytes: UnsafeBufferPointer<UInt8>) -> Int {
        let mask = slots.count - 1
        var slot = Self.hash(bytes) & mask
        while slots[slot] != 0, !matches(Int(slots[slot]) - 1, bytes) { slot = (slot + 1) & mask }
        return slot
    }

    private func matches(_ number: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = number == 0 ? 0 : Int(ends[number - 1])
        guard Int(ends[number]) - start == bytes.count else { return false }
        for index in 0..<bytes.count where pool[start + index] != bytes[index] { return false }
        return true
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        let mask = slots.count - 1
        for number in 0..<ends.count {
            var slot = self[number].withUnsafeBufferPointer { Self.hash($0) } & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = UInt32(number + 1)
        }
    }

    /// FNV-1a with a final mix, since the table uses the low bits.
    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash ^= hash >> 32
        return Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) >> 24)
    }
}
