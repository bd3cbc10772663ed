import Generation
import LinearAlgebra
import PolicyModel
import Randomness
import Testing
import Trajectories

/// Responses of several turns: what is sampled behind a reply has the same bits in decoding and in the training forward.
@Suite("rollout and learner agree over several turns")
struct TurnParityTests {
    private static let folders = ["qwen2_5_vl_tiny", "text_tiny/qwen2", "text_tiny/llama"]

    private func requests(_ golden: Golden) throws -> [GenerationRequest] {
        let file = try golden.file(golden.weights.configuration.vision == nil ? "text" : "batch")
        return try goldenRows(file, configuration: golden.weights.configuration).rows.enumerated().map { index, row in
            GenerationRequest(
                prompt: row.ids, images: row.images,
                members: (0..<4).map { CounterRandom(key: CounterRandom.mix(77, UInt64(index), UInt64($0))) })
        }
    }

    private func parameters(_ golden: Golden, given: Int = 60) -> SamplingParameters {
        let configuration = golden.weights.configuration
        return SamplingParameters(
            temperature: 1, maximumTokens: 70, maximumGivenTokens: given, stopTokens: Array(3...20),
            bannedTokens: [configuration.imageTokenID, configuration.videoTokenID].compactMap { $0 })
    }

    /// Replies of 1 to 23 tokens, end tokens among them; none to a third turn.
    private func reply(_ request: Int, _ member: Int, _ spans: [TokenSpan]) -> [Int32]? {
        guard spans.count < 5 else { return nil }
        return (0..<(1 + (request * 5 + member * 7 + spans.count * 3) % 23)).map { Int32(3 + ($0 * 11 + member) % 40) }
    }

    private func responses(_ golden: Golden, _ requests: [GenerationRequest]) throws -> [GeneratedResponse] {
        var responses: [GeneratedResponse] = []
        try Generator.generate(requests, weights: golden.weights, parameters: parameters(golden), reply: reply) { responses.append($0) }
        return responses.sorted { ($0.request, $0.member) < ($1.request, $1.member) }
    }

    @Test("the training forward gives the bits of every sampled span, with replies between them", arguments: folders)
    func logProbs(_ folder: String) throws {
        let golden = try Golden(folder)
        let requests = try requests(golden)
        let responses = try responses(golden, requests)
        #expect(responses.count == requests.count * 4 && responses.contains { $0.spans.count == 5 })
        let families = requests.enumerated().map { index, request in
            TokenFamily(
                prompt: request.prompt, images: request.images,
                continuations: responses.filter { $0.request == index }.map { Array($0.spans.flatMap(\.tokens).dropLast()) })
        }
        let batch = try PackedBatch(families, configuration: golden.weights.configuration)
        let pass = ForwardPass(weights: golden.weights, batch: batch, arena: Arena())
        for response in responses {
            let first = batch.continuationRows[response.request][response.member].lowerBound
            var place = 0
            for (index, span) in response.spans.enumerated() {
                let isSampled = index.isMultiple(of: 2)
                #expect((span.kind == .sampled) == isSampled && span.logProbs.count == (isSampled ? span.tokens.count : 0))
                if isSampled {
                    let targets = span.tokens.enumerated().map { offset, token in
                        let row = place + offset == 0 ? batch.lastPromptRows[response.request] : first + place + offset - 1
                        return TokenTarget(row: row, token: token)
                    }
                    let trained = pass.logProbs(targets, parameters(golden).distribution).map(\.logProb.bitPattern)
                    #expect(
                        trained == span.logProbs.map(\.bitPattern), "request \(response.request), member \(response.member), span \(index)")
                } else {
                    #expect(span.tokens == reply(response.request, response.member, Array(response.spans[..<index])))
                }
                place += span.tokens.count
            }
        }
    }

    @Test("turns don't depend on who is decoded beside them", arguments: folders)
    func alone(_ folder: String) throws {
        let golden = try Golden(folder)
        let requests = try requests(golden)
        let together = try responses(golden, requests)
        for same in together where same.member == 2 {
            let request = requests[same.request]
            var alone: [GeneratedResponse] = []
            try Generator.generate(
                [GenerationRequest(prompt: request.prompt, images: request.images, members: [request.members[2]])],
                weights: golden.weights, parameters: parameters(golden), reply: { self.reply(same.request, 2, $2) }
            ) { alone.append($0) }
            #expect(alone[0].spans == same.spans && alone[0].entropy == same.entropy && alone[0].stopped == same.stopped)
        }
    }

    @Test("the first turn is that of a response without replies, and bounds hold over all turns")
    func bounds() throws {
        let golden = try Golden("text_tiny/qwen2")
        let requests = try requests(golden)
        let several = try responses(golden, requests)
        var single: [GeneratedResponse] = []
        try Generator.generate(requests, weights: golden.weights, parameters: parameters(golden)) { single.append($0) }
        for one in single {
            let other = try #require(several.first { $0.request == one.request && $0.member == one.member })
            #expect(one.spans.count == 1 && other.spans.first == one.spans.first)
        }
        #expect(several.allSatisfy { $0.tokens.count <= 70 && $0.spans.last?.kind == .sampled })
        // A reply that does not fit is not given, and ends the response as cut.
        var cut: [GeneratedResponse] = []
        try Generator.generate(
            requests, weights: golden.weights, parameters: parameters(golden, given: 10),
            reply: { _, _, _ in Array(repeating: 30, count: 6) }
        ) { cut.append($0) }
        for response in cut { #expect(response.spans.tokens(.given).count <= 10 && response.spans.count <= 3) }
        #expect(cut.contains { $0.spans.count == 3 && !$0.stopped && $0.tokens.count < 70 })
        #expect(!cut.contains { $0.stopped && $0.tokens.count < 70 })
    }
}
