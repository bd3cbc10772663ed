import JSON

/// The objects of a `config.json`, each with its family's table.
struct FamilyKeys {
    let root: ModelKeyReader
    /// The decoder's keys: the root itself for text models and in the hub's flat layout.
    let text: ModelKeyReader
    let vision: ModelKeyReader?
    /// Keys without a place in the tables, with the objects that they are in.
    let unknown: [String]
    /// Stands before keys of the root in errors.
    let place: String
    /// Stands before the decoder's keys in errors.
    let textPlace: String

    /// - Throws: ``PolicyModelError`` naming a key whose value is not supported.
    init(_ object: JSONValue, _ family: ModelConfiguration.Family, source: String) throws {
        place = source + ": "
        guard family == .qwen25VL else {
            root = try ModelKeyReader(object, family == .llama ? LlamaKeys.text : Qwen2Keys.text, place: place)
            for part in ["text_config", "vision_config"] where object[part] ?? .null != .null {
                throw root.fail(part, "has no place in a \(family.rawValue) model")
            }
            (text, vision, textPlace, unknown) = (root, nil, place, root.unknown)
            return
        }
        root = try ModelKeyReader(object, Qwen25VLKeys.root, alsoKnown: Qwen25VLKeys.text, place: place)
        let nested = root.value("text_config")
        textPlace = nested == .null ? place : place + "text_config."
        // The flat layout has one model_type, the family's.
        text = try ModelKeyReader(
            nested == .null ? object : nested,
            nested == .null ? Qwen25VLKeys.text.joined(Qwen25VLKeys.root) : Qwen25VLKeys.text, place: textPlace)
        let tower = root.value("vision_config")
        let vision = try ModelKeyReader(tower == .null ? [:] : tower, Qwen25VLKeys.vision, place: place + "vision_config.")
        self.vision = vision
        unknown =
            root.unknown + (nested == .null ? [] : text.unknown.map { "text_config." + $0 }) + vision.unknown.map { "vision_config." + $0 }
    }
}
