import Glibc
import LinearAlgebra
package import PolicyModel
package import Randomness
package import Trajectories

/// One group to decode: a prompt and a random stream for each member.
package struct GenerationRequest: Sendable {
    package let prompt: [Int32]
    package let images: [VisualInput]
    /// One stream a member; a member's tokens are a function of the weights, the prompt and its stream.
    package let members: [CounterRandom]

    package init(prompt: [Int32], images: [VisualInput], members: [CounterRandom]) {
        self.prompt = prompt
        self.images = images
        self.members = members
    }
}

/// One finished response.
package struct GeneratedResponse: Sendable {
    /// Index into the requests.
    package let request: Int
    package let member: Int
    /// What stands behind the prompt: sampled spans, and the replies between them. The end token of a turn is included, where it was sampled.
    package let spans: [TokenSpan]
    /// Mean over sampled tokens, in nats.
    package let entropy: Float
    /// True if a stop token ended it, false if a limit did.
    package let stopped: Bool

    /// All sampled tokens.
    package var tokens: [Int32] { spans.tokens(.sampled) }
    package var logProbs: [Float] { spans.logProbs }
}

/// Samples responses, all requests decoded together.
package enum Generator {
    /// Tokens to give to a member that has ended its turn, from its spans so far; nil ends its response.
    package typealias Reply = (_ request: Int, _ member: Int, _ spans: [TokenSpan]) throws -> [Int32]?

    /// Calls `finished` with each response the moment it ends, then returns.
    ///
    /// A reply's tokens go through the model one by one, as drawn ones do, while the other members go on: they fill the member's cache with the bits that
    /// the training forward computes.
    ///
    /// - Parameters:
    ///   - isCancelled: asked before every token; true ends the call without further responses.
    ///   - drawn: called with each token the moment it is drawn; request and member are those of ``GeneratedResponse``.
    ///   - progressed: called after every token with the number of live members.
    ///   - reply: asked when a member has drawn a stop token and may draw more.
    ///   - finished: runs on this thread, between two tokens of the others.
    /// - Throws: `PolicyModelError` if a prompt does not fit its images; what `reply` throws.
    package static func generate(
        _ requests: [GenerationRequest], weights: PolicyWeights, parameters: SamplingParameters, isCancelled: () -> Bool = { false },
        drawn: (_ request: Int, _ member: Int, _ token: Int32) -> Void = { _, _, _ in }, progressed: (Int) -> Void = { _ in },
        reply: Reply = { _, _, _ in nil }, finished: (GeneratedResponse) -> Void
    ) throws {
        let vocabulary = weights.configuration.text.vocabularySize
        let session = try DecodeSession(
            weights: weights, prompts: requests.map { TokenFamily(prompt: $0.prompt, images: $0.images) },
            memberCounts: requests.map(\.members.count), capacity: parameters.maximumTokens + parameters.maximumGivenTokens)
        let sampler = TokenSampler(parameters, vocabularySize: vocabulary)
        var drafts = session.live.map { Draft(request: $0.group, member: $0.member, random: requests[$0.group].members[$0.member]) }
        let row = FloatBuffer(count: vocabulary)
        for index in drafts.indices {
            memcpy(row.base, session.promptLogits.base + drafts[index].request * vocabulary, vocabulary * 4)
            drafts[index].draw(sampler, row.base)
            drawn(drafts[index].request, drafts[index].member, drafts[index].next)
        }
        while !isCancelled() {
            var keep = [Bool](repeating: true, count: drafts.count)
            for index in drafts.indices where drafts[index].isDrawn {
                guard let ending = try drafts[index].ending(parameters, reply) else { continue }
                keep[index] = false
                finished(drafts[index].response(stopped: ending == .stopped))
            }
            if keep.contains(false) {
                session.retain(keep)
                drafts = zip(drafts, keep).filter(\.1).map(\.0)
            }
            guard !drafts.isEmpty else { return }
            let logits = session.step(drafts.map(\.next))
            for index in drafts.indices where !drafts[index].takeGiven() {
                drafts[index].draw(sampler, logits.row(index))
                drawn(drafts[index].request, drafts[index].member, drafts[index].next)
            }
            progressed(drafts.count)
        }
    }
}
