import Foundation
import Multimodal
import PolicyModel

/// The user's own examples: one JSON object a line with `prompt` and `response`, text only. Every response token is a decision.
struct JSONLinesTask: SupervisedTask {
    private let items: [SupervisedItem]

    private struct Line: Decodable {
        let prompt: String
        let response: String
    }

    /// - Throws: `ClusterError` naming the file and line of what can't be used.
    init(path: String, processor: MultimodalProcessor) throws {
        guard let data = FileManager.default.contents(atPath: path) else { throw ClusterError("\(path): can't be read") }
        let decoder = JSONDecoder()
        var items: [SupervisedItem] = []
        for (number, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
            guard let line = try? decoder.decode(Line.self, from: Data(line)) else {
                throw ClusterError("\(path):\(number + 1): not an object with the strings 'prompt' and 'response'")
            }
            let prompt = try processor.encode(text: line.prompt)
            let item = LearningItem(
                prompt: prompt.tokenIDs, images: [], responses: [processor.encoder.encode(response: line.response)])
            items.append(SupervisedItem(item: item, kinds: item.targets.map { _ in .decision }))
        }
        guard !items.isEmpty else { throw ClusterError("\(path): no examples") }
        self.items = items
    }

    func weight(of kind: TargetKind) -> Double { kind == .decision ? 1 : 0 }

    func item(at index: Int) throws -> SupervisedItem { items[index % items.count] }
}
