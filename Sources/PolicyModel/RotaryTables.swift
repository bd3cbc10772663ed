import Foundation
package import LinearAlgebra

/// Cosines and sines of rotary position embeddings, `[rows, headSize / 2]` each.
package enum RotaryTables {
    /// The decoder's angles: frequency j turns by `theta^(-2j / headSize)` a position, along the axis that `ropeSections` gives j to.
    package static func text(_ positions: [SIMD3<Int32>], _ text: TextConfiguration, cosine: Matrix, sine: Matrix) {
        let half = text.headSize / 2
        let frequencies = (0..<half).map { Float(1 / pow(text.ropeTheta, Double(2 * $0) / Double(text.headSize))) }
        var axis = [Int](repeating: 0, count: half)
        if let sections = text.ropeSections {
            axis = zip(0..., sections).flatMap { [Int](repeating: $0, count: $1) }
        }
        for (row, position) in positions.enumerated() {
            fill(row, half, cosine, sine) { Float(position[axis[$0]]) * frequencies[$0] }
        }
    }

    /// The vision tower's angles: the first half of the frequencies turns by the patch's row, the second by its column.
    static func vision(_ places: [SIMD2<Int32>], _ vision: VisionConfiguration, cosine: Matrix, sine: Matrix) {
        let (half, quarter) = (vision.headSize / 2, vision.headSize / 4)
        let frequencies = (0..<quarter).map { Float(1 / pow(vision.ropeTheta, Double(2 * $0) / Double(half))) }
        for (row, place) in places.enumerated() {
            fill(row, 2 * quarter, cosine, sine) { j in Float(place[j / quarter]) * frequencies[j % quarter] }
        }
    }

    private static func fill(_ row: Int, _ count: Int, _ cosine: Matrix, _ sine: Matrix, angle: (Int) -> Float) {
        for j in 0..<count {
            let a = Double(angle(j))
            cosine.row(row)[j] = Float(cos(a))
            sine.row(row)[j] = Float(sin(a))
        }
    }
}
