import Endpoints
import Synchronization
import Telemetry

/// Whether an endpoint can be asked at all. One fixed question tells: it is asked before the first response, and again whenever responses fail
/// as if the endpoint were to blame, so that no response, whatever stands in it, decides that.
///
/// ```
///             answered                    refused for good                               still away at the limit
///   check ──────────────► open, go on   ──────────────► closed: JudgeLoss, for good    ──────────────► closed: JudgeLoss
/// ```
actor EndpointAccess {
    /// Why the question is asked.
    enum Occasion: Sendable {
        case start
        case failures

        /// The key of the limit, for messages.
        var limitKey: String {
            switch self {
            case .start: "cluster.startup_deadline_seconds"
            case .failures: "cluster.absence_deadline_seconds"
            }
        }
    }

    private let endpoint: ChatEndpoint
    private let words: EndpointJudgeProtocol
    private let patience: JudgePatience
    private let log: Log
    private var closed: JudgeLoss?
    /// The check that is under way: whoever needs one waits for it.
    private var check: Task<JudgeLoss?, Never>?
    /// Different responses that were refused since the last answer.
    private var refused: Set<String> = []
    /// The reply to the question that could not be read, if there was one, shortened.
    nonisolated let unreadableReply = Mutex<String?>(nil)

    /// Between two questions to an endpoint that is away, beside its own pauses.
    private static let pause = Duration.milliseconds(500)
    /// Between two looks for the first words of an endpoint that is late.
    private static let look = Duration.milliseconds(50)
    /// So many different responses in a row must be refused before the endpoint itself is suspected.
    private static let suspicion = 3

    init(_ endpoint: ChatEndpoint, words: EndpointJudgeProtocol, patience: JudgePatience, log: Log) {
        self.endpoint = endpoint
        self.words = words
        self.patience = patience
        self.log = log
    }

    /// Why the endpoint is asked no more; nil while it is open.
    var loss: JudgeLoss? { closed }

    /// The endpoint has answered a response.
    func answered() { refused = [] }

    /// The endpoint has refused a response as if it could not be asked at all. One response proves nothing; several different ones in a row
    /// are a reason to ask the question.
    func hasRefused(_ response: String) async throws(JudgeLoss) {
        refused.insert(response)
        if refused.count >= Self.suspicion { try await check(.failures) }
    }

    /// Sees whether the endpoint answers, and waits for it while it is away.
    ///
    /// - Throws: ``JudgeLoss`` if it refuses for good, or is away until the limit.
    func check(_ occasion: Occasion) async throws(JudgeLoss) {
        if let closed { throw closed }
        let running = check ?? Task { await ask(occasion) }
        check = running
        // Whoever ends this rank while it waits does not wait with it.
        let loss = await withTaskCancellationHandler {
            await running.value
        } onCancel: {
            running.cancel()
        }
        // Whoever comes first clears up: a later failure needs a check of its own.
        if check == running { check = nil }
        guard let loss else { return refused = [] }
        closed = loss
        throw loss
    }

    private func ask(_ occasion: Occasion) async -> JudgeLoss? {
        let limit = occasion == .start ? patience.start : patience.absence
        let outage = Outage(endpoint.settings.host, limit: limit, log: log)
        defer { outage.end() }
        let end = await withTaskGroup(of: CheckEnd.self) { group in
            group.addTask { await self.untilAnswered(outage) }
            group.addTask { await self.untilLate(limit, outage) }
            defer { group.cancelAll() }
            return await group.next() ?? .withdrawn
        }
        return switch end {
        case .answered, .withdrawn: nil
        case .refused(let words): JudgeLoss("\(name) can't be asked: \(words)", isForGood: true)
        case .late:
            JudgeLoss(
                "\(name) has not answered for \(limit) (\(occasion.limitKey)); the last failure: \(outage.words ?? "no answer")",
                isForGood: false)
        }
    }

    /// How asking the question ends.
    private enum CheckEnd: Sendable {
        case answered
        /// For good, in the server's words.
        case refused(String)
        /// The limit has passed.
        case late
        /// Nobody wants to know any more.
        case withdrawn
    }

    private nonisolated var name: String { "the judge's endpoint \(endpoint.settings.host), model \(endpoint.settings.model)," }

    private func untilAnswered(_ outage: Outage) async -> CheckEnd {
        while true {
            do throws(EndpointError) {
                let request = words.startRequest(tokenLimit: endpoint.settings.maximumTokens)
                let reply = try await endpoint.complete(request) { outage.heard($0.description) }
                do throws(UnreadableReply) {
                    _ = try words.judgements(of: reply, annotationCount: 1, judge: "")
                } catch {
                    warn(error.description, endpoint.redacted(reply.text))
                }
                return .answered
            } catch {
                // Whoever gives up has heard nothing: the last words stay the server's.
                guard error.kind != .cancelled else { return .withdrawn }
                switch error.kind.scope {
                case .access: return .refused(error.description)
                // It answers, though nothing that could be read.
                case .request where error.kind == .garbled || error.kind == .tooLong:
                    warn("is no answer", error.description)
                    return .answered
                case .outage, .request: outage.heard(error.description)
                }
            }
            guard (try? await Task.sleep(for: Self.pause)) != nil else { return .withdrawn }
        }
    }

    /// Ends once the limit has passed and the endpoint has had its say: an attempt that is under way has a deadline of its own, and a process
    /// that has much else to do may have sent it late, or not yet looked at the answer.
    private nonisolated func untilLate(_ limit: Duration, _ outage: Outage) async -> CheckEnd {
        guard (try? await Task.sleep(for: limit)) != nil else { return .withdrawn }
        let end = ContinuousClock.now + endpoint.settings.requestDeadline
        while outage.words == nil, .now < end {
            guard (try? await Task.sleep(for: Self.look)) != nil else { return .withdrawn }
        }
        return .late
    }

    private func warn(_ what: String, _ reply: String) {
        let isFirst = unreadableReply.withLock { known in
            defer { known = String(reply.prefix(200)) }
            return known == nil
        }
        guard isFirst else { return }
        log.warning(
            "the judge's reply to the question of the start is of no use",
            ["endpoint": endpoint.settings.host, "model": endpoint.settings.model, "reply": what, "text": String(reply.prefix(2_000))])
    }
}
