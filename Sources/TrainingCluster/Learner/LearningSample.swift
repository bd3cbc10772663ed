package import Trajectories

/// Some tokens in a row, by their places.
package struct TokenRun: Hashable, Codable, Sendable {
    /// The first one's place.
    package let start: Int
    package let count: Int
}

/// One trajectory as learning sees it: the tokens behind its prompt, those of them that train, and how much.
///
/// It knows neither task nor texts, neither rewards nor the kind of advantage.
package struct LearningSample: Hashable, Codable, Sendable {
    /// Names the sample in errors.
    package let id: TrajectoryID
    /// The weights that sampled it.
    package let version: PolicyVersion
    /// What stands behind the prompt, given and sampled.
    package let tokens: [Int32]
    /// The loss mask: which of ``tokens`` train. The others are context.
    package let trained: [TokenRun]
    /// Log-probability of each trained token as it was sampled.
    package let logProbs: [Float]
    package let advantage: Float
    /// What the loss of one trained token weighs in the whole batch, from `LossAggregation`.
    package let tokenWeight: Double
    /// A factor of ``tokenWeight`` for each trained token; nil for 1.
    package let tokenFactors: [Float]?

    /// - Parameters:
    ///   - spans: What stands behind the prompt; what was sampled trains.
    ///   - tokenFactors: One for each sampled token.
    package init(
        id: TrajectoryID, version: PolicyVersion, spans: [TokenSpan], advantage: Float, tokenWeight: Double, tokenFactors: [Float]? = nil
    ) {
        var trained: [TokenRun] = []
        var place = 0
        for span in spans {
            if span.kind == .sampled { trained.append(TokenRun(start: place, count: span.tokens.count)) }
            place += span.tokens.count
        }
        self.id = id
        self.version = version
        tokens = spans.flatMap(\.tokens)
        self.trained = trained
        logProbs = spans.logProbs
        self.advantage = advantage
        self.tokenWeight = tokenWeight
        self.tokenFactors = tokenFactors
    }

    /// The places of the trained tokens.
    package var trainedPlaces: [Int] { trained.flatMap { $0.start..<($0.start + $0.count) } }
}

/// Names the pictures of a group: a learner rank reads them from its own copy of the data.
package struct PictureKey: Hashable, Codable, Sendable {
    package let group: GroupID
    /// In the data set that the group's purpose draws from.
    package let problemIndex: Int
}

/// Samples that share a prompt.
package struct LearningGroup: Hashable, Codable, Sendable {
    /// The group's place in the batch, counted from 0: it decides the lane.
    package let place: Int
    package let pictures: PictureKey
    /// Token ids, one placeholder for each visual token.
    package let prompt: [Int32]
    package let samples: [LearningSample]

    package init(place: Int, pictures: PictureKey, prompt: [Int32], samples: [LearningSample]) {
        self.place = place
        self.pictures = pictures
        self.prompt = prompt
        self.samples = samples
    }
}
