import Foundation
import LinearAlgebra
import PolicyModel
import Safetensors
import TestSupport
import Testing

/// The tiny text models of `Fixtures/text_tiny` as GGUF files, written by the rules of llama.cpp's conversion.
private struct Converted {
    var builder = GGUFBuilder()
    let folder: URL

    init(_ architecture: String) throws {
        folder = Bundle.module.bundleURL.appending(path: "Fixtures/text_tiny/\(architecture)")
        let isLlama = architecture == "llama"
        builder.metadata = [
            ("general.architecture", .string(architecture)), ("\(architecture).block_count", .uint32(3)),
            ("\(architecture).context_length", .uint32(4096)), ("\(architecture).embedding_length", .uint32(64)),
            ("\(architecture).feed_forward_length", .uint32(160)), ("\(architecture).attention.head_count", .uint32(4)),
            ("\(architecture).attention.head_count_kv", .uint32(2)),
            ("\(architecture).rope.freq_base", .float32(isLlama ? 100_000 : 1_000_000)),
            ("\(architecture).attention.layer_norm_rms_epsilon", .float32(isLlama ? 1e-5 : 1e-6)),
            ("tokenizer.ggml.eos_token_id", .uint32(2)), ("tokenizer.ggml.bos_token_id", .uint32(1)),
        ]
        let names = [
            ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"), ("self_attn.v_proj", "attn_v"),
            ("self_attn.o_proj", "attn_output"), ("mlp.gate_proj", "ffn_gate"), ("mlp.up_proj", "ffn_up"), ("mlp.down_proj", "ffn_down"),
            ("input_layernorm", "attn_norm"), ("post_attention_layernorm", "ffn_norm"), ("model.embed_tokens", "token_embd"),
            ("model.norm", "output_norm"), ("lm_head", "output"), ("model.layers.", "blk."),
        ]
        let file = try SafetensorsFile(path: folder.appending(path: "model.safetensors").path)
        for tensor in file.tensors {
            var values = try file.floats(named: tensor.name)
            if isLlama, tensor.name.contains("q_proj") || tensor.name.contains("k_proj") {
                values = Self.interleaved(values, rows: tensor.shape[0], headSize: 16)
            }
            let name = names.reduce(tensor.name) { $0.replacing($1.0, with: $1.1) }
            builder.tensors.append(.init(name, shape: tensor.shape, floats: values))
        }
    }

    /// `reshape(heads, 2, headSize / 2, columns).swapaxes(1, 2)`, as the conversion has it.
    private static func interleaved(_ values: [Float], rows: Int, headSize: Int) -> [Float] {
        let columns = values.count / rows
        var result: [Float] = []
        for head in 0..<(rows / headSize) {
            for i in 0..<(headSize / 2) {
                for half in 0..<2 {
                    let row = head * headSize + half * headSize / 2 + i
                    result += values[(row * columns)..<((row + 1) * columns)]
                }
            }
        }
        return result
    }

    func withFile<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let url = FileManager.default.temporaryDirectory.appending(path: "percept-\(UUID()).gguf")
        try Data(builder.file()).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        return try body(url)
    }
}

@Suite("models out of GGUF files")
struct GGUFModelTests {
    @Test("the same weights and configuration as from the Hugging Face folder", arguments: ["llama", "qwen2"])
    func sameModel(_ architecture: String) throws {
        let converted = try Converted(architecture)
        let expected = try PolicyFolder.load(converted.folder)
        try converted.withFile { url in
            try PolicyFolder.check(url)
            let weights = try PolicyFolder.load(url)
            #expect(weights.configuration.text == expected.configuration.text)
            #expect(weights.configuration.family == expected.configuration.family)
            #expect(weights.configuration.endTokenIDs == [2])
            #expect(weights.values.values == expected.values.values)
        }
    }

    @Test("a range of elements is the same part of the tensor, rows put back in order")
    func ranges() throws {
        try Converted("llama").withFile { url in
            let files = try ModelLocation.open(url)
            let weights = try PolicyFolder.load(url)
            for slice in weights.table.slices where slice.name.contains("layers.1.self_attn") {
                for range in [0..<1, 63..<65, 17..<(slice.count - 5), (slice.count - 1)..<slice.count] {
                    var part = [Float](repeating: .nan, count: range.count)
                    try part.withUnsafeMutableBufferPointer { try files.read(slice.name, range, into: $0) }
                    #expect(part == range.map { weights.values.base[slice.offset + $0] }, "\(slice.name) \(range)")
                }
            }
        }
    }

    @Test("a written folder is complete in configuration: it loads as the same model")
    func saved() throws {
        try Converted("qwen2").withFile { url in
            let weights = try PolicyFolder.load(url)
            let copy = FileManager.default.temporaryDirectory.appending(path: "percept-\(UUID())")
            defer { try? FileManager.default.removeItem(at: copy) }
            try PolicyFolder.save(weights, to: copy, companions: nil)
            let loaded = try PolicyFolder.load(copy)
            #expect(loaded.configuration.text == weights.configuration.text)
            #expect(loaded.configuration.endTokenIDs == weights.configuration.endTokenIDs)
            #expect(loaded.values.values == weights.values.values)
        }
    }

