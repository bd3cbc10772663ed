import Files
import Foundation

/// The 1,797 handwritten digits of `optdigits.csv` (Alpaydin and Kaynak, UCI Machine Learning Repository, doi 10.24432/C50P49, CC BY 4.0):
/// 8 x 8 grey values 0 to 16, ink bright, rows from the top.
package struct HandwrittenDigits: Sendable {
    /// Pixels on a side.
    package static let side = 8
    /// The grey value of full ink.
    package static let fullInk = 16
    /// Digits of each class kept for the warm start, whether a task uses them or not.
    package static let warmStartReservePerClass = 10
    /// Digits of each class in the validation split.
    package static let validationPerClass = 30
    /// Digits of each class in the test split.
    package static let testPerClass = 45

    /// `[digit][64]` grey values 0 to 16.
    package let images: [[UInt8]]
    /// The class 0 to 9 of each image.
    package let labels: [Int]

    /// Reads the embedded file.
    ///
    /// - Throws: ``DatasetError`` if the resource is missing or damaged.
    package static func embedded() throws -> HandwrittenDigits { try embeddedDigits.get() }

    /// The embedded file, which stands beside the executable and not in it.
    ///
    /// - Throws: ``DatasetError`` if it is missing.
    package static func embeddedFile() throws -> String {
        guard let url = Bundle.module.url(forResource: "optdigits", withExtension: "csv", subdirectory: "Resources") else {
            throw DatasetError(.unreadable, "the embedded digits (optdigits.csv) are missing beside the executable: build again")
        }
        return url.path
    }

    private static let embeddedDigits: Result<HandwrittenDigits, DatasetError> = {
        guard let path = try? embeddedFile(), let data = try? InputFile.read(path) else {
            return .failure(DatasetError(.unreadable, "the embedded digits (optdigits.csv) are missing beside the executable: build again"))
        }
        do {
            return .success(try HandwrittenDigits(csv: [UInt8](data)))
        } catch let error as DatasetError {
            return .failure(error)
        } catch {
            return .failure(DatasetError(.malformed, "optdigits.csv: \(error)"))
        }
    }()

    /// Parses lines of 64 grey values 0 to 16 and a label 0 to 9, separated by commas.
    ///
    /// - Throws: ``DatasetError`` with code `malformed`, naming the line.
    package init(csv: [UInt8]) throws {
        var images: [[UInt8]] = []
        var labels: [Int] = []
        for (index, line) in csv.split(separator: UInt8(ascii: "\n")).enumerated() {
            let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map {
                UInt8(String(decoding: $0, as: UTF8.self))
            }
            let values = fields.compactMap { $0 }
            guard fields.count == Self.side * Self.side + 1, values.count == fields.count,
                values.dropLast().allSatisfy({ $0 <= Self.fullInk }),
                let label = values.last, label <= 9
            else {
                throw DatasetError(.malformed, "optdigits.csv line \(index + 1): 64 grey values 0 to 16 and a label 0 to 9 are expected")
            }
            images.append(Array(values.dropLast()))
            labels.append(Int(label))
        }
        self.images = images
        self.labels = labels
    }

    /// The digits of one split, as ascending indices into ``images``.
    ///
    /// The rule, the same for every run: the digits of each class are put in a fixed random order (``KeyedRandom`` with seed 0 and the class);
    /// the first 10 are the warm start's, of which the first `warmStartPerClass` are used, the next 30 validation's, the next 45 test's, and
    /// the rest, about half of all, training's.
    ///
    /// - Parameters:
    ///   - split: The part asked for.
    ///   - warmStartPerClass: Digits of each class in the warm start, 1 to 10; other splits don't depend on it.
    /// - Throws: ``DatasetError`` with code `invalidParameter` if `warmStartPerClass` is out of range.
    package func indices(of split: TaskSplit, warmStartPerClass: Int) throws -> [Int] {
        guard (1...Self.warmStartReservePerClass).contains(warmStartPerClass) else {
            throw DatasetError(
                .invalidParameter,
                "warm-start digits per class: 1 to \(Self.warmStartReservePerClass) are possible, not \(warmStartPerClass)")
        }
        var chosen: [Int] = []
        for label in 0...9 {
            let members = labels.indices.filter { labels[$0] == label }
            var random = KeyedRandom(seed: 0, words: [0x5350_4C49_54, UInt64(label)])
            let order = random.permutation(of: members.count).map { members[$0] }
            let validationStart = Self.warmStartReservePerClass
            let testStart = validationStart + Self.validationPerClass
            let trainingStart = testStart + Self.testPerClass
            let range =
                switch split {
                case .warmStart: 0..<warmStartPerClass
                case .validation: validationStart..<testStart
                case .test: testStart..<trainingStart
                case .training: trainingStart..<max(order.count, trainingStart)
                }
            guard range.upperBound <= order.count else {
                throw DatasetError(.malformed, "the digits file has too few digits of class \(label): \(order.count)")
            }
            chosen += order[range]
        }
        return chosen.sorted()
    }
}
