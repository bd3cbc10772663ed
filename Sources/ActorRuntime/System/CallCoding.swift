package import Distributed
import Synchronization

/// Gathers the arguments of one outgoing call.
package struct CallEncoder: DistributedTargetInvocationEncoder {
    /// Everything `Codable` may travel.
    package typealias SerializationRequirement = any Codable
    var substitutions: [String] = []
    var arguments = ByteWriter()

    /// Notes a generic argument of the method by its mangled name.
    package mutating func recordGenericSubstitution<T>(_ type: T.Type) throws {
        guard let name = _mangledTypeName(type) else { throw WireError("\(type) has no mangled name and cannot be a generic argument") }
        substitutions.append(name)
    }
    /// Encodes one argument.
    package mutating func recordArgument<Value: Codable>(_ argument: RemoteCallArgument<Value>) throws {
        arguments.write(counted: try BinaryCoder.encode(argument.value))
    }
    /// Types of results are known at both ends.
    package mutating func recordReturnType<R: Codable>(_ type: R.Type) throws {}
    /// Types of errors do not travel.
    package mutating func recordErrorType<E: Error>(_ type: E.Type) throws {}
    /// Nothing is left to do.
    package mutating func doneRecording() throws {}
}

/// Hands out the arguments of one incoming call.
package struct CallDecoder: DistributedTargetInvocationDecoder {
    /// Everything `Codable` may travel.
    package typealias SerializationRequirement = any Codable
    private let substitutions: [String]
    private var reader: ByteReader
    private let system: ClusterActorSystem

    init(_ request: CallRequest, system: ClusterActorSystem) {
        substitutions = request.substitutions
        reader = ByteReader(request.arguments)
        self.system = system
    }

    /// The generic arguments by their mangled names.
    package mutating func decodeGenericSubstitutions() throws -> [any Any.Type] {
        try substitutions.map { name in
            guard let type = _typeByName(name) else { throw WireError("no type is named \(name.prefix(200))") }
            return type
        }
    }
    /// Decodes the next argument.
    package mutating func decodeNextArgument<Argument: Codable>() throws -> Argument {
        try BinaryCoder.decode(Argument.self, from: reader.readBytes(), userInfo: [.actorSystemKey: system])
    }
    /// Known at both ends.
    package mutating func decodeReturnType() throws -> (any Any.Type)? { nil }
    /// Not sent.
    package mutating func decodeErrorType() throws -> (any Any.Type)? { nil }
}

/// Sends a method's result to its caller.
package struct CallResultHandler: DistributedTargetInvocationResultHandler {
    /// Everything `Codable` may travel.
    package typealias SerializationRequirement = any Codable
    let system: ClusterActorSystem
    let caller: PeerAddress
    let id: CallID
    let request: CallRequest

    /// Replies with a value.
    package func onReturn<Success: Codable>(value: Success) async throws { try reply(BinaryCoder.encode(value)) }
    /// Replies without a value.
    package func onReturnVoid() async throws { try reply([]) }
    /// Replies with an error's text.
    package func onThrow<Err: Error>(error: Err) async throws { fail(failure(for: error)) }

    private func reply(_ bytes: [UInt8]) throws {
        do {
            try system.transport.send(Frame.reply(id, bytes).encoded(), to: caller)
        } catch {
            fail(system.failure(of: error, actor: request.actor, target: request.target, rank: system.localPeer.rank))
        }
    }

    func failure(for error: any Error) -> RemoteFailure {
        let code: RemoteFailure.Code =
            switch error {
            case is CancellationError: .cancelled
            case is WireError, is DecodingError, is EncodingError: .undecodable
            case is ExecuteDistributedTargetError: .unknownTarget
            default: .thrown
            }
        let advice = (error as? any RetryAdvising)?.isRetryable ?? (error as? RemoteFailure)?.isRetryable
        // The text is bounded: it must fit a frame whatever an error says.
        return RemoteFailure(
            code: code, message: String("\(error)".prefix(4096)), actor: request.actor, target: request.target,
            rank: system.localPeer.rank, isRetryable: advice)
    }

    func fail(_ failure: RemoteFailure) {
        do {
            try system.transport.send(Frame.failure(id, failure).encoded(), to: caller)
        } catch {
            system.counters.lostReplies.add(1, ordering: .relaxed)
        }
    }
}
