import Configuration
import ConfigurationReading
import Foundation
import TestSupport
import Testing

/// Every key with a number, at both ends of what it may say and just beyond them.
@Suite("the ranges of keys")
struct KeyRangeTests {
    /// Elements of lists can't be reached by an option of their own: these stand in for them.
    private static func assignment(_ key: String, _ value: String) -> String? {
        switch key {
        case "optimizer.learning_rate_scales[0].scale": "optimizer.learning_rate_scales=[{pattern: a, scale: \(value)}]"
        case _ where key.hasPrefix("reward.parts[0]."):
            "reward.parts=[{name: own, type: process, command: [a], \(key.dropFirst(16)): \(value)}, {name: server, type: http, url: u}]"
        case _ where key.hasPrefix("reward.parts[1]."):
            "reward.parts=[{name: own, type: process, command: [a]}, {name: server, type: http, url: u, \(key.dropFirst(16)): \(value)}]"
        // The same section as judge.endpoint, which is tried.
        case _ where key.hasPrefix("judge.pools[0].endpoint."): nil
        default: key.contains("[") ? "?" : "\(key)=\(value)"
        }
    }

    private static func sweep<Document: ConfigurationDocument>(_ document: Document.Type, _ files: [String]) throws -> Int {
        var tried: Set<String> = []
        for text in files {
            let source = ConfigurationSource(name: "t.yaml", text: text)
            for (key, range) in try Document.load(sources: [source]).ranges.sorted(by: { $0.key < $1.key }) {
                for (value, isAllowed) in range.ends.map({ ($0, true) }) + range.beyond.map({ ($0, false) }) {
                    guard let assignment = assignment(key, value) else { continue }
                    #expect(assignment != "?", "\(key): say how it is reached")
                    tried.insert("\(key)=\(value)")
                    do throws(ConfigurationError) {
                        let loaded = try Document.load(sources: [source], overrides: [try ConfigurationOverride(parsing: assignment)])
                        #expect(isAllowed, "\(key)=\(value) is taken")
                        // What was read is what is written: a resume compares it.
                        let again = try Document.load(sources: [ConfigurationSource(name: "r.json", text: loaded.value.resolvedJSON)])
                        #expect(again.value == loaded.value, "\(key)=\(value)")
                    } catch {
                        // At an end another rule may speak, of two keys that don't go together; beyond it the key's own.
                        let own = error.diagnostics.contains { $0.path == key }
                        let isRange = error.diagnostics.contains {
                            $0.path == key && ($0.message.contains("must be") || $0.message.contains("does not fit into 64 bits"))
                        }
                        #expect(
                            isAllowed ? !error.diagnostics.contains { $0.message.contains("must be in") } : own && isRange,
                            "\(key)=\(value): \(error)")
                    }
                }
            }
        }
        return tried.count
    }

    @Test("at an end a key is taken, or a rule between keys says why not; beyond it, it is refused by its name")
    func ends() throws {
        #expect(try Self.sweep(RunConfiguration.self, DocumentationTests.trainingFiles) > 250)
        #expect(try Self.sweep(FineTuningConfiguration.self, DocumentationTests.fineTuningFiles) > 80)
    }

    @Test("the page gives the ranges of the code")
    func documented() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/configuration.md"), encoding: .utf8)
        let row = try #require(page.split(separator: "\n").first { $0.hasPrefix("| `data.decisions`") })
        let loaded = try FineTuningConfiguration.load(
            sources: [ConfigurationSource(name: "s.yaml", text: DocumentationTests.fineTuningFiles[1])])
        #expect(loaded.ranges["data.decisions"]?.ends == ["1", "20"] && row.contains("1 … 20"))
    }

    @Test("a file with tens of thousands of faults is refused at once, with the first of them and their number")
    func manyFaults() throws {
        let head = "schema_version: 1\nmodel: {policy: p}\ndata: {train: {type: digits}}\njudge: {model: j}\noutput: o\n"
        let files = [
            head + (0..<50_000).map { "unknown_key_\($0): 1\n" }.joined(),
            head + "rollout: {" + (0..<40_000).map { "groupsize\($0): 1" }.joined(separator: ", ") + "}\n",
            head + "optimizer: {learning_rate_scales: [" + (0..<30_000).map { _ in "{pattern: 1}" }.joined(separator: ", ") + "]}\n",
            head + "training: {steps: [" + (0..<50_000).map { _ in "&a 1" }.joined(separator: ", ") + "]}\n",
        ]
        for text in files {
            let error = #expect(throws: ConfigurationError.self) {
                try RunConfiguration.load(sources: [ConfigurationSource(name: "t.yaml", text: text)])
            }
            #expect(error?.diagnostics.count == ConfigurationError.toldCount)
            #expect((error?.untoldCount ?? 0) > 29_000 && error?.description.hasSuffix(" more faults") == true)
            #expect((error?.description.utf8.count ?? .max) < 60_000)
        }
    }

    @Test("damaged files are read or refused, by line")
    func fuzz() throws {
        var refused = 0
        let texts = DocumentationTests.trainingFiles
        for seed in 0..<FuzzEffort.count(400) {
            var damage = Damage(seed: UInt64(seed))
            let text = texts[seed % texts.count]
            let bytes = seed % 2 == 0 ? damage.done(to: Array(text.utf8), head: text.utf8.count) : Array(damage.done(toJSON: text).utf8)
            do throws(ConfigurationError) {
                _ = try RunConfiguration.load(sources: [ConfigurationSource(name: "t.yaml", text: String(decoding: bytes, as: UTF8.self))])
            } catch {
                refused += 1
                #expect(!error.diagnostics.isEmpty && error.diagnostics.count <= ConfigurationError.toldCount)
            }
        }
        #expect(refused > 0)
    }
}
