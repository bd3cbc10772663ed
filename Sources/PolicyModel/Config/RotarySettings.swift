import JSON

/// The base of a model part's rotary frequencies and how they are shared among axes, found as transformers 5 finds them: in `rope_scaling` if it
/// is not empty, else in `rope_parameters`, else beside them.
struct RotarySettings {
    let theta: Double
    let sections: [Int]

    /// - Parameters:
    ///   - types: the `rope_type`s that mean plain frequencies here.
    ///   - hasSections: whether `mrope_section` has a meaning here.
    /// - Throws: ``PolicyModelError`` naming the key, for what isn't plain.
    init(_ keys: ModelKeyReader, types: Set<String>, hasSections: Bool, place: String) throws {
        let scaling = keys.value("rope_scaling")
        let isScaled = scaling != .null && scaling.members?.isEmpty != true
        let name = isScaled ? "rope_scaling" : "rope_parameters"
        let object = isScaled ? scaling : keys.value(name)
        let rope = try ModelKeyReader(object == .null ? [:] : object, SharedKeys.rope, place: place + name + ".")
        let type = rope.has("rope_type") || !rope.has("type") ? rope.value("rope_type") : rope.value("type")
        guard let type = type.string, types.contains(type) else {
            throw rope.fail("rope_type", "\(type.text) is not supported; only \(types.sorted().joined(separator: " or ")) is")
        }
        if let stranger = rope.unknown.first { throw rope.fail(stranger, "is not supported: rotary frequencies are plain") }
        if rope.has("mrope_section"), !hasSections { throw rope.fail("mrope_section", "has no meaning in this family") }
        theta = rope.has("rope_theta") ? try rope.real("rope_theta") : try keys.real("rope_theta")
        guard theta > 0 else { throw keys.fail("rope_theta", "\(theta) is not positive") }
        sections = hasSections ? try rope.integers("mrope_section") : []
    }
}
