import Foundation
import JSON
import PolicyModel
import Testing

/// `docs/models.md` and the code say the same, and every row was tried against transformers.
@Suite("Models page")
struct ModelPageTests {
    private static let tables = ModelConfiguration.Family.allCases.flatMap(\.tables)

    /// The table as the page has it.
    private static func markdown(_ table: ModelKeyTable) -> String {
        let rows = table.keys.map { key in
            let treatment =
                switch key.treatment {
                case .honoured: "honoured"
                case .only(let values): "only " + values.map { "`\($0.text)`" }.joined(separator: ", ")
                case .unread: "not read"
                }
            let names = key.names.map { "`\($0)`" }.joined(separator: ", ")
            return "| \(names) | \(key.standard == .null ? "" : "`\(key.standard.text)`") | \(treatment) | \(key.note) |"
        }
        return (["### \(table.title)", "", "| key | default | | |", "| --- | --- | --- | --- |"] + rows).joined(separator: "\n") + "\n"
    }

    @Test("the page's tables are the code's, and it has no other")
    func page() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/models.md"), encoding: .utf8)
        var titles: [String] = []
        for table in Self.tables where !titles.contains(table.title) {
            titles.append(table.title)
            let expected = Self.markdown(table)
            #expect(text.contains(expected), "docs/models.md must hold:\n\(expected)")
        }
        let headings = text.split(separator: "\n").filter { $0.hasPrefix("### ") }.map { String($0.dropFirst(4)) }
        #expect(Set(headings) == Set(titles))
    }

    @Test("every row has a folder that transformers was asked about, or that is refused")
    func everyRowIsTried() throws {
        let variants = try Variants().all
        /// The keys that variants of a base change in one object of the file.
        func changed(_ base: String, _ object: String?) -> Set<String> {
            let keys = variants.filter { $0.base == base }.flatMap(\.changedKeys)
            return Set(
                keys.compactMap { key in
                    guard let object else { return key.contains(".") ? nil : key }
                    return key.hasPrefix(object + ".") ? String(key.dropFirst(object.count + 1)) : nil
                })
        }
        let rope = Set(
            variants.flatMap { $0.json["set"]?.members ?? [] }.filter { $0.key.contains("rope_") }.flatMap { $0.value.members ?? [] }.map(
                \.key))
        for family in ModelConfiguration.Family.allCases {
            for table in family.tables {
                let tried: Set<String> =
                    if table.title.hasPrefix("Rotary") {
                        rope
                    } else if table.title.hasSuffix("`vision_config`") {
                        changed(family.rawValue, "vision_config")
                    } else if table.title.hasSuffix("`text_config`") {
                        // The hub's flat layout has them outside.
                        changed(family.rawValue, "text_config").union(changed(family.rawValue, nil))
                    } else {
                        changed(family.rawValue, nil)
                    }
                for key in table.keys {
                    #expect(key.names.contains(where: tried.contains), "\(table.title): \(key.names)")
                }
            }
        }
    }
}
