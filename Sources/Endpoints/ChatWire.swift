/// A chat completion as servers write it: strict about the first choice's message, which makes it one, and about nothing else.
struct ChatWire: Decodable {
    let choice: Choice
    let usage: TokenUsage?

    private enum Keys: String, CodingKey { case choices, usage }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        var choices = try container.nestedUnkeyedContainer(forKey: .choices)
        choice = try choices.decode(Choice.self)
        usage = (try? container.decode(Usage.self, forKey: .usage))?.tokens
    }

    struct Choice: Decodable {
        let message: Message
        let finishReason: String?
        let logProbs: [ChatReply.TokenChoice]?

        private enum Keys: String, CodingKey {
            case message, logprobs
            case finishReason = "finish_reason"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            message = try container.decode(Message.self, forKey: .message)
            finishReason = try? container.decode(String.self, forKey: .finishReason)
            logProbs = (try? container.decode(LogProbs.self, forKey: .logprobs))?.choices
        }
    }

    /// Reasoning stands beside the content under several names and is not looked at.
    struct Message: Decodable {
        let text: String

        private enum Keys: CodingKey { case content }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            if let parts = try? container.decode([Part].self, forKey: .content) {
                text = parts.map(\.text).joined()
            } else {
                text = (try? container.decode(String.self, forKey: .content)) ?? ""
            }
        }
    }

    /// A piece of a content that is a list: of text, or of a kind that adds nothing to the answer, such as "thinking".
    struct Part: Decodable {
        let text: String

        private enum Keys: CodingKey { case type, text }

        init(from decoder: any Decoder) throws {
            if let text = try? decoder.singleValueContainer().decode(String.self) {
                self.text = text
                return
            }
            let container = try? decoder.container(keyedBy: Keys.self)
            let type = (try? container?.decode(String.self, forKey: .type)) ?? "text"
            let isText = ["text", "output_text"].contains(type)
            text = isText ? (try? container?.decode(String.self, forKey: .text)) ?? "" : ""
        }
    }

    /// All tokens of the answer with their probabilities, or nothing: with one missing nobody knows where the others stand.
    struct LogProbs: Decodable {
        let choices: [ChatReply.TokenChoice]

        private enum Keys: CodingKey { case content }

        init(from decoder: any Decoder) throws {
            var tokens = try decoder.container(keyedBy: Keys.self).nestedUnkeyedContainer(forKey: .content)
            var choices: [ChatReply.TokenChoice] = []
            while !tokens.isAtEnd, choices.count < ChatReply.maximumTokenCount { choices.append(try tokens.decode(Token.self).choice) }
            self.choices = choices
        }
    }

    private struct Token: Decodable {
        let choice: ChatReply.TokenChoice

        private enum Keys: String, CodingKey {
            case token, logprob
            case top = "top_logprobs"
        }

        init(from decoder: any Decoder) throws {
            let alternatives = try? decoder.container(keyedBy: Keys.self).decode([Alternative].self, forKey: .top)
            choice = ChatReply.TokenChoice(
                chosen: try Alternative.chosen(decoder), top: (alternatives ?? []).compactMap(\.logProb))
        }
    }

    /// A token that could have stood there; nothing where it is malformed.
    private struct Alternative: Decodable {
        let logProb: ChatReply.TokenLogProb?

        private enum Keys: CodingKey { case token, logprob }

        init(from decoder: any Decoder) throws { logProb = try? Self.chosen(decoder) }

        static func chosen(_ decoder: any Decoder) throws -> ChatReply.TokenLogProb {
            let container = try decoder.container(keyedBy: Keys.self)
            let value = try container.decode(Double.self, forKey: .logprob)
            guard !value.isNaN else {
                throw DecodingError.dataCorruptedError(forKey: .logprob, in: container, debugDescription: "not a number")
            }
            return ChatReply.TokenLogProb(token: try container.decode(String.self, forKey: .token), logProb: value)
        }
    }

    /// Counts that are whole, not negative and such as an answer may have; others were not said.
    private struct Usage: Decodable {
        let tokens: TokenUsage?

        private enum Keys: String, CodingKey {
            case prompt = "prompt_tokens"
            case completion = "completion_tokens"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            func count(_ key: Keys) -> Int? {
                (try? container.decode(Int.self, forKey: key)).flatMap { (0...TokenUsage.largestCount).contains($0) ? $0 : nil }
            }
            let (prompt, completion) = (count(.prompt), count(.completion))
            tokens =
                prompt == nil && completion == nil ? nil : TokenUsage(promptTokens: prompt ?? 0, completionTokens: completion ?? 0)
        }
    }
}
