import Files
import Foundation
import JSON
import Multimodal
import PolicyModel

/// The user's own examples: one JSON object a line with `prompt` and `response`, text only. Every response token is a decision.
///
/// All lines are read before the first step. Those that are no example are left out, named and counted.
struct JSONLinesTask: SupervisedTask {
    /// The largest file that is read, in bytes.
    private static let byteLimit = 1 << 30
    /// The most lines that are named.
    private static let namedCount = 20

    private let items: [SupervisedItem]
    /// What was left out, for people; nil if nothing was.
    let leftOut: String?

    /// - Parameter limit: the largest share of the lines that may be left out, 0 ... 1.
    /// - Throws: ``ClusterError`` naming file and lines if the file can't be read, has no example, or loses more than `limit`.
    init(path: String, processor: MultimodalProcessor, maximumBadShare limit: Double) throws {
        var items: [SupervisedItem] = []
        var (bad, badCount) = ([String](), 0)
        try Self.forEachLine(path) { number, line in
            do {
                items.append(try Self.item(line, processor))
            } catch {
                badCount += 1
                if bad.count < Self.namedCount { bad.append("\(path), line \(number): \(error)") }
            }
        }
        let more = badCount > bad.count ? ["and \(badCount - bad.count) more"] : []
        let all = items.count + badCount
        leftOut = badCount == 0 ? nil : (["\(badCount) of \(all) lines are no example"] + bad + more).joined(separator: "\n  ")
        guard !items.isEmpty else { throw ClusterError(leftOut ?? "\(path): no examples") }
        if let leftOut, Double(badCount) > limit * Double(all) {
            throw ClusterError(
                "\(leftOut)\nThat is more than data.max_bad_share (\(limit)) allows: mend the lines, or allow a larger share")
        }
        self.items = items
    }

    private static func forEachLine(_ path: String, _ body: (Int, ArraySlice<UInt8>) throws -> Void) throws {
        let text = [UInt8](try InputFile.read(path, upTo: byteLimit + 1))
        guard text.count <= byteLimit else { throw ClusterError("\(path) has more than \(byteLimit) bytes") }
        if let fault = JSONLines.encodingFault(of: text) { throw ClusterError("\(path) \(fault)") }
        try JSONLines.forEach(text, body)
    }

    private static func item(_ line: ArraySlice<UInt8>, _ processor: MultimodalProcessor) throws -> SupervisedItem {
        var texts: [String: String] = [:]
        do {
            var reader = JSONReader(Array(line), name: "the line", rules: .strict)
            try reader.readObject { key, reader in
                if ["prompt", "response"].contains(key), reader.peek() == UInt8(ascii: "\"") {
                    texts[key] = try reader.readString()
                } else {
                    try reader.skipValue()
                }
            }
            try reader.readEnd()
        } catch let error as JSONError {
            throw ClusterError(error.inLine)
        }
        func text(_ key: String) throws -> String {
            guard let text = texts[key] else { throw ClusterError("the key \(key) is missing or no text") }
            guard text.contains(where: { !$0.isWhitespace }) else { throw ClusterError("the text \(key) is blank") }
            return text
        }
        let prompt = try processor.encode(text: text("prompt"))
        let item = LearningItem(
            prompt: prompt.tokenIDs, images: [], responses: [processor.encoder.encode(response: try text("response"))])
        return SupervisedItem(item: item, kinds: item.targets.map { _ in .decision })
    }

    func weight(of kind: TargetKind) -> Double { kind == .decision ? 1 : 0 }

    func item(at index: Int) throws -> SupervisedItem { items[index % items.count] }
}
