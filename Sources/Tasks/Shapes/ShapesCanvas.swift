import Trajectories

/// Draws shapes on a grey ground of 48 x 48 pixels: each in its cell of 16 x 16, or up to a pixel beyond, under noise.
///
/// Integer arithmetic throughout, so that the bytes are the same on every CPU:
/// - positions and radii are eighths of a pixel; a pixel's share of a shape is how many of its 4 x 4 sample points lie inside;
/// - a shape's colour is the kind's, each channel moved by up to 16 levels, and 70 to 100 hundredths of the way from the ground to it;
/// - noise is the sum of four 16-bit uniforms (Irwin and Hall: variance 1/3 in units of 2^16), scaled and rounded down, for each channel;
/// - a channel is clamp(paint + noise, 0, 255).
struct ShapesCanvas {
    /// Pixels on a side of a cell: one merged visual token of a model with patch 8 and merge 2.
    static let cellSide = 16
    /// Pixels on a side of the picture.
    static let side = 3 * cellSide
    /// A shape's centre is at most so far from its cell's, in eighths of a pixel.
    private static let jitter = 24
    /// A shape leaves its cell by at most so much, in eighths of a pixel.
    private static let overlap = 8
    /// Grey levels of the ground.
    private static let grounds = 24...72

    /// Standard deviation of the noise in units of 1/256 level, times the root of 3 that four uniforms lack.
    private let noiseScale: Int

    /// - Parameter noise: Standard deviation as a share of the full scale of 255, finite and 0 to 1.
    /// - Throws: ``DatasetError`` with code `invalidParameter` for another value.
    init(noise: Double) throws {
        guard noise >= 0, noise <= 1 else {
            throw DatasetError(.invalidParameter, "shapes noise: a share of full scale from 0 to 1 is expected, not \(noise)")
        }
        noiseScale = Int((noise * 255 * 256 * 1.732_050_807_568_877_2).rounded())
    }

    /// The picture of `shapes`, the later over the earlier.
    ///
    /// - Parameters:
    ///   - shapes: At most one a place.
    ///   - placement: Numbers for the ground, positions and colours.
    ///   - noise: Numbers for the noise, one a channel of a pixel by its index.
    func draw(_ shapes: [Shape], placement: KeyedRandom, noise: KeyedRandom) -> RGBImage {
        var placement = placement
        let ground = Self.grounds.lowerBound + placement.below(Self.grounds.count)
        var paint = [Int](repeating: ground, count: Self.side * Self.side * 3)
        for shape in shapes {
            let radius = ShapeOutline.radius(shape.size)
            let reach = (ShapeOutline.reach * radius + ShapeOutline.unit - 1) / ShapeOutline.unit
            let x = Self.center(shape.place.column.index, reach: reach, &placement)
            let y = Self.center(shape.place.row.index, reach: reach, &placement)
            let contrast = 70 + placement.below(31)
            let color = shape.color.levels.map { level in
                ground + (level + placement.below(33) - 16 - ground) * contrast / 100
            }
            for row in (y - reach) / 8...min((y + reach) / 8, Self.side - 1) {
                for column in (x - reach) / 8...min((x + reach) / 8, Self.side - 1) {
                    let share = Self.share(shape.kind, radius: radius, x: column * 8 - x, y: row * 8 - y)
                    let first = (row * Self.side + column) * 3
                    for channel in 0..<3 {
                        paint[first + channel] = (paint[first + channel] * (16 - share) + color[channel] * share + 8) / 16
                    }
                }
            }
        }
        let pixels = paint.enumerated().map { UInt8(min(max($1 + self.noise(noise, at: $0), 0), 255)) }
        return RGBImage(width: Self.side, height: Self.side, pixels: pixels)
    }

    /// A centre along one axis in eighths of a pixel: near the cell's, not beyond what a shape may leave it by, and on the canvas.
    private static func center(_ cell: Int, reach: Int, _ random: inout KeyedRandom) -> Int {
        let span = min(jitter, cellSide * 4 + overlap - reach)
        let drawn = cell * cellSide * 8 + cellSide * 4 + random.below(2 * span + 1) - span
        return min(max(drawn, reach), side * 8 - reach)
    }

    /// How many of a pixel's 16 sample points lie inside; x and y are its corner seen from the shape's centre, in eighths.
    private static func share(_ kind: ShapeKind, radius: Int, x: Int, y: Int) -> Int {
        var count = 0
        for down in [1, 3, 5, 7] {
            for right in [1, 3, 5, 7] where ShapeOutline.contains(x: x + right, y: y + down, kind: kind, radius: radius) { count += 1 }
        }
        return count
    }

    private func noise(_ random: KeyedRandom, at index: Int) -> Int {
        let bits = random[UInt64(index)]
        var sum = 0
        for shift in stride(from: UInt64(0), to: 64, by: 16) { sum += Int((bits >> shift) & 0xFFFF) }
        // Q16 deviates times Q8 levels: 24 fractional bits, dropped by an arithmetic shift.
        return ((sum - 2 * 0xFFFF) * noiseScale) >> 24
    }
}

extension ShapeColor {
    /// Red, green and blue, 0 to 255.
    fileprivate var levels: [Int] {
        switch self {
        case .red: [210, 50, 50]
        case .orange: [225, 125, 45]
        case .yellow: [225, 210, 70]
        case .green: [60, 165, 75]
        case .blue: [60, 95, 210]
        case .purple: [140, 75, 190]
        }
    }
}

extension GridRow {
    fileprivate var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

extension GridColumn {
    fileprivate var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
