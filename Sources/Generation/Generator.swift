import Glibc
import LinearAlgebra
package import PolicyModel
package import Randomness

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
    /// The end token included, where it was sampled.
    package let tokens: [Int32]
    package let logProbs: [Float]
    /// Mean over tokens, in nats.
    package let entropy: Float
    /// True if a stop token ended it, false if the limit did.
    package let stopped: Bool
}

/// Samples responses, all requests decoded together.
package enum Generator {
    private struct Draft {
        var tokens: [Int32] = []
        var logProbs: [Float] = []
        var entropy: Float = 0
    }

    /// Calls `finished` with each response the moment it ends, then returns.
    ///
    /// - Parameters:
    ///   - isCancelled: asked before every token; true ends the call without further responses.
    ///   - finished: runs on this thread, between two tokens of the others.
    ///   - drawn: called with each token the moment it is drawn; request and member are those of ``GeneratedResponse``.
    ///   - progressed: called after every token with the number of live members.
    /// - Throws: `PolicyModelError` if a prompt does not fit its images.
    package static func generate(
        _ requests: [GenerationRequest], weights: PolicyWeights, parameters: SamplingParameters, isCancelled: () -> Bool = { false },
        drawn: (_ request: Int, _ member: Int, _ token: Int32) -> Void = { _, _, _ in }, progressed: (Int) -> Void = { _ in },
        finished: (GeneratedResponse) -> Void
    ) throws {
        let vocabulary = weights.configuration.text.vocabularySize
        let session = try DecodeSession(
            weights: weights, prompts: requests.map { TokenFamily(prompt: $0.prompt, images: $0.images) },
            memberCounts: requests.map(\.members.count), capacity: parameters.maximumTokens)
        let sampler = TokenSampler(parameters, vocabularySize: vocabulary)
        var drafts = session.live.map { _ in Draft() }
        let row = FloatBuffer(count: vocabulary)
        var next: [Int32] = []
        for (index, member) in session.live.enumerated() {
            memcpy(row.base, session.promptLogits.base + member.group * vocabulary, vocabulary * 4)
            next.append(draw(&drafts[index], sampler, row.base, requests[member.group].members[member.member]))
            drawn(member.group, member.member, next[index])
        }
        while !isCancelled() {
            var keep = [Bool](repeating: true, count: next.count)
            for (index, member) in session.live.enumerated() {
                let stopped = parameters.stopTokens.contains(next[index])
                guard stopped || drafts[index].tokens.count >= parameters.maximumTokens else { continue }
                keep[index] = false
                let draft = drafts[index]
                finished(
                    GeneratedResponse(
                        request: member.group, member: member.member, tokens: draft.tokens, logProbs: draft.logProbs,
                        entropy: draft.entropy / Float(draft.tokens.count), stopped: stopped))
            }
            if keep.contains(false) {
                session.retain(keep)
                drafts = zip(drafts, keep).filter(\.1).map(\.0)
                next = zip(next, keep).filter(\.1).map(\.0)
            }
            guard !next.isEmpty else { return }
            let logits = session.step(next)
            for (index, member) in session.live.enumerated() {
                next[index] = draw(&drafts[index], sampler, logits.row(index), requests[member.group].members[member.member])
                drawn(member.group, member.member, next[index])
            }
            progressed(next.count)
        }
    }

    private static func draw(_ draft: inout Draft, _ sampler: TokenSampler, _ logits: UnsafeMutablePointer<Float>, _ random: CounterRandom)
        -> Int32
    {
        let (token, logProb, entropy) = sampler.draw(logits, random: random, index: draft.tokens.count)
        draft.tokens.append(token)
        draft.logProbs.append(logProb)
        draft.entropy += entropy
        return token
    }
}
