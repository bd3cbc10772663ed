import Foundation
import Multimodal

/// How fast a model's tokenizer loads and encodes.
struct TokenizerMeasurement: Encodable {
    /// Ids, added tokens included.
    let vocabularySize: Int
    /// From the file to the first encoding.
    let loadSeconds: Double
    /// Text of words, numbers and code in several scripts, in 10^6 bytes a second.
    let proseMegabytesPerSecond: Double
    /// Ideographs at random, of which hardly a word comes twice: the least that any text gives.
    let ideographMegabytesPerSecond: Double

    enum CodingKeys: String, CodingKey {
        case vocabularySize = "vocabulary_size"
        case loadSeconds = "load_seconds"
        case proseMegabytesPerSecond = "prose_mb_per_s"
        case ideographMegabytesPerSecond = "ideograph_mb_per_s"
    }

    /// Medians; a tokenizer is loaded anew before each text, so that it knows no word of it.
    ///
    /// - Throws: ``MultimodalError`` if the model's tokenizer can't be read.
    static func measure(model: URL) throws -> TokenizerMeasurement {
        var loads: [Double] = []
        func loaded() throws -> Tokenizer {
            let start = ContinuousClock.now
            let tokenizer = try MultimodalProcessor(contentsOf: model, usesChatTemplate: false).tokenizer
            _ = tokenizer.encode("a")
            loads.append((.now - start) / .seconds(1))
            return tokenizer
        }
        func rate(_ text: String) throws -> Double {
            var rates: [Double] = []
            for _ in 0..<5 {
                let tokenizer = try loaded()
                let seconds = ContinuousClock().measure { _ = tokenizer.encode(text) } / .seconds(1)
                rates.append(Double(text.utf8.count) / 1e6 / seconds)
            }
            return Stopwatch.median(of: rates)
        }
        let (prose, ideographs) = (try rate(Self.prose), try rate(Self.ideographs))
        return TokenizerMeasurement(
            vocabularySize: try loaded().vocabularySize, loadSeconds: Stopwatch.median(of: loads), proseMegabytesPerSecond: prose,
            ideographMegabytesPerSecond: ideographs)
    }

    /// 2 MB.
    private static var prose: String {
        var text = ""
        var number = 0
        while text.utf8.count < 2_000_000 {
            number = (number &* 48_271 &+ 11) % 2_147_483_647
            // A made-up word: no cache knows it.
            let word = String(number, radix: 26).map { $0.isNumber ? "y" : String($0) }.joined()
            text += """
                In the figure, triangle ABC has side \(number % 97) and angle \(number % 360) degrees; it's the \(word) that matters.
                    for item in range(\(number)):  print(item * \(number % 10), "x\(number % 31)")
                Der Kreis hat den Radius \(number % 53), also U = 2πr. 如图，角A等于\(number % 180)度。 Найдите длину отрезка AB = \(number % 41).

                """
        }
        return text
    }

    /// 1 MB.
    private static var ideographs: String {
        var state: UInt32 = 1
        var text = String.UnicodeScalarView()
        for index in 0..<330_000 {
            state = state &* 1_664_525 &+ 1_013_904_223
            let scalar = index % 11 == 10 ? "，" : Unicode.Scalar(0x4E00 + (state >> 8) % 20_000)
            if let scalar { text.append(scalar) }
        }
        return String(text)
    }
}
