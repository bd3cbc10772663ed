/// The element types of tensors that are understood, by their numbers in the file (ggml's `ggml_type`).
///
/// Quantised elements are stored in blocks along the innermost extent: a scale (and a minimum) for 32 of them, or for 256 in the K types.
package enum GGUFTensorType: UInt32, Hashable, Sendable, CaseIterable {
    case float32 = 0
    case float16 = 1
    case q40 = 2
    case q41 = 3
    case q80 = 8
    case q4K = 12
    case q6K = 14
    case bfloat16 = 30

    /// Elements of a block.
    package var blockSize: Int {
        switch self {
        case .float32, .float16, .bfloat16: 1
        case .q40, .q41, .q80: 32
        case .q4K, .q6K: 256
        }
    }

    /// Bytes of a block.
    package var blockByteCount: Int {
        switch self {
        case .float32: 4
        case .float16, .bfloat16: 2
        case .q40: 18
        case .q41: 20
        case .q80: 34
        case .q4K: 144
        case .q6K: 210
        }
    }

    /// The spelling of ggml.
    package var name: String {
        switch self {
        case .float32: "F32"
        case .float16: "F16"
        case .q40: "Q4_0"
        case .q41: "Q4_1"
        case .q80: "Q8_0"
        case .q4K: "Q4_K"
        case .q6K: "Q6_K"
        case .bfloat16: "BF16"
        }
    }

    /// The name of the type with this number, also of those that are not understood; for messages.
    static func name(ofNumber number: UInt32) -> String {
        if let type = GGUFTensorType(rawValue: number) { return type.name }
        let others: [UInt32: String] = [
            6: "Q5_0", 7: "Q5_1", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 13: "Q5_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS",
            19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64",
            29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
        ]
        return others[number] ?? "of type \(number)"
    }
}

/// One tensor of a GGUF file.
///
/// - Invariant: `byteRange` has the size that `type` and `shape` ask for, and lies inside the file.
package struct GGUFTensor: Hashable, Sendable {
    package let name: String
    package let type: GGUFTensorType
    /// Row-major extents, outermost first: the file's own order reversed.
    package let shape: [Int]
    /// Product of `shape`.
    package let elementCount: Int
    /// The bytes of the tensor, counted from the start of the file.
    package let byteRange: Range<Int>
}
