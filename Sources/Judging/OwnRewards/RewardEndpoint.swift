package import Endpoints
import Foundation
package import Trajectories

/// A reward that a server of a user's own gives: one POST a question, with the same JSON as a program's line, and one object back.
package struct RewardEndpoint: OwnReward {
    package let name: String
    package let identity: String
    private let endpoint: PostEndpoint

    /// - Parameters:
    ///   - name: the part.
    ///   - settings: where the server is; `maximumReplyByteCount` is set to a line's limit.
    /// - Throws: `EndpointError` for settings that can't be used, or a key that is not set.
    package init(name: String, _ settings: EndpointSettings) throws(EndpointError) {
        self.name = name
        var settings = settings
        settings.maximumReplyByteCount = RewardLine.answerLimit
        endpoint = try PostEndpoint(settings)
        identity = Self.identity(name: name, url: settings.baseURL.absoluteString)
    }

    /// The identity of a server: its address; no secret.
    package static func identity(name: String, url: String) -> String { "http:\(name):\(url)" }

    package func value(of question: RewardQuestion) async -> OwnRewardValue {
        do throws(EndpointError) {
            let answer = try await endpoint.post(RewardLine.text(question, id: 1, part: name)) { RewardLine.answer($0) }
            guard case .unknown(let reason) = answer.value else { return answer.value }
            return .unknown(endpoint.redacted(reason))
        } catch {
            return .unknown(RewardLine.shown(error.description))
        }
    }
}
