import ActorRuntime
import TestSupport
import Testing

@Suite("Binary coder")
struct BinaryCoderTests {
    private struct Everything: Codable, Equatable {
        var a: Int8 = -1, b: Int16 = -2, c: Int32 = -3, d: Int64 = .min, e: UInt8 = 1, f: UInt16 = 2, g: UInt32 = 3, h: UInt64 = .max
        var i: Int = -9, j: UInt = 9, k: Float = -.infinity, l: Double = 1e-300, m = true, n = "snow ☃", o: [Float] = [1, -0.0]
        var p: Int8? = nil, q: Int16? = 1, r: Int32? = nil, s: Int64? = 2, t: UInt8? = nil, u: UInt16? = 3, v: UInt32? = nil, w: UInt64? = 4
        var x: Int? = nil, y: UInt? = 5, z: Float? = nil, aa: Double? = 6, ab: Bool? = false, ac: String? = nil, ad: [Int?]? = [nil, 1]
        var ae: Set<String> = ["x"], af: [String: [Int: Bool?]] = ["k": [1: nil]], ag: [[Double]] = [[], [1]], ah: Int?? = .some(nil)
    }
    private final class Tree: Codable {
        var child: Tree?
        init(depth: Int) { child = depth == 0 ? nil : Tree(depth: depth - 1) }
    }

    @Test("every width, optional, collection and enum case comes back")
    func roundTrip() throws {
        let value = Everything()
        #expect(try BinaryCoder.decode(Everything.self, from: BinaryCoder.encode(value)) == value)
        #expect(try BinaryCoder.decode(ProbeValue.self, from: BinaryCoder.encode(ProbeValue.sample)) == .sample)
    }

    @Test("the wire form is little-endian and positional")
    func wireForm() throws {
        #expect(try BinaryCoder.encode(0x0102 as Int32) == [2, 1, 0, 0])
        #expect(try BinaryCoder.encode([1, 2] as [UInt8]) == [2, 0, 0, 0, 1, 2])
        #expect(try BinaryCoder.encode("é") == [2, 0, 0, 0, 0xc3, 0xa9])
        #expect(try BinaryCoder.encode(nil as Bool?) == [0])
        #expect(try BinaryCoder.encode([1, 2] as [Int8?]) == [2, 0, 0, 0, 1, 1, 1, 2])
        #expect(try BinaryCoder.encode([1] as [Float]) == [1, 0, 0, 0, 0, 0, 0x80, 0x3f])
    }

    @Test("each truncation is an error, and no single changed byte crashes")
    func hostileBytes() throws {
        let bytes = try BinaryCoder.encode(Everything())
        for count in bytes.indices {
            #expect(throws: (any Error).self) { try BinaryCoder.decode(Everything.self, from: Array(bytes[..<count])) }
        }
        for index in bytes.indices {
            for value: UInt8 in [0, 1, 0x7f, 0x80, 0xff] {
                var broken = bytes
                broken[index] = value
                _ = try? BinaryCoder.decode(Everything.self, from: broken)
            }
        }
        #expect(throws: (any Error).self) { try BinaryCoder.decode(Everything.self, from: bytes + [0]) }
    }

    @Test("huge counts and deep nesting are refused before they cost memory or stack")
    func bounds() throws {
        #expect(throws: (any Error).self) { try BinaryCoder.decode([String].self, from: [0xff, 0xff, 0xff, 0xff, 0]) }
        #expect(throws: (any Error).self) { try BinaryCoder.decode([Double].self, from: [0xff, 0xff, 0xff, 0x1f, 0]) }
        #expect(throws: (any Error).self) { try BinaryCoder.decode([Int: Int].self, from: [0xff, 0xff, 0xff, 0xff]) }
        #expect(throws: (any Error).self) { try BinaryCoder.decode(Tree.self, from: [UInt8](repeating: 1, count: 1 << 20)) }
        _ = try BinaryCoder.decode(Tree.self, from: BinaryCoder.encode(Tree(depth: 20)))
    }
}

@Suite("Frames")
struct FrameTests {
    private static let frames: [Frame] = [
        .call(CallID(rawValue: 7), CallRequest(actor: "a", target: "t", substitutions: ["Si"], arguments: [1, 2, 3])),
        .reply(CallID(rawValue: 8), [9]), .cancel(CallID(rawValue: .max)),
        .failure(CallID(rawValue: 1), RemoteFailure(code: .overloaded, message: "m", actor: "a", target: "t", rank: 3)),
        .fingerprint(ClusterFingerprint(build: 1, numeric: 2), wantsAnswer: true),
    ]

    @Test("each kind comes back", arguments: frames)
    func roundTrip(_ frame: Frame) { #expect(Frame(frame.encoded()) == frame) }

    @Test("each flipped bit and each truncation is noticed", arguments: frames)
    func corruption(_ frame: Frame) {
        let bytes = frame.encoded()
        for bit in 0..<bytes.count * 8 {
            var broken = bytes
            broken[bit / 8] ^= 1 << (bit % 8)
            #expect(Frame(broken) == nil, "bit \(bit)")
        }
        for count in bytes.indices { #expect(Frame(Array(bytes[..<count])) == nil) }
    }
}
