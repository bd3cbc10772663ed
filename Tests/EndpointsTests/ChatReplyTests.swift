import Endpoints
import Foundation
import TestSupport
import Testing

/// Bodies as servers write them. Each comes through a real client.
@Suite("a chat completion")
struct ChatReplyTests {
    private func reply(_ body: String) async throws -> ChatReply {
        let server = try StandInEndpoint { _ in .body(Data(body.utf8)) }
        defer { server.stop() }
        var settings = EndpointSettings(baseURL: server.baseURL, model: "m")
        settings.attempts = 1
        return try await ChatEndpoint(settings).complete(ChatRequest([.init(.user, "q")]))
    }

    /// `{"choices": [CHOICE], REST}`.
    private func choice(_ message: String, _ rest: String = "", _ beside: String = "") -> String {
        #"{"choices": [{"message": \#(message)\#(rest)}]\#(beside)}"#
    }

    @Test(
        "an optional field never spoils the required one",
        arguments: [
            #", "usage": null"#, #", "usage": {}"#, #", "usage": 3"#, #", "usage": {"prompt_tokens": null, "completion_tokens": null}"#,
            #", "usage": {"prompt_tokens": 10.5, "completion_tokens": "5"}"#, #", "usage": {"prompt_tokens": -1}"#,
            #", "usage": {"prompt_tokens": 1e300}"#, #", "created": "now", "id": 7, "object": null, "model": []"#,
        ])
    func optionalOutside(_ beside: String) async throws {
        let reply = try await reply(choice(#"{"content": "yes"}"#, "", beside))
        #expect(reply.text == "yes" && reply.usage == nil && reply.finishReason == .stop)
    }

    @Test(
        "nor does one of the choice",
        arguments: [
            #", "finish_reason": null"#, #", "finish_reason": 3"#, #", "finish_reason": {"type": "stop"}"#, #", "logprobs": null"#,
            #", "logprobs": 1"#, #", "logprobs": {"content": null}"#, #", "logprobs": {"content": "x"}"#,
            #", "logprobs": {"tokens": ["yes"], "token_logprobs": [-0.1], "top_logprobs": null}"#,
            #", "logprobs": {"content": [{"token": "yes", "logprob": null, "top_logprobs": []}]}"#,
            #", "logprobs": {"content": [{"token": "yes", "logprob": NaN}]}"#, #", "logprobs": {"content": [{"logprob": -1}]}"#,
            #", "index": "0", "stop_reason": 151645"#,
        ])
    func optionalInside(_ rest: String) async throws {
        let reply = try await reply(choice(#"{"content": "yes", "role": 1}"#, rest))
        #expect(reply.text == "yes" && reply.logProbs == nil && reply.finishReason == .stop)
    }

    @Test("what is said of tokens in part counts in part: usage, alternatives, infinities")
    func parts() async throws {
        let half = try await reply(choice(#"{"content": "a"}"#, "", #", "usage": {"prompt_tokens": 10.0, "completion_tokens": "5"}"#))
        #expect(half.usage == TokenUsage(promptTokens: 10, completionTokens: 0))
        let tokens = #", "logprobs": {"content": [{"token": "a", "logprob": -0.5, "top_logprobs": [{"token": "0", "logprob": -Infinity}, {"#
        let odd = try await reply(choice(#"{"content": "a"}"#, tokens + #""token": 3, "logprob": 0}, {"token": "b", "logprob": -2}]}]}"#))
        let token = try #require(odd.logProbs?.first)
        #expect(token.chosen.token == "a" && token.chosen.logProb == -0.5)
        #expect(token.top.map(\.token) == ["0", "b"] && token.top.map(\.logProb) == [-.infinity, -2])
    }

    @Test(
        "content comes as text or as parts; what stands beside it is not looked at",
        arguments: [
            (#"{"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}"#, "ab"), (#"{"content": ["a", "b"]}"#, "ab"),
            (#"{"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "no"}]}, {"type": "text", "text": "a"}]}"#, "a"),
            (#"{"content": [{"text": "a"}, {"type": "image_url", "image_url": {"url": "x"}}, 3, null]}"#, "a"),
            (#"{"content": null, "reasoning_content": "a"}"#, ""), (#"{"content": "a", "reasoning": "b", "tool_calls": []}"#, "a"),
            (#"{"tool_calls": [{"id": "1", "type": "function"}]}"#, ""), (#"{"content": 3}"#, ""), (#"{"content": []}"#, ""),
        ])
    func contents(_ message: String, _ text: String) async throws {
        #expect(try await reply(choice(message)).text == text)
    }

    @Test(
        "without a first choice that has a message it is none",
        arguments: [
            #"{"choices": []}"#, #"{"choices": {}}"#, #"{"choices": [null]}"#, #"{"choices": [{"text": "a"}]}"#,
            #"{"choices": [{"message": "a"}]}"#, #"{"id": "", "choices": [], "prompt_filter_results": []}"#, "[]", "3",
            "<html>Login</html>",
            "data: {\"choices\": [{\"delta\": {\"content\": \"a\"}}]}\n\ndata: [DONE]\n\n", #"{"choices": [{"message": {"content": "a"}}"#,
        ])
    func others(_ body: String) async throws {
        let error = try await #require(throws: EndpointError.self) { _ = try await reply(body) }
        #expect(error.kind == .garbled && error.description.contains("no chat completion"))
    }

    @Test(
        "an error behind a 200 is what it says it is",
        arguments: [
            (#"{"error": {"message": "provider overloaded", "code": 503}}"#, EndpointError.Kind.server),
            (#"{"error": {"message": "slow down", "code": "429"}}"#, .rateLimited),
            (#"{"error": {"message": "no", "code": 401}}"#, .refused),
            (#"{"error": {"message": "odd", "code": 7}}"#, .garbled), (#"{"error": "odd", "status": 404}"#, .notFound),
        ])
    func errorsInside(_ body: String, _ kind: EndpointError.Kind) async throws {
        let error = try await #require(throws: EndpointError.self) { _ = try await reply(body) }
        #expect(error.kind == kind, "\(error.description)")
    }

    @Test(
        "only an end that says cut, filtered or given up is one",
        arguments: [
            (nil, ChatReply.FinishReason.stop), ("stop", .stop), ("STOP", .stop), ("eos_token", .stop), ("eos", .stop), ("end_turn", .stop),
            ("stop_sequence", .stop), ("tool_calls", .stop), ("function_call", .stop), ("COMPLETE", .stop), ("", .stop),
            ("length", .length),
            ("max_tokens", .length), ("MAX_TOKENS", .length), ("model_length", .length), ("FinishReason.MAX_TOKENS", .length),
            ("max_output_tokens", .length), ("model_context_window_exceeded", .length), ("incomplete", .length),
            ("content_filter", .filtered), ("SAFETY", .filtered), ("content-filtered", .filtered), ("RECITATION", .filtered),
            ("PROHIBITED_CONTENT", .filtered), ("refusal", .filtered), ("sensitive", .filtered), ("guardrail_intervened", .filtered),
            ("abort", .aborted), ("error", .aborted), ("network_error", .aborted), ("cancelled", .aborted),
        ])
    func ends(_ word: String?, _ reason: ChatReply.FinishReason) async throws {
        #expect(ChatReply.FinishReason(serverWord: word) == reason)
    }
}
