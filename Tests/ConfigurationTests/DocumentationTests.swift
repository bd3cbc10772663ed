import Configuration
import ConfigurationReading
import Foundation
import Testing

/// `docs/configuration.md` and the code say the same.
@Suite("Configuration page")
struct DocumentationTests {
    /// One row of a table of keys.
    private struct Row {
        let key: String
        /// Without backticks; `required` where there is none.
        let defaultText: String
    }

    @Test("every key of percept train is on the page, and every key on the page exists")
    func trainingKeys() throws {
        let documented = try rows(under: "## Keys of `percept train`")
        try #require(!documented.isEmpty)
        let known = Self.leafKeys(
            of: try Self.trainingFiles.flatMap {
                try RunConfiguration.load(sources: [ConfigurationSource(name: "t.yaml", text: $0)]).origins.keys
            })
        let keys = Self.expanded(documented.map(\.key))
        #expect(Set(keys).subtracting(known).sorted() == [], "on the page, but not in the code")
        #expect(known.subtracting(keys).sorted() == [], "in the code, but not on the page")
        #expect(keys.count == Set(keys).count, "a key stands on the page twice")
    }

    @Test("every key of percept sft is on the page, and every key on the page exists")
    func fineTuningKeys() throws {
        let documented = try rows(under: "## Keys of `percept sft`")
        try #require(!documented.isEmpty)
        let known = Self.leafKeys(
            of: try Self.fineTuningFiles.flatMap {
                try FineTuningConfiguration.load(sources: [ConfigurationSource(name: "s.yaml", text: $0)]).origins.keys
            })
        let keys = Self.expanded(documented.map(\.key))
        #expect(Set(keys).subtracting(known).sorted() == [], "on the page, but not in the code")
        #expect(known.subtracting(keys).sorted() == [], "in the code, but not on the page")
        #expect(keys.count == Set(keys).count, "a key stands on the page twice")
    }

    @Test("the page states the defaults of the code")
    func defaults() throws {
        let training = try rows(under: "## Keys of `percept train`")
        for text in Self.trainingFiles {
            let resolved = try RunConfiguration.load(sources: [ConfigurationSource(name: "t.yaml", text: text)])
            try check(training, leaves: resolved.value.resolved.leaves, origins: resolved.origins)
        }
        let fineTuning = try rows(under: "## Keys of `percept sft`")
        for text in Self.fineTuningFiles {
            let resolved = try FineTuningConfiguration.load(sources: [ConfigurationSource(name: "s.yaml", text: text)])
            try check(fineTuning, leaves: resolved.value.resolved.leaves, origins: resolved.origins)
        }
    }

