/// A decoded picture: 8-bit RGB, rows from the top, three bytes a pixel.
package struct RGBImage: Hashable, Sendable {
    package let width: Int
    package let height: Int
    /// `height * width * 3` bytes.
    package let pixels: [UInt8]

    /// - Precondition: `pixels.count == width * height * 3`.
    package init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(pixels.count == width * height * 3, "\(width) x \(height) RGB needs \(width * height * 3) bytes, not \(pixels.count)")
        self.width = width
        self.height = height
        self.pixels = pixels
    }
}

/// What the policy is asked, and what is known about the right response.
package struct Problem: Hashable, Sendable {
    package let id: ProblemID
    /// The pictures, in the order in which the prompt shows them.
    package let images: [RGBImage]
    package let question: String
    /// The gold answer, as the data set writes it.
    package let answer: String
    /// The visual annotations (`visual_key_info`): atomic facts that a right chain of thought states about the images.
    package let annotations: [String]

    package init(id: ProblemID, images: [RGBImage], question: String, answer: String, annotations: [String]) {
        self.id = id
        self.images = images
        self.question = question
        self.answer = answer
        self.annotations = annotations
    }
}

/// A finite, ordered data set whose problems are made or read on demand, the same bytes each time.
package protocol ProblemSource: Sendable {
    /// How many problems there are.
    var count: Int { get }
    /// The problem at `index` in `0 ..< count`. Throws if its files can't be read.
    func problem(at index: Int) throws -> Problem
    /// The annotations of the problem at `index`, without its images where they can be had without.
    func annotations(at index: Int) throws -> [String]
    /// What of its files can't be used and is left out, in one bounded line for people; nil if nothing is.
    var losses: String? { get }
    /// Who knows the truth about its annotations; nil if nobody does.
    var oracle: (any TaskOracle)? { get }
    /// Ids of what the problem at `index` shows that others show too, such as one handwritten digit: what a bootstrap resamples. Empty where nothing
    /// is shared.
    func units(at index: Int) -> [Int]
}

extension ProblemSource {
    package var losses: String? { nil }
    package var oracle: (any TaskOracle)? { nil }
    package func units(at index: Int) -> [Int] { [] }
    package func annotations(at index: Int) throws -> [String] { try problem(at: index).annotations }
}
