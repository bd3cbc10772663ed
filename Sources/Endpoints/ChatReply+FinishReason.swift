extension ChatReply {
    /// Why an answer ends, as far as it tells whether all of it is there.
    package enum FinishReason: String, Hashable, Codable, Sendable {
        /// The model was done.
        case stop
        /// A limit on tokens cut it off.
        case length
        /// A filter held it back, or part of it.
        case filtered = "content_filter"
        /// The server gave it up.
        case aborted

        /// What a server's word means. Servers have many words for an end that is as it should be (`stop`, `eos_token`, `STOP`, `end_turn`,
        /// `stop_sequence`, none at all), so only words that say that something is missing are looked for.
        package init(serverWord: String?) {
            let word = (serverWord ?? "").lowercased().split { !$0.isLetter }.joined(separator: "_")
            func has(_ parts: [String]) -> Bool { parts.contains { word.contains($0) } }
            self =
                if has(Self.cutWords) {
                    .length
                } else if has(Self.filterWords) {
                    .filtered
                } else if has(Self.abortWords) {
                    .aborted
                } else {
                    .stop
                }
        }

        private static let cutWords = [
            "length", "max_token", "maxtoken", "token_limit", "max_output", "max_completion", "context_window", "truncat", "incomplete",
        ]
        private static let filterWords = [
            "filter", "safety", "recitation", "blocklist", "blocked", "prohibited", "spii", "guardrail", "refus", "moderation", "sensitive",
        ]
        private static let abortWords = ["abort", "error", "cancel", "timeout", "timed_out", "interrupt"]
    }
}
