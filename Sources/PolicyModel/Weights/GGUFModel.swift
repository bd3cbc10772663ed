import Foundation
import GGUF
import LinearAlgebra

/// A GGUF file of the architecture `llama` or `qwen2`: its metadata as a configuration, its tensors under Hugging Face's names.
struct GGUFModel: ModelFiles {
    let configuration: ModelConfiguration
    private let file: GGUFFile

    var path: String { file.path }

    /// - Throws: `GGUFError` or `PolicyModelError` if the file is damaged, or its metadata are of a model that isn't supported.
    init(path: String) throws {
        file = try GGUFFile(path: path)
        configuration = try ModelConfiguration(file)
    }

    var strayNames: [String] {
        let known = Set(ParameterTable(configuration).slices.map { GGUFTensorNames.name(for: $0.name) })
        return file.header.tensors.map(\.name).filter { !known.contains($0) }
    }

    func shape(of name: String) -> [Int]? { file.tensor(named: GGUFTensorNames.name(for: name))?.shape }

    func releasePages(of name: String) {
        if let tensor = file.tensor(named: GGUFTensorNames.name(for: name)) { file.releasePages(of: tensor) }
    }

    func read(_ name: String, _ range: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>) throws {
        guard let tensor = file.tensor(named: GGUFTensorNames.name(for: name)) else {
            throw PolicyModelError(.weights, "\(path): tensor '\(name)' is missing")
        }
        guard configuration.family == .llama, GGUFTensorNames.areRowsInterleaved(name) else {
            return try file.readFloats(of: tensor, range, into: destination)
        }
        // Row by row, each from where llama.cpp's conversion put it.
        let columns = tensor.elementCount / max(1, tensor.shape.first ?? 1)
        var position = range.lowerBound
        while position < range.upperBound {
            let (row, column) = position.quotientAndRemainder(dividingBy: columns)
            let count = min(columns - column, range.upperBound - position)
            let start = GGUFTensorNames.interleavedRow(row, headSize: configuration.text.headSize) * columns + column
            let place = position - range.lowerBound
            try file.readFloats(
                of: tensor, start..<(start + count), into: UnsafeMutableBufferPointer(rebasing: destination[place..<(place + count)]))
            position += count
        }
    }
}

/// What GGUF calls the tensors that ``ParameterTable`` names as Hugging Face does, and how llama.cpp's conversion ordered them.
enum GGUFTensorNames {
    private static let whole = [
        "model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight", "lm_head.weight": "output.weight",
    ]
    private static let inLayer = [
        "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
    ]

    /// The name in the file; a name that GGUF has no word for stays as it is.
    static func name(for name: String) -> String {
        if let known = whole[name] { return known }
        // model.layers.<layer>.<part>.<weight or bias>
        let pieces = name.split(separator: ".", maxSplits: 3)
        guard pieces.count == 4, name.hasPrefix("model.layers."), let end = pieces[3].lastIndex(of: "."),
            let part = inLayer[String(pieces[3][..<end])]
        else { return name }
        return "blk.\(pieces[2]).\(part)\(pieces[3][end...])"
    }

    /// Whether the tensor's rows are those of queries or keys, whose order differs in files of the architecture `llama`.
    static func areRowsInterleaved(_ name: String) -> Bool { name.contains(".self_attn.q_proj.") || name.contains(".self_attn.k_proj.") }

    /// Where the conversion put row `row`. Rotary embeddings turn rows i and headSize / 2 + i of a head together; `llama` files have the two
    /// beside each other, at 2 i and 2 i + 1.
    static func interleavedRow(_ row: Int, headSize: Int) -> Int {
        let (head, place) = row.quotientAndRemainder(dividingBy: headSize)
        let (half, i) = place.quotientAndRemainder(dividingBy: headSize / 2)
        return head * headSize + 2 * i + half
    }
}
