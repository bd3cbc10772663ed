/// One image as the vision tower takes it.
package struct VisualInput: Hashable, Sendable {
    /// Patches along time, height and width; height and width are multiples of the merge size.
    package let grid: (time: Int, height: Int, width: Int)
    /// `[time * height * width, patchLength]`, in the image processor's order (merge blocks one after another).
    package let patches: [Float]

    package init(time: Int, height: Int, width: Int, patches: [Float]) {
        grid = (time, height, width)
        self.patches = patches
    }

    package var patchCount: Int { grid.time * grid.height * grid.width }

    /// Visual tokens that the decoder sees.
    package func tokenCount(mergeSize: Int) -> Int { patchCount / (mergeSize * mergeSize) }

    package static func == (a: Self, b: Self) -> Bool { a.grid == b.grid && a.patches == b.patches }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(grid.height)
        hasher.combine(grid.width)
        hasher.combine(patches)
    }
}

/// A shared prompt with its images, and the continuations that see it but not one another: a group's responses, a judge's annotations.
package struct TokenFamily: Sendable {
    package let prompt: [Int32]
    package let images: [VisualInput]
    package let continuations: [[Int32]]

    package init(prompt: [Int32], images: [VisualInput] = [], continuations: [[Int32]] = []) {
        self.prompt = prompt
        self.images = images
        self.continuations = continuations
    }

    package var rowCount: Int { continuations.reduce(prompt.count) { $0 + $1.count } }
}

/// A run of rows: a prompt, or a continuation whose rows also attend to all rows of its parent.
struct Segment: Sendable {
    let rows: Range<Int>
    let parent: Int?
}

/// Families laid out as rows, one token a row: prompt, then its continuations, family after family.
package struct PackedBatch: Sendable {
    package let tokens: [Int32]
    let segments: [Segment]
    /// Position of each row along time, height and width.
    let positions: [SIMD3<Int32>]
    /// All images of the batch, in row order.
    let images: [VisualInput]
    /// Rows whose embedding is the next visual token.
    let visualRows: [Int]
    /// For each family, the row of its prompt's last token.
    package let lastPromptRows: [Int]
    /// For each family and continuation, its rows.
    package let continuationRows: [[Range<Int>]]
    /// What stands before each prompt and has no rows.
    let head: CachedHead?

    package var rowCount: Int { tokens.count }

    /// - Parameters:
    ///   - families: prompts in full, the head's tokens included.
    ///   - head: what all prompts begin with, if it is computed already; for inference only.
    /// - Throws: `PolicyModelError` if placeholders and images do not match, a token id is outside the vocabulary, or a prompt does not go on
    ///   after the head.
    package init(_ families: [TokenFamily], configuration: ModelConfiguration, after head: CachedHead? = nil) throws {
        let known = head?.tokens.count ?? 0
        var tokens: [Int32] = []
        var segments: [Segment] = []
        var positions: [SIMD3<Int32>] = []
        var visualRows: [Int] = []
        var lastPromptRows: [Int] = []
        var continuationRows: [[Range<Int>]] = []
        for family in families {
            guard !family.prompt.isEmpty else { throw PolicyModelError(.input, "a prompt has no token") }
            let start = tokens.count
            let layout = try PromptPositions(family.prompt, images: family.images, configuration: configuration)
            guard family.prompt.count > known, head.map({ family.prompt.starts(with: $0.tokens) }) ?? true else {
                throw PolicyModelError(.input, "a prompt does not go on after the head of \(known) tokens")
            }
            positions += layout.positions.dropFirst(known)
            visualRows += layout.visualIndices.map { $0 - known + start }
            tokens += family.prompt.dropFirst(known)
            let parent = segments.count
            segments.append(Segment(rows: start..<tokens.count, parent: nil))
            lastPromptRows.append(tokens.count - 1)
            var ranges: [Range<Int>] = []
            for continuation in family.continuations {
                let first = tokens.count
                tokens += continuation
                for i in continuation.indices { positions.append(SIMD3(repeating: layout.next + Int32(i))) }
                ranges.append(first..<tokens.count)
                if !continuation.isEmpty { segments.append(Segment(rows: first..<tokens.count, parent: parent)) }
            }
            continuationRows.append(ranges)
        }
        if let bad = tokens.first(where: { $0 < 0 || Int($0) >= configuration.text.vocabularySize }) {
            throw PolicyModelError(.input, "token id \(bad) is outside the vocabulary of \(configuration.text.vocabularySize)")
        }
        self.head = head
        self.tokens = tokens
        self.segments = segments
        self.positions = positions
        self.visualRows = visualRows
        self.lastPromptRows = lastPromptRows
        self.continuationRows = continuationRows
        images = families.flatMap(\.images)
    }
}

/// Rotary positions of a prompt (Qwen2-VL's `get_rope_index`): text advances all three axes together; an image starts where text stands
/// and spreads over height and width; the next text starts after the largest position.
package struct PromptPositions: Sendable {
    package let positions: [SIMD3<Int32>]
    /// The position of the first token after the prompt.
    package let next: Int32
    let visualIndices: [Int]

    /// - Throws: `PolicyModelError` if the placeholders are not exactly the images' visual tokens.
    package init(_ prompt: [Int32], images: [VisualInput], configuration: ModelConfiguration) throws {
        var positions: [SIMD3<Int32>] = []
        positions.reserveCapacity(prompt.count)
        var visual: [Int] = []
        var next: Int32 = 0
        var image = 0
        var index = 0
        let placeholder = configuration.vision == nil ? nil : configuration.imageTokenID
        while index < prompt.count {
            guard let placeholder, prompt[index] == placeholder else {
                positions.append(SIMD3(repeating: next))
                next += 1
                index += 1
                continue
            }
            guard image < images.count, let vision = configuration.vision else {
                throw PolicyModelError(.input, "the prompt has placeholders for more than its \(images.count) images")
            }
            let grid = images[image].grid
            let (height, width) = (grid.height / vision.mergeSize, grid.width / vision.mergeSize)
            let count = grid.time * height * width
            guard index + count <= prompt.count, prompt[index..<(index + count)].allSatisfy({ $0 == placeholder }) else {
                throw PolicyModelError(.input, "image \(image + 1) needs \(count) placeholders in a row")
            }
            for _ in 0..<grid.time {
                for y in 0..<height { for x in 0..<width { positions.append(SIMD3(next, next + Int32(y), next + Int32(x))) } }
            }
            visual += index..<(index + count)
            next += Int32(max(height, width, 1))
            index += count
            image += 1
        }
        guard image == images.count else {
            throw PolicyModelError(.input, "the prompt has placeholders for \(image) of its \(images.count) images")
        }
        self.positions = positions
        self.next = next
        visualIndices = visual
    }
}
