package import Foundation

/// A conversation that a model is to continue.
package struct ChatRequest: Hashable, Sendable {
    /// Who speaks.
    package enum Role: String, Hashable, Codable, Sendable {
        case system
        case user
        case assistant
    }

    /// A piece of a message.
    package enum Part: Hashable, Sendable {
        case text(String)
        /// An encoded image, such as a PNG file's bytes with "image/png": travels as a data URL.
        case image(Data, mediaType: String)
    }

    /// One turn.
    package struct Message: Hashable, Sendable {
        package let role: Role
        package let parts: [Part]

        package init(_ role: Role, _ parts: [Part]) {
            self.role = role
            self.parts = parts
        }

        package init(_ role: Role, _ text: String) { self.init(role, [.text(text)]) }
    }

    package var messages: [Message]
    /// Tokens of the answer at most; nil for the endpoint's own limit.
    package var maximumTokens: Int?
    /// Nil for the endpoint's own temperature.
    package var temperature: Double?
    package var topP: Double?
    /// Asks the server for the same answer again; servers promise little.
    package var seed: Int?
    /// Texts at which the answer ends.
    package var stop: [String] = []
    /// How many alternatives to tell for each token of the answer; nil for no log-probabilities at all.
    package var topLogProbs: Int?

    package init(_ messages: [Message]) { self.messages = messages }

    /// The body of the request in a server's dialect.
    ///
    /// - Parameter settings: what stands where the request doesn't say.
    func body(_ settings: EndpointSettings, _ dialect: RequestDialect = RequestDialect()) -> Body {
        let limit = dialect.has(.noTokenLimit) ? nil : maximumTokens ?? settings.maximumTokens
        let temperature = temperature ?? settings.temperature
        let topLogProbs = dialect.has(.noLogProbs) ? nil : topLogProbs
        return Body(
            model: settings.model, messages: messages.map(Body.Message.init), maxTokens: dialect.has(.completionTokens) ? nil : limit,
            maxCompletionTokens: dialect.has(.completionTokens) ? limit : nil,
            temperature: dialect.has(.noTemperature(temperature)) ? nil : temperature, topP: dialect.has(.noTopP) ? nil : topP,
            seed: dialect.has(.noSeed) ? nil : seed, stop: dialect.has(.noStop) || stop.isEmpty ? nil : stop,
            logprobs: topLogProbs == nil ? nil : true, topLogprobs: topLogProbs)
    }

    /// What is sent, as OpenAI's API names it.
    struct Body: Encodable {
        let model: String
        let messages: [Message]
        let maxTokens: Int?
        let maxCompletionTokens: Int?
        let temperature: Double?
        let topP: Double?
        let seed: Int?
        let stop: [String]?
        let logprobs: Bool?
        let topLogprobs: Int?

        /// The same bytes for the same request.
        func encoded() throws(EndpointError) -> Data {
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            do { return try encoder.encode(self) } catch {
                throw EndpointError(.settings, "the request can't be written as JSON: \(error)")
            }
        }

        /// A message of texts alone is one string, which every server takes; images need the list of parts.
        struct Message: Encodable {
            let role: Role
            let parts: [Part]

            init(_ message: ChatRequest.Message) {
                role = message.role
                parts = message.parts
            }

            private enum Key: CodingKey { case role, content, type, text, imageUrl, url }

            func encode(to encoder: any Encoder) throws {
                var message = encoder.container(keyedBy: Key.self)
                try message.encode(role, forKey: .role)
                let texts = parts.compactMap { if case .text(let text) = $0 { text } else { nil } }
                guard texts.count < parts.count else { return try message.encode(texts.joined(), forKey: .content) }
                var list = message.nestedUnkeyedContainer(forKey: .content)
                for part in parts {
                    var entry = list.nestedContainer(keyedBy: Key.self)
                    switch part {
                    case .text(let text):
                        try entry.encode("text", forKey: .type)
                        try entry.encode(text, forKey: .text)
                    case .image(let data, let mediaType):
                        try entry.encode("image_url", forKey: .type)
                        var image = entry.nestedContainer(keyedBy: Key.self, forKey: .imageUrl)
                        try image.encode("data:\(mediaType);base64,\(data.base64EncodedString())", forKey: .url)
                    }
                }
            }
        }
    }
}
