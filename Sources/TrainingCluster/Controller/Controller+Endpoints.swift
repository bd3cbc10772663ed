import Distributed
package import Endpoints
package import Orchestration
import Telemetry

extension Controller {
    /// What a judge's endpoints were asked since it began. Idempotent: a total, of which the largest counts; failures that are news are logged
    /// by kind.
    package distributed func record(_ counters: EndpointCounters, from worker: WorkerID) {
        let earlier = endpointCounters[worker] ?? EndpointCounters()
        guard counters.progress >= earlier.progress else { return }
        endpointCounters[worker] = counters
        if counters.failures != earlier.failures || counters.unreadableReplies != earlier.unreadableReplies {
            log.notice(
                "an endpoint failed",
                [
                    "worker": worker.rawValue, "failures": counters.failureText, "unreadable": counters.unreadableReplies,
                    "retries": counters.retries, "requests": counters.requests,
                ])
        }
    }

    /// Running totals over all judges; nothing for runs without endpoints.
    func setEndpoints(_ record: inout MetricRecord) {
        guard !endpointCounters.isEmpty else { return }
        let total = endpointCounters.values.reduce(into: EndpointCounters()) { $0.add($1) }
        record.set("judge/requests", total.requests)
        record.set("judge/request_retries", total.retries)
        record.set("judge/request_failures", total.failureCount)
        record.set("judge/unreadable_replies", total.unreadableReplies)
        record.set("judge/prompt_tokens", total.usage.promptTokens)
        record.set("judge/completion_tokens", total.usage.completionTokens)
        if total.cost > 0 { record.set("judge/cost", total.cost) }
    }
}

extension EndpointCounters {
    /// Grows with everything that is counted, so that of two totals the later is known.
    fileprivate var progress: Int { requests + retries + failureCount + unreadableReplies + usage.promptTokens + usage.completionTokens }
}
