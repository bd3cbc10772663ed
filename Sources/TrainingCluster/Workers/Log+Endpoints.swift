import Endpoints
import Telemetry

extension Log {
    /// Writes down what was found out about an endpoint.
    func tell(_ notice: EndpointNotice) {
        switch notice {
        case .adapted(let host, let change, let reason):
            self.notice("an endpoint is asked otherwise from now on", ["endpoint": host, "change": change, "server": reason])
        case .unreadable(let host, let count, let reason, let reply):
            warning("a judge's reply can't be read", ["endpoint": host, "count": count, "reason": reason, "reply": reply])
        }
    }
}
