/// Footprints as a table: a column a role, a line a part.
package enum FootprintTable {
    package static func text(_ ranks: [RankFootprint]) -> String {
        var names: [String] = []
        for rank in ranks { for part in rank.parts where !names.contains(part.name) { names.append(part.name) } }
        func cell(_ rank: RankFootprint, _ name: String) -> String {
            rank.parts.first { $0.name == name }.map { ByteText.of($0.bytes) } ?? "-"
        }
        let head = ["one rank"] + ranks.map { $0.count > 1 && !$0.role.contains("-") ? "\($0.role) x \($0.count)" : $0.role }
        let lines = [head] + names.map { name in [name] + ranks.map { cell($0, name) } } + [["total"] + ranks.map { ByteText.of($0.total) }]
        let widths = head.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            line.enumerated().map { column, text in
                let gap = String(repeating: " ", count: widths[column] - text.count)
                return column == 0 ? text + gap : gap + text
            }.joined(separator: "   ")
        }.joined(separator: "\n")
    }
}
