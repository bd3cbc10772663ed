/// A control message, the unit of the frame lane.
///
/// Wire form: magic `PCF1`, `Checksum64` of the rest (8 bytes), kind (1 byte), fields by position. A frame that fails any check is
/// refused as a whole.
package enum Frame: Equatable, Sendable {
    /// Asks for a method to be run.
    case call(CallID, CallRequest)
    /// A method's encoded result.
    case reply(CallID, [UInt8])
    /// A call failed.
    case failure(CallID, RemoteFailure)
    /// The caller no longer waits: the callee's task is to be cancelled.
    case cancel(CallID)
    /// What a peer runs; `wantsAnswer` asks for the receiver's own.
    case fingerprint(ClusterFingerprint, wantsAnswer: Bool)
    /// A peer ends, with this exit code, before all have met.
    case refusal(code: Int32)

    private static let magic: UInt32 = 0x3146_4350
    private static let headerByteCount = 12
    /// Bounds on a call's parts, far above what a build makes.
    private static let maximumSubstitutionCount = 16

    /// The frame's bytes.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(Self.magic)
        writer.write(UInt64(0))
        switch self {
        case .call(let id, let request):
            writer.write(UInt8(1))
            writer.write(id.rawValue)
            writer.write(request.actor)
            writer.write(request.target)
            writer.write(UInt32(request.substitutions.count))
            for name in request.substitutions { writer.write(name) }
            writer.write(counted: request.arguments)
        case .reply(let id, let bytes):
            writer.write(UInt8(2))
            writer.write(id.rawValue)
            writer.write(counted: bytes)
        case .failure(let id, let failure):
            writer.write(UInt8(3))
            writer.write(id.rawValue)
            writer.write(failure.code.rawValue)
            writer.write(UInt8(failure.isRetryable ? 1 : 0))
            writer.write(Int64(failure.rank))
            writer.write(failure.message)
            writer.write(failure.actor)
            writer.write(failure.target)
        case .cancel(let id):
            writer.write(UInt8(4))
            writer.write(id.rawValue)
        case .fingerprint(let fingerprint, let wantsAnswer):
            writer.write(UInt8(5))
            writer.write(fingerprint.build)
            writer.write(fingerprint.numeric)
            writer.write(UInt8(wantsAnswer ? 1 : 0))
        case .refusal(let code):
            writer.write(UInt8(6))
            writer.write(code)
        }
        let checksum = writer.bytes.withUnsafeBytes { Checksum64.of(UnsafeRawBufferPointer(rebasing: $0[Self.headerByteCount...])) }
        withUnsafeBytes(of: checksum.littleEndian) { sum in
            for (index, byte) in sum.enumerated() { writer.bytes[4 + index] = byte }
        }
        return writer.bytes
    }

    /// Reads a frame; `nil` if the bytes are none. Safe for bytes of any origin.
    package init?(_ bytes: [UInt8]) {
        guard let frame = try? Self.parse(bytes) else { return nil }
        self = frame
    }

    private static func parse(_ bytes: [UInt8]) throws(WireError) -> Frame {
        var reader = ByteReader(bytes)
        guard try reader.read(UInt32.self) == magic else { throw WireError("no frame") }
        let expected = try reader.read(UInt64.self)
        let checksum = bytes.withUnsafeBytes { Checksum64.of(UnsafeRawBufferPointer(rebasing: $0[headerByteCount...])) }
        guard checksum == expected else { throw WireError("checksum") }
        let kind = try reader.read(UInt8.self)
        let frame: Frame
        switch kind {
        case 5:
            let fingerprint = ClusterFingerprint(build: try reader.read(), numeric: try reader.read())
            frame = .fingerprint(fingerprint, wantsAnswer: try reader.read(UInt8.self) == 1)
        case 1...4:
            let id = CallID(rawValue: try reader.read())
            switch kind {
            case 1: frame = .call(id, try parseRequest(&reader))
            case 2: frame = .reply(id, try reader.readBytes())
            case 3: frame = .failure(id, try parseFailure(&reader))
            default: frame = .cancel(id)
            }
        case 6: frame = .refusal(code: try reader.read())
        default: throw WireError("kind \(kind)")
        }
        guard reader.remaining == 0 else { throw WireError("\(reader.remaining) bytes too many") }
        return frame
    }

    private static func parseRequest(_ reader: inout ByteReader) throws(WireError) -> CallRequest {
        let actor = try reader.readString()
        let target = try reader.readString()
        let count = try reader.readCount(unit: 4)
        guard count <= maximumSubstitutionCount else { throw WireError("\(count) generic substitutions") }
        var substitutions: [String] = []
        for _ in 0..<count { substitutions.append(try reader.readString()) }
        return CallRequest(actor: actor, target: target, substitutions: substitutions, arguments: try reader.readBytes())
    }

    private static func parseFailure(_ reader: inout ByteReader) throws(WireError) -> RemoteFailure {
        guard let code = RemoteFailure.Code(rawValue: try reader.read()) else { throw WireError("failure code") }
        let isRetryable = try reader.read(UInt8.self) == 1
        let rank = Int(try reader.read(Int64.self))
        return RemoteFailure(
            code: code, message: try reader.readString(), actor: try reader.readString(), target: try reader.readString(), rank: rank,
            isRetryable: isRetryable)
    }
}

/// The number of a call, unique within the calling process.
package struct CallID: RawRepresentable, Hashable, Sendable {
    /// The number.
    package let rawValue: UInt64
    /// Creates a call number.
    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// What a call asks for.
package struct CallRequest: Equatable, Sendable {
    /// Name of the actor at the callee.
    package let actor: String
    /// Mangled name of the method.
    package let target: String
    /// Mangled names of the method's generic arguments.
    package let substitutions: [String]
    /// Each argument in binary form, in order, behind its byte count.
    package let arguments: [UInt8]

    /// Creates a request from its parts.
    package init(actor: String, target: String, substitutions: [String] = [], arguments: [UInt8]) {
        self.actor = actor
        self.target = target
        self.substitutions = substitutions
        self.arguments = arguments
    }
}

/// What must be equal on all ranks of a cluster.
package struct ClusterFingerprint: Hashable, Sendable {
    /// Identity of the program; see `BuildFingerprint`.
    package let build: UInt64
    /// Checksum of a fixed computation: machines that compute other bits are refused.
    package let numeric: UInt64

    /// Creates a fingerprint from its parts.
    package init(build: UInt64, numeric: UInt64) {
        self.build = build
        self.numeric = numeric
    }
}
