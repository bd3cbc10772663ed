import Foundation
import LinearAlgebra
import PolicyModel
import Safetensors
import Testing

/// What people's folders say otherwise than the goldens: equal to transformers, or refused by name.
@Suite("Model folders against transformers")
struct VariantTests {
    @Test(
        "each folder gives transformers' log-probabilities within 2e-5, or is refused by name", arguments: ["llama", "qwen2", "qwen2_5_vl"])
    func folders(base: String) throws {
        let variants = try Variants()
        let own = variants.all.filter { $0.base == base }
        #expect(own.count > 100)
        var known: [Variants.Computation: [Double]] = [:]
        for variant in own {
            try variant.withFolder { folder in
                do {
                    try PolicyFolder.check(folder)
                    let computation = Variants.Computation(variant, try ModelConfiguration(location: folder))
                    guard variant.refused == nil else {
                        Issue.record("\(base), \(variant.name): is not refused")
                        return
                    }
                    let scores = try known[computation] ?? variants.scores(PolicyFolder.load(folder), base: base)
                    known[computation] = scores
                    #expect(scores.count == variant.logProbs.count && !scores.isEmpty, "\(base), \(variant.name)")
                    let largest = zip(scores, variant.logProbs).map { abs($0 - $1) }.max() ?? .infinity
                    #expect(largest < 2e-5, "\(base), \(variant.name): \(largest)")
                } catch let error where error is PolicyModelError || error is SafetensorsError {
                    let words = variant.refused ?? "no refusal"
                    #expect("\(error)".contains(words), "\(base), \(variant.name): \(error)")
                    #expect("\(error)".contains(folder.path), "\(base), \(variant.name): \(error)")
                }
            }
        }
    }

    @Test("what is written back of a changed folder is the same model, in transformers' eyes too")
    func writtenBack() throws {
        let variants = try Variants()
        let names = [
            "all biases", "attention_bias", "tied with another head", "tied with the head alone", "names: v5", "names: mixed, nested",
            "nested: tied False outside, True inside, another head", "rope_parameters before rope_theta",
        ]
        for variant in variants.all where names.contains(variant.name) {
            try variant.withFolder { folder in
                let weights = try PolicyFolder.load(folder)
                let copy = folder.appending(path: "copy")
                try PolicyFolder.save(weights, to: copy, companions: folder)
                let loaded = try PolicyFolder.load(copy)
                #expect(loaded.configuration.text == weights.configuration.text, "\(variant.name)")
                #expect(loaded.values.values == weights.values.values, "\(variant.name)")
                let file = try SafetensorsFile(path: copy.appending(path: "model.safetensors").path)
                #expect(file.tensors.contains { $0.name == "lm_head.weight" } == !weights.configuration.text.tiesEmbeddings)
            }
        }
    }

    @Test("the model_type is looked at before anything else")
    func familyFirst() throws {
        for json in [#"{"hidden_size": "x"}"#, #"{"model_type": "qwen3", "hidden_act": 3, "rope_parameters": [1]}"#, #"{"model_type": 7}"#]
        {
            let error = #expect(throws: PolicyModelError.self) { try ModelConfiguration(json: Data(json.utf8), source: "/m/config.json") }
            #expect(error?.message.contains("/m/config.json: model_type") == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("qwen2_5_vl, qwen2, llama") == true)
        }
    }

    @Test("keys that nobody knows are passed over, and can be named")
    func unknownKeys() throws {
        let variants = try Variants()
        for variant in variants.all where variant.changedKeys.contains(where: { $0.hasSuffix("a_key_that_nobody_knows") }) {
            try variant.withFolder { folder in
                let unknown = try ModelConfiguration(location: folder).unknownKeys
                #expect(unknown == variant.changedKeys)
            }
        }
        for base in ["llama", "qwen2", "qwen2_5_vl"] {
            #expect(try ModelConfiguration(location: Variant.folder(of: base)).unknownKeys == [])
        }
    }

    @Test("end tokens are generation_config.json's, then config.json's, then the family's own, if the vocabulary has it")
    func endTokens() throws {
        func ends(_ json: String, _ generation: String? = nil) throws -> [Int32] {
            try ModelConfiguration(json: Data(json.utf8), generationJSON: generation.map { Data($0.utf8) }, source: "c").endTokenIDs
        }
        let llama = #"{"model_type": "llama", "vocab_size": 9"#
        #expect(try ends(llama + "}") == [2])
        #expect(try ends(llama + #", "eos_token_id": [4, 5]}"#) == [4, 5])
        #expect(try ends(llama + #", "eos_token_id": 4}"#, #"{"eos_token_id": [7]}"#) == [7])
        #expect(try ends(llama + #", "eos_token_id": 4}"#, #"{"eos_token_id": null}"#) == [4])
        #expect(try ends(llama.replacing("9", with: "2") + "}") == [])
        #expect(try ends(#"{"model_type": "qwen2"}"#) == [])
        let vision = #"{"model_type": "qwen2_5_vl", "vision_config": {"out_hidden_size": 8192}"#
        #expect(try ends(vision + "}") == [151_645])
        #expect(try ends(vision + #", "text_config": {"eos_token_id": 3}}"#) == [3])
        #expect(try ends(vision + #", "eos_token_id": 5, "text_config": {"eos_token_id": 3}}"#) == [5])
        #expect(throws: PolicyModelError.self) { try ends(llama + "}", #"{"eos_token_id": "</s>"}"#) }
        #expect(throws: PolicyModelError.self) { try ends(llama + "}", #"{"eos_token_id": 9}"#) }
    }

    @Test("a member that occurs twice is refused")
    func repeatedKeys() {
        let json = #"{"model_type": "llama", "rope_theta": 1, "rope_theta": 2}"#
        let error = #expect(throws: PolicyModelError.self) { try ModelConfiguration(json: Data(json.utf8), source: "/m/config.json") }
        #expect(error?.message.contains("rope_theta") == true)
    }
}
