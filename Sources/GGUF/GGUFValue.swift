/// The types of metadata values, by their numbers in the file.
package enum GGUFValueType: UInt32, Hashable, Sendable, CaseIterable {
    case uint8 = 0
    case int8
    case uint16
    case int16
    case uint32
    case int32
    case float32
    case bool
    case string
    case array
    case uint64
    case int64
    case float64

    /// Bytes of a value of fixed size; nil for strings and arrays.
    var byteCount: Int? {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        case .string, .array: nil
        }
    }
}

/// A metadata value. Whole numbers of every width are `integer`, both widths of real numbers `real`.
package enum GGUFValue: Hashable, Sendable {
    case integer(Int)
    case real(Double)
    case bool(Bool)
    case string(String)
    case array(GGUFArray)

    /// What kind of value it is, for messages.
    package var kind: String {
        switch self {
        case .integer: "a whole number"
        case .real: "a real number"
        case .bool: "a truth value"
        case .string: "a string"
        case .array: "an array"
        }
    }
}

/// Where an array of the metadata stands. Its elements have been checked to lie inside the file; they are decoded when asked for.
package struct GGUFArray: Hashable, Sendable {
    package let elementType: GGUFValueType
    package let count: Int
    /// The bytes of the elements, counted from the start of the file.
    let byteRange: Range<Int>
}
