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
