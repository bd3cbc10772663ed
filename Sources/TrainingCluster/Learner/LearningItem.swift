import LinearAlgebra
package import PolicyModel

/// A token that learning looks at, by its place in a family: `segment` -1 is the prompt, others count continuations.
package struct LearningTarget: Hashable, Sendable {
    package let segment: Int
    /// Index of the token in its segment. Index 0 of a continuation is predicted by the prompt's last token.
    package let index: Int
    package let token: Int32

    package init(segment: Int, index: Int, token: Int32) {
        self.segment = segment
        self.index = index
        self.token = token
    }
}

/// A family and the tokens whose log-probabilities it trains.
///
/// - Invariant: every target's predecessor is in the family; a continuation's own last token need not be, since nothing follows it.
package struct LearningItem: Sendable {
    package let family: TokenFamily
    package let targets: [LearningTarget]

    package init(family: TokenFamily, targets: [LearningTarget]) {
        self.family = family
        self.targets = targets
    }

    /// A prompt and whole responses, every response token a target.
    package init(prompt: [Int32], images: [VisualInput], responses: [[Int32]]) {
        family = TokenFamily(prompt: prompt, images: images, continuations: responses.map { Array($0.dropLast()) })
        targets = responses.enumerated().flatMap { segment, tokens in
            tokens.enumerated().map { LearningTarget(segment: segment, index: $0, token: $1) }
        }
    }
}

extension LearningItem {
    /// A prompt and what stands behind it in some samples; targets are the trained tokens.
    init(prompt: [Int32], images: [VisualInput], samples: ArraySlice<LearningSample>) {
        family = TokenFamily(prompt: prompt, images: images, continuations: samples.map { Array($0.tokens.dropLast()) })
        targets = samples.enumerated().flatMap { segment, sample in
            sample.trainedPlaces.map { LearningTarget(segment: segment, index: $0, token: sample.tokens[$0]) }
        }
    }
}

extension PackedBatch {
    /// The rows that predict the targets of all items, item after item.
    func rows(_ items: [LearningItem]) -> [TokenTarget] {
        var result: [TokenTarget] = []
        for (family, item) in items.enumerated() {
            let last = lastPromptRows[family]
            let start = last - item.family.prompt.count + 1
            for target in item.targets {
                let row: Int
                if target.segment < 0 {
                    row = start + target.index - 1
                } else {
                    row = target.index == 0 ? last : continuationRows[family][target.segment].lowerBound + target.index - 1
                }
                result.append(TokenTarget(row: row, token: target.token))
            }
        }
        return result
    }
}
