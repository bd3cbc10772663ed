package import LinearAlgebra

/// A parameter name pattern: `*` stands for any run of characters, dots included; everything else for itself.
package struct NamePattern: Codable, Hashable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    /// Whether the whole name fits.
    package func matches(_ name: String) -> Bool {
        let pattern = Array(text.utf8)
        let name = Array(name.utf8)
        var (p, n) = (0, 0)
        var star: (pattern: Int, name: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = (p, n)
                p += 1
            } else if p < pattern.count, pattern[p] == name[n] {
                p += 1
                n += 1
            } else if let last = star {
                // Let the last star take one character more.
                star = (last.pattern, last.name + 1)
                p = last.pattern + 1
                n = last.name + 1
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
        return p == pattern.count
    }
}

/// A run of the flat buffer that the optimizer treats alike.
package struct OptimizerSegment: Codable, Hashable, Sendable {
    package let range: Range<Int>
    /// Multiplies the schedule's learning rate.
    package let learningRateScale: Double
    package let weightDecay: Double
    /// Whether weights and moments stay as they are.
    package let isFrozen: Bool
}

/// Which parameters are frozen, learn at another rate or don't decay, by name.
package struct ParameterRules: Codable, Hashable, Sendable {
    /// A learning-rate scale for the names that a pattern matches.
    package struct Scale: Codable, Hashable, Sendable {
        package let pattern: NamePattern
        package let scale: Double

        package init(pattern: NamePattern, scale: Double) {
            self.pattern = pattern
            self.scale = scale
        }
    }

    /// Parameters that don't train.
    package var frozen: [NamePattern]
    /// The first pattern that matches a name gives its scale; 1 if none does.
    package var learningRateScales: [Scale]
    /// Parameters without weight decay. Empty, as in torch: all decay.
    package var withoutDecay: [NamePattern]

    package init(frozen: [NamePattern] = [], learningRateScales: [Scale] = [], withoutDecay: [NamePattern] = []) {
        self.frozen = frozen
        self.learningRateScales = learningRateScales
        self.withoutDecay = withoutDecay
    }

    /// The segments of a flat buffer, in order, without gaps: elements that belong to no tensor (alignment) are frozen.
    ///
    /// - Parameters:
    ///   - slices: The tensors of the buffer, in any order.
    ///   - parameterCount: Elements of the buffer.
    ///   - weightDecay: The decay of parameters that do decay.
    /// - Returns: Segments that tile `0 ..< parameterCount`; neighbours differ.
    /// - Throws: ``LearningError``: `unmatchedPattern` for a pattern without any match, `invalidSetting` for slices that overlap or exceed
    ///   the buffer and for negative or non-finite numbers.
    package func segments(for slices: [ParameterSlice], parameterCount: Int, weightDecay: Double) throws(LearningError)
        -> [OptimizerSegment]
    {
        guard weightDecay >= 0, weightDecay.isFinite else {
            throw LearningError(.invalidSetting, "weight decay \(weightDecay) must be finite and not negative")
        }
        for entry in learningRateScales where !(entry.scale >= 0 && entry.scale.isFinite) {
            throw LearningError(
                .invalidSetting, "learning-rate scale \(entry.scale) of \"\(entry.pattern.text)\" must be finite, not negative")
        }
        for pattern in frozen + learningRateScales.map(\.pattern) + withoutDecay where !slices.contains(where: { pattern.matches($0.name) })
        {
            throw LearningError(
                .unmatchedPattern, "\"\(pattern.text)\" matches no parameter; names look like \"\(slices.first?.name ?? "(none)")\"")
        }
        var result: [OptimizerSegment] = []
        func append(_ segment: OptimizerSegment) {
            guard !segment.range.isEmpty else { return }
            if let last = result.last, last.isFrozen == segment.isFrozen,
                last.isFrozen || (last.learningRateScale == segment.learningRateScale && last.weightDecay == segment.weightDecay)
            {
                result[result.count - 1] = OptimizerSegment(
                    range: last.range.lowerBound..<segment.range.upperBound, learningRateScale: last.learningRateScale,
                    weightDecay: last.weightDecay, isFrozen: last.isFrozen)
            } else {
                result.append(segment)
            }
        }
        var position = 0
        for slice in slices.sorted(by: { ($0.offset, $0.count) < ($1.offset, $1.count) }) {
            guard slice.offset >= position, slice.range.upperBound <= parameterCount else {
                throw LearningError(
                    .invalidSetting, "parameter \"\(slice.name)\" overlaps another or exceeds the buffer of \(parameterCount)")
            }
            append(OptimizerSegment(range: position..<slice.offset, learningRateScale: 0, weightDecay: 0, isFrozen: true))
            let isFrozen = frozen.contains { $0.matches(slice.name) }
            append(
                OptimizerSegment(
                    range: slice.range,
                    learningRateScale: isFrozen ? 0 : learningRateScales.first { $0.pattern.matches(slice.name) }?.scale ?? 1,
                    weightDecay: isFrozen || withoutDecay.contains { $0.matches(slice.name) } ? 0 : weightDecay, isFrozen: isFrozen))
            position = slice.range.upperBound
        }
        append(OptimizerSegment(range: position..<parameterCount, learningRateScale: 0, weightDecay: 0, isFrozen: true))
        return result
    }
}
