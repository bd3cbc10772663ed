import Randomness
import Trajectories

/// A member's response while it is being written.
///
/// ```
/// drawn, drawn, end token ─► reply? ─ nil ─► finished
///     ▲                        └─ tokens ─► given, given, … ─┐
///     └──────────────────────────────────────────────────────┘
/// ```
struct Draft {
    /// Why a response is over.
    enum Ending {
        /// A stop token, and no reply.
        case stopped
        /// A limit of tokens.
        case cut
    }

    let request: Int
    let member: Int
    private let random: CounterRandom
    /// Spans that are over.
    private var spans: [TokenSpan] = []
    /// The span that is being drawn.
    private var tokens: [Int32] = []
    private var logProbs: [Float] = []
    private var entropy: Float = 0
    /// Tokens drawn in all turns: token n is drawn by random number n.
    private var drawnCount = 0
    /// Tokens of all replies.
    private var givenCount = 0
    /// What is left of a reply.
    private var pending: ArraySlice<Int32> = []
    /// The token that goes through the model next.
    private(set) var next: Int32 = 0
    /// Whether ``next`` was drawn; else it was given.
    private(set) var isDrawn = false

    init(request: Int, member: Int, random: CounterRandom) {
        self.request = request
        self.member = member
        self.random = random
    }

    /// Draws the next token. `logits` is changed.
    mutating func draw(_ sampler: TokenSampler, _ logits: UnsafeMutablePointer<Float>) {
        let (token, logProb, entropy) = sampler.draw(logits, random: random, index: drawnCount)
        tokens.append(token)
        logProbs.append(logProb)
        self.entropy += entropy
        drawnCount += 1
        next = token
        isDrawn = true
    }

    /// Makes the reply's next token the one that goes through the model. False if none is left: the logits are to be drawn from.
    mutating func takeGiven() -> Bool {
        guard let token = pending.popFirst() else { return false }
        next = token
        isDrawn = false
        return true
    }

    /// How the response ends with the token that was just drawn; nil if it goes on, with a reply where the turn is over.
    mutating func ending(_ parameters: SamplingParameters, _ reply: Generator.Reply) throws -> Ending? {
        let isFull = drawnCount >= parameters.maximumTokens
        guard parameters.stopTokens.contains(next) else {
            guard isFull else { return nil }
            endTurn()
            return .cut
        }
        endTurn()
        guard !isFull, let given = try reply(request, member, spans) else { return .stopped }
        guard givenCount + given.count <= parameters.maximumGivenTokens else { return .cut }
        spans.append(.given(given))
        givenCount += given.count
        pending = given[...]
        return nil
    }

    private mutating func endTurn() {
        spans.append(.sampled(tokens, logProbs: logProbs))
        tokens = []
        logProbs = []
    }

    /// The response, once it has ended.
    func response(stopped: Bool) -> GeneratedResponse {
        GeneratedResponse(request: request, member: member, spans: spans, entropy: entropy / Float(drawnCount), stopped: stopped)
    }
}