    @Test("a folder written for a GGUF model has the tokenizer that the file carries")
    func companions() throws {
        var converted = try Converted("llama")
        converted.builder.metadata += [
            ("tokenizer.ggml.model", .string("gpt2")), ("tokenizer.ggml.pre", .string("smollm")),
            ("tokenizer.ggml.tokens", .strings(["a", "b", "<end>"])), ("tokenizer.ggml.token_type", .int32s([1, 1, 3])),
            ("tokenizer.ggml.merges", .strings([])), ("tokenizer.chat_template", .string("{{ messages }}")),
        ]
        try converted.withFile { url in
            let copy = FileManager.default.temporaryDirectory.appending(path: "percept-\(UUID())")
            defer { try? FileManager.default.removeItem(at: copy) }
            try PolicyFolder.save(try PolicyFolder.load(url), to: copy, companions: url)
            for (name, words) in [
                ("tokenizer.json", [#""<end>""#, "individual_digits"]),
                ("tokenizer_config.json", ["{{ messages }}", #""eos_token": "<end>""#]),
            ] {
                let text = try String(contentsOf: copy.appending(path: name), encoding: .utf8)
                for word in words { #expect(text.contains(word), "\(name): \(text)") }
            }
        }
    }

    /// A way to change the file, and a word that the error must say.
    struct Change: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let word: String
        let change: @Sendable (inout GGUFBuilder) -> Void

        init(_ name: String, _ word: String, _ change: @escaping @Sendable (inout GGUFBuilder) -> Void) {
            testDescription = name
            self.word = word
            self.change = change
        }
    }

    static let changes: [Change] = [
        Change("no architecture", "general.architecture") { $0.set("general.architecture", nil) },
        Change("another architecture", "gemma") { $0.set("general.architecture", .string("gemma")) },
        Change("an architecture that is a number", "general.architecture") { $0.set("general.architecture", .uint32(3)) },
        Change("rope scaling", "yarn") { $0.set("llama.rope.scaling.type", .string("yarn")) },
        Change("a rope scaling factor", "rope.scaling.factor") { $0.set("llama.rope.scaling.factor", .float32(8)) },
        Change("scaled frequencies", "rope_freqs.weight") {
            $0.tensors.append(.init("rope_freqs.weight", shape: [8], floats: [Float](repeating: 8, count: 8)))
        },
        Change("rotary embeddings of part of a head", "rope.dimension_count") { $0.set("llama.rope.dimension_count", .uint32(8)) },
        Change("experts", "expert_count") { $0.set("llama.expert_count", .uint32(8)) },
        Change("a sliding window", "sliding_window") { $0.set("llama.attention.sliding_window", .uint32(1024)) },
        Change("attention that sees what follows", "causal") { $0.set("llama.attention.causal", .bool(false)) },
        Change("no block count", "llama.block_count") { $0.set("llama.block_count", nil) },
        Change("a thousand blocks", "'model.layers.3.") { $0.set("llama.block_count", .uint32(1000)) },
        Change("too many blocks", "num_hidden_layers") { $0.set("llama.block_count", .uint32(.max)) },
        Change("no heads", "head_count") { $0.set("llama.attention.head_count", .uint32(0)) },
        Change("heads for each layer", "an array") { $0.set("llama.attention.head_count_kv", .int32s([2, 2, 2])) },
        Change("a wrong width", "'model.embed_tokens.weight' has shape") { $0.set("llama.embedding_length", .uint32(128)) },
        Change("another vocabulary", "llama.vocab_size") { $0.set("llama.vocab_size", .uint32(513)) },
        Change("no epsilon", "layer_norm_rms_epsilon") { $0.set("llama.attention.layer_norm_rms_epsilon", nil) },
        Change("a theta that is no number", "rope.freq_base") { $0.set("llama.rope.freq_base", .float32(.nan)) },
        Change("an infinite epsilon", "layer_norm_rms_epsilon") { $0.set("llama.attention.layer_norm_rms_epsilon", .float32(.infinity)) },
        Change("an end token outside of the vocabulary", "eos_token_id") { $0.set("tokenizer.ggml.eos_token_id", .uint32(512)) },
        Change("a missing tensor", "'model.layers.1.mlp.up_proj.weight' is missing") {
            $0.tensors.removeAll { $0.name == "blk.1.ffn_up.weight" }
        },
        Change("no embedding", "token_embd.weight") { $0.tensors.removeAll { $0.name == "token_embd.weight" } },
        Change("a norm that the model has not", "blk.0.attn_q_norm.weight") {
            $0.tensors.append(.init("blk.0.attn_q_norm.weight", shape: [16], floats: [Float](repeating: 1, count: 16)))
        },
        Change("a weight that is not a number", "element 70") { builder in
            guard let index = builder.tensors.firstIndex(where: { $0.name == "blk.2.ffn_gate.weight" }) else { return }
            builder.tensors[index].bytes.replaceSubrange(280..<284, with: GGUFBuilder.bytes(Float.nan.bitPattern))
        },
    ]

    @Test("what can't be computed, or contradicts itself, is refused by name", arguments: changes)
    func refusals(_ change: Change) throws {
        var converted = try Converted("llama")
        change.change(&converted.builder)
        try converted.withFile { url in
            let error = #expect(throws: (any Error).self) { _ = try PolicyFolder.load(url) }
            let text = error.map { "\($0)" } ?? ""
            #expect(text.contains(change.word), "\(text)")
            #expect(text.contains(url.path), "\(text)")
        }
    }

    @Test("damaged files are refused or read, never crash", arguments: ["llama", "qwen2"])
    func flips(_ architecture: String) throws {
        let converted = try Converted(architecture)
        let sound = converted.builder.file()
        let headerCount = sound.count - converted.builder.tensors.reduce(0) { $0 + $1.bytes.count }
        var state: UInt64 = 7
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let url = FileManager.default.temporaryDirectory.appending(path: "percept-\(UUID()).gguf")
        defer { try? FileManager.default.removeItem(at: url) }
        var refused = 0
        for _ in 0..<200 {
            var bytes = sound
            for _ in 0...random(3) { bytes[random(headerCount)] ^= UInt8(1 << random(8)) }
            try Data(bytes).write(to: url)
            if (try? PolicyFolder.load(url)) == nil { refused += 1 }
        }
        #expect(refused > 100)
    }
}

@Suite("SmolLM2-135M-Instruct out of its GGUF file", .enabled(if: SmolLM2.isThere, "\(SmolLM2.absence)"))
struct SmolLM2ModelTests {
    private let weights: PolicyWeights
    private let golden: SafetensorsFile

    init() throws {
        weights = try PolicyFolder.load(try #require(SmolLM2.file))
        golden = try SafetensorsFile(path: Bundle.module.bundleURL.appending(path: "Fixtures/smollm2/logits.safetensors").path)
    }

    @Test("configuration, and rows of tensors to the bit, are transformers'")
    func values() throws {
        let text = weights.configuration.text
        #expect(weights.configuration.family == .llama)
        #expect((text.vocabularySize, text.hiddenSize, text.intermediateSize) == (49152, 576, 1536))
        #expect((text.layerCount, text.headCount, text.keyValueHeadCount, text.headSize) == (30, 9, 3, 64))
        #expect(text.normEpsilon == 1e-5)
        #expect(text.ropeTheta == 100_000)
        #expect(text.tiesEmbeddings)
        #expect(!text.hasAttentionBias)
        #expect(weights.configuration.endTokenIDs == [2])
        for (name, key, row) in [
            ("model.layers.7.self_attn.q_proj.weight", "q_proj.row_33", 97),
            ("model.layers.7.self_attn.k_proj.weight", "k_proj.row_5", 133),
            ("model.layers.7.self_attn.v_proj.weight", "v_proj.row_33", 33),
            ("model.layers.29.mlp.down_proj.weight", "down_proj.row_100", 100),
            ("model.embed_tokens.weight", "embed_tokens.row_49151", 49151),
        ] {
            let expected = try golden.floats(named: key)
            let slice = try #require(weights.table.slices.first { $0.name == name })
            let start = slice.offset + row * expected.count
            #expect((0..<expected.count).allSatisfy { weights.values.base[start + $0].bitPattern == expected[$0].bitPattern }, "\(name)")
        }
    }

    // Both sides compute in binary32 but sum in other orders. Logits reach 25 in size, and 30 layers of such sums differ by some 1e-5 of it.
    @Test("logits agree with transformers' within 2e-3, log-probabilities within 5e-4, and the greedy choice is the same")
    func logits() throws {
        let prompt = try golden.integers(named: "input_ids").map(Int32.init)
        let greedy = try golden.integers(named: "greedy").map(Int32.init)
        let expected = try golden.floats(named: "logits")
        let tokens = prompt + greedy
        let batch = try PackedBatch([TokenFamily(prompt: tokens)], configuration: weights.configuration)
        let pass = ForwardPass(weights: weights, batch: batch, arena: Arena())
        let vocabulary = weights.configuration.text.vocabularySize
        let logits = pass.logits(rows: Array(0..<(tokens.count - 1))).values
        let columns = expected.count / prompt.count
        var worst: Float = 0
        for row in prompt.indices {
            for column in 0..<columns {
                worst = max(worst, abs(logits[row * vocabulary + column * 64] - expected[row * columns + column]))
            }
        }
        #expect(worst < 2e-3, "largest difference \(worst)")
        let found = pass.logProbs(prompt.indices.dropLast().map { TokenTarget(row: $0, token: prompt[$0 + 1]) })
        let worstLogProb = zip(found, try golden.floats(named: "next_log_probs")).map { abs($0.logProb - $1) }.max() ?? .infinity
        #expect(worstLogProb < 5e-4, "largest difference \(worstLogProb)")
        for (index, token) in greedy.enumerated() {
            let row = Array(logits[((prompt.count - 1 + index) * vocabulary)..<((prompt.count + index) * vocabulary)])
            let best = try #require(row.max())
            #expect(row[Int(token)] == best, "greedy token \(index): \(best - row[Int(token)]) behind the best")
        }
    }
}
