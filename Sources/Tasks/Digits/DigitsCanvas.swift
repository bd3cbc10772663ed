import Trajectories

/// Draws a grid of handwritten digits: each enlarged to 12 to 14 pixels, somewhere in its 16 x 16 cell, under noise.
///
/// Integer arithmetic throughout, so that the bytes are the same on every CPU:
/// - enlarging is bilinear with pixel centres at halves and no ink outside the 8 x 8 original, in exact fractions, rounded once;
/// - noise is the sum of twelve 16-bit uniforms (Irwin and Hall: mean 6, variance 1 in units of 2^16), scaled and rounded down;
/// - grey = clamp(ink + noise, 0, 255), the same in red, green and blue.
struct DigitsCanvas {
    /// Pixels on a side of a cell: one merged visual token of a model with patch 8 and merge 2.
    static let cellSide = 16
    /// The sizes that a digit is enlarged to.
    static let glyphSides = 12...14

    let grid: DigitGrid
    /// Standard deviation of the noise in units of 1/256 grey level.
    private let noiseScale: Int

    /// - Parameter noise: Standard deviation as a share of the full scale of 255, finite and 0 to 1.
    init(grid: DigitGrid, noise: Double) throws {
        guard noise >= 0, noise <= 1 else {
            throw DatasetError(.invalidParameter, "digits noise: a share of full scale from 0 to 1 is expected, not \(noise)")
        }
        self.grid = grid
        noiseScale = Int((noise * 255 * 256).rounded())
    }

    /// The image of `glyphs`, `[place][64]` values 0 to 16, in reading order.
    ///
    /// - Parameters:
    ///   - glyphs: One 8 x 8 digit a place.
    ///   - placement: Numbers for sizes and positions.
    ///   - noise: Numbers for the noise, three a pixel by its index.
    func draw(_ glyphs: [[UInt8]], placement: KeyedRandom, noise: KeyedRandom) -> RGBImage {
        var placement = placement
        let width = grid.columns.count * Self.cellSide
        let height = grid.rows.count * Self.cellSide
        var ink = [Int](repeating: 0, count: width * height)
        for (place, glyph) in glyphs.enumerated() {
            let side = Self.glyphSides.lowerBound + placement.below(Self.glyphSides.count)
            let left = place % grid.columns.count * Self.cellSide + placement.below(Self.cellSide - side + 1)
            let top = place / grid.columns.count * Self.cellSide + placement.below(Self.cellSide - side + 1)
            for y in 0..<side {
                for x in 0..<side {
                    ink[(top + y) * width + left + x] = Self.enlarged(glyph, x: x, y: y, side: side)
                }
            }
        }
        var pixels: [UInt8] = []
        pixels.reserveCapacity(width * height * 3)
        for (index, value) in ink.enumerated() {
            let grey = UInt8(min(max(value + self.noise(noise, at: index), 0), 255))
            pixels += [grey, grey, grey]
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }

    /// Grey 0 to 255 of pixel (x, y) of an 8 x 8 digit enlarged to `side` pixels.
    private static func enlarged(_ glyph: [UInt8], x: Int, y: Int, side: Int) -> Int {
        let (column, right) = source(x, side: side)
        let (row, below) = source(y, side: side)
        let unit = 2 * side
        func value(_ row: Int, _ column: Int) -> Int {
            let inside = 0..<HandwrittenDigits.side
            return inside.contains(row) && inside.contains(column) ? Int(glyph[row * HandwrittenDigits.side + column]) : 0
        }
        let upper = value(row, column) * (unit - right) + value(row, column + 1) * right
        let lower = value(row + 1, column) * (unit - right) + value(row + 1, column + 1) * right
        let sum = upper * (unit - below) + lower * below
        let full = HandwrittenDigits.fullInk * unit * unit
        return (sum * 255 + full / 2) / full
    }

    /// Where the centre of pixel `x` lies in the original: (x + 1/2) * 8 / side - 1/2, as a whole pixel and a rest in 1 / (2 side).
    private static func source(_ x: Int, side: Int) -> (pixel: Int, rest: Int) {
        // One pixel is added before dividing, so that the quotient is never negative and rounds down.
        let shifted = (2 * x + 1) * HandwrittenDigits.side - side + 2 * side
        return (shifted / (2 * side) - 1, shifted % (2 * side))
    }

    private func noise(_ random: KeyedRandom, at pixel: Int) -> Int {
        var sum = 0
        for word in 0..<3 {
            let bits = random[UInt64(pixel * 3 + word)]
            for shift in stride(from: UInt64(0), to: 64, by: 16) {
                sum += Int((bits >> shift) & 0xFFFF)
            }
        }
        // Q16 deviates times Q8 grey levels: 24 fractional bits, dropped by an arithmetic shift.
        return ((sum - 6 * 0xFFFF) * noiseScale) >> 24
    }
}
