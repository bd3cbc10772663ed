import Distributed
package import Endpoints
package import Orchestration
import Telemetry

extension Controller {
    /// What a judge's endpoints were asked since it began. Idempotent: a total, of which the largest counts.
    package distributed func record(_ counters: EndpointCounters, from worker: WorkerID) {
        let earlier = endpointCounters[worker] ?? EndpointCounters()
        guard counters.progress >= earlier.progress else { return }
        endpointCounters[worker] = counters
    }

    /// The latest failure of a judge's endpoint, in the server's words.
    var lastEndpointFailure: String? { endpointCounters.values.lazy.compactMap(\.lastFailure).first }

    /// Running totals over all judges, and a line in the log if there were failures since the last step; nothing for runs without endpoints.
    func setEndpoints(_ record: inout MetricRecord) {
        guard !endpointCounters.isEmpty else { return }
        let total = endpointCounters.values.reduce(into: EndpointCounters()) { $0.add($1) }
        record.set("judge/requests", total.requests)
        record.set("judge/request_retries", total.retries)
        record.set("judge/request_failures", total.failureCount)
        record.set("judge/unreadable_replies", total.unreadableReplies)
        record.set("judge/prompt_tokens", total.usage.promptTokens)
        record.set("judge/completion_tokens", total.usage.completionTokens)
        observeEndpoints(total, step: record.step)
        if total.cost > 0 { record.set("judge/cost", total.cost) }
        if total.failureCount + total.unreadableReplies > loggedEndpointFailures {
            loggedEndpointFailures = total.failureCount + total.unreadableReplies
            log.warning(
                "endpoints failed",
                [
                    "step": record.step, "failures": total.failureText, "unreadable": total.unreadableReplies, "requests": total.requests,
                    "last": total.lastFailure ?? "-",
                ])
        }
    }
}

extension EndpointCounters {
    /// Grows with everything that is counted, so that of two totals the later is known.
    fileprivate var progress: Int { requests + retries + failureCount + unreadableReplies + usage.promptTokens + usage.completionTokens }
}