    @Test("every configuration that a page shows in passing is one: its keys exist")
    func snippets() throws {
        var found = 0
        for (page, text) in try Self.pages() {
            for match in text.matches(of: #/`([a-z][a-z_.]*): (\{[^`{}]*\})`/#) {
                let assignment = "\(match.1)=\(match.2)".replacing(#/: (DIR|OUT|PATH)\b/#) { ": folder-\($0.1)" }
                guard Self.sections.contains(where: { assignment.hasPrefix($0) }) else { continue }
                found += 1
                do throws(ConfigurationError) {
                    _ = try RunConfiguration.load(
                        sources: [ConfigurationSource(name: "t.yaml", text: Self.smallest)],
                        overrides: [try ConfigurationOverride(parsing: assignment)])
                } catch {
                    Issue.record("\(page): `\(match.0)`: \(error)")
                }
            }
            for block in text.matches(of: #/```yaml\n(?<yaml>(?:.|\n)*?)```/#)
            where Self.sections.contains(where: { block.yaml.hasPrefix($0) }) {
                found += 1
                let rest = Self.smallest.split(separator: "\n").filter { !$0.hasPrefix(block.yaml.prefix { $0 != ":" } + ":") }
                let whole = rest.joined(separator: "\n") + "\n" + block.yaml
                do throws(ConfigurationError) {
                    _ = try RunConfiguration.load(sources: [ConfigurationSource(name: page, text: whole)], overrides: [])
                } catch {
                    Issue.record("\(page): \(block.yaml)\(error)")
                }
            }
        }
        #expect(found >= 3, "\(found)")
    }

    private static let sections = [
        "data", "judge", "rollout", "training", "reward", "loss", "optimizer", "placement", "cluster", "checkpoint",
    ]
    private static let smallest = "schema_version: 1\nmodel: {policy: p}\ndata: {train: {type: digits}}\njudge: {model: j}\noutput: o\n"

    private static func pages() throws -> [(name: String, text: String)] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let docs = root.appending(path: "docs")
        let names = try FileManager.default.contentsOfDirectory(atPath: docs.path).filter { $0.hasSuffix(".md") }.sorted()
        return try (names.map { docs.appending(path: $0) } + [root.appending(path: "README.md")]).map {
            ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8))
        }
    }

    private func check(_ rows: [Row], leaves: [(path: String, value: ConfigurationValue)], origins: [String: String]) throws {
        var defaults: [String: String] = [:]
        for row in rows { for key in Self.expanded([row.key]) { defaults[key] = row.defaultText } }
        for leaf in leaves where origins[leaf.path] == "default" {
            // An optional section that is absent is no key of its own.
            guard leaf.value != .null || defaults[leaf.path] != nil else { continue }
            let stated = try #require(defaults[leaf.path], "\(leaf.path) is not on the page")
            #expect(Self.says(stated, leaf.value), "\(leaf.path): the page says \(stated), the code \(leaf.value.json)")
        }
    }

    private static func says(_ text: String, _ value: ConfigurationValue) -> Bool {
        switch value {
        case .text(let word): text == word
        case .integer(let number): text == "\(number)"
        case .real(let number): Double(text) == number
        default: text == value.json.trimmingCharacters(in: .newlines)
        }
    }

    // MARK: - The page

    /// The rows of the tables between a heading and the next heading.
    private func rows(under heading: String) throws -> [Row] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/configuration.md"), encoding: .utf8)
        let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0 == heading }, "the page has no heading \(heading)")
        return lines[(start + 1)...].prefix { !$0.hasPrefix("## ") }.filter { $0.hasPrefix("| `") }.map { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            return Row(key: cells[0].filter { $0 != "`" }, defaultText: cells[1].filter { $0 != "`" })
        }
    }

    /// `data.{train,test}.seed` as `data.train.seed`, `data.test.seed`.
    private static func expanded(_ keys: [String]) -> [String] {
        keys.flatMap { key -> [String] in
            guard let open = key.firstIndex(of: "{"), let close = key.firstIndex(of: "}") else { return [key] }
            return key[key.index(after: open)..<close].split(separator: ",").map {
                "\(key[..<open])\($0)\(key[key.index(after: close)...])"
            }
        }
    }

    /// The keys that hold values: mappings are left out, and elements of lists count as one.
    private static func leafKeys(of paths: [String]) -> Set<String> {
        let keys = Set(paths.map { $0.replacing(#/\[\d+\]/#, with: "[]") })
        let mappings = Set(keys.compactMap { key in key.lastIndex(of: ".").map { String(key[..<$0]) } })
        return keys.subtracting(mappings)
    }

    // MARK: - Files that name every variant, and nothing that has a default

    static let trainingFiles = [
        """
        schema_version: 1
        model: {policy: p, reference: r}
        data: {train: {type: digits}, validation: {type: shapes}, test: {type: digits}}
        judge: {model: j}
        loss: {kl: {coefficient: 0.1}}
        optimizer: {learning_rate_scales: [{pattern: a}]}
        output: o
        """,
        """
        schema_version: 1
        model: {policy: p}
        data:
          train: {type: image_folder, path: a}
          validation: {type: image_folder, path: b}
          test: {type: image_folder, path: c}
        judge: {model: j}
        output: o
        """,
        """
        schema_version: 1
        model: {policy: p}
        data: {train: {type: digits}}
        judge: {type: rules}
        output: o
        """,
        """
        schema_version: 1
        model: {policy: p}
        data: {train: {type: digits}}
        judge: {type: endpoint, endpoint: {base_url: u, model: m}}
        output: o
        """,
        """
        schema_version: 1
        model: {policy: p}
        data: {train: {type: digits}}
        reward: {parts: [{name: own, type: process, command: [a]}, {name: server, type: http, url: u}], weights: {own: 1, server: 1}}
        judge: {pools: [{name: a, type: endpoint, endpoint: {base_url: u, model: m}}, {name: b, type: rules}]}
        output: o
        """,
    ]

    static let fineTuningFiles = [
        """
        schema_version: 1
        model: {path: p}
        data: {type: digits_policy}
        optimizer: {learning_rate_scales: [{pattern: a}]}
        output: o
        """,
        """
        schema_version: 1
        model: {architecture: {hidden_size: 8}}
        data: {type: digits_judge}
        output: o
        """,
        """
        schema_version: 1
        model: {path: p}
        data: {type: shapes_policy}
        output: o
        """,
        """
        schema_version: 1
        model: {path: p}
        data: {type: shapes_judge}
        output: o
        """,
        """
        schema_version: 1
        model: {path: p}
        data: {type: jsonl, path: f}
        output: o
        """,
    ]
}
