import Trajectories

/// Bicubic resampling with antialiasing, as torchvision and Pillow do it for 8-bit images.
///
/// Separable: rows first, then columns, with an 8-bit picture between. The kernel is Keys' cubic with a = -0.5, widened by the
/// scale when shrinking. Weights are normalised in double precision and rounded to 16-bit fixed point with as many fraction
/// bits as fit, and sums are rounded half up: the arithmetic of PyTorch's uint8 path, so that pixels agree to the bit.
enum BicubicResampling {
    /// `image` resampled to `width` x `height`, or itself if it has that size.
    static func resize(_ image: RGBImage, width: Int, height: Int) -> RGBImage {
        var pixels = image.pixels
        if width != image.width {
            pixels = resampleRows(pixels, rowCount: image.height, from: image.width, Filter(from: image.width, to: width))
        }
        if height != image.height {
            pixels = resampleColumns(pixels, rowByteCount: width * 3, Filter(from: image.height, to: height))
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }

    /// For each output position: which input positions count, and how much.
    struct Filter {
        let outputCount: Int
        /// The first input position of each output position.
        private(set) var starts: [Int] = []
        /// How many input positions each output position reads.
        private(set) var counts: [Int] = []
        /// `outputCount` rows of `stride` fixed-point weights.
        private(set) var weights: [Int32] = []
        let stride: Int
        /// Fraction bits of the weights.
        let precision: Int

        init(from inputCount: Int, to outputCount: Int) {
            let scale = Double(inputCount) / Double(outputCount)
            let support = scale >= 1 ? 2 * scale : 2
            let inverseScale = scale >= 1 ? 1 / scale : 1
            let stride = Int(support.rounded(.up)) * 2 + 1
            var exact = [Double](repeating: 0, count: outputCount * stride)
            var greatest = 0.0
            for position in 0..<outputCount {
                let center = scale * (Double(position) + 0.5)
                let start = max(Int(center - support + 0.5), 0)
                let count = min(min(Int(center + support + 0.5), inputCount) - start, stride)
                var total = 0.0
                for tap in 0..<count {
                    let weight = Filter.cubic((Double(tap + start) - center + 0.5) * inverseScale)
                    exact[position * stride + tap] = weight
                    total += weight
                }
                for tap in 0..<count where total != 0 {
                    exact[position * stride + tap] /= total
                    greatest = max(greatest, exact[position * stride + tap])
                }
                starts.append(start)
                counts.append(count)
            }
            var precision = 0
            while precision < 22, Int(0.5 + greatest * Double(1 << (precision + 1))) < 1 << 15 { precision += 1 }
            let unit = Double(1 << precision)
            weights = exact.map { Int32($0 < 0 ? -0.5 + $0 * unit : 0.5 + $0 * unit) }
            self.outputCount = outputCount
            self.stride = stride
            self.precision = precision
        }

        /// Keys' cubic convolution kernel with a = -0.5.
        private static func cubic(_ offset: Double) -> Double {
            let a = -0.5
            let x = abs(offset)
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
            return 0
        }
    }

    private static func resampleRows(_ pixels: [UInt8], rowCount: Int, from inputCount: Int, _ filter: Filter) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: rowCount * filter.outputCount * 3)
        let half = Int32(1) << (filter.precision - 1)
        for row in 0..<rowCount {
            for position in 0..<filter.outputCount {
                var red = half
                var green = half
                var blue = half
                var source = (row * inputCount + filter.starts[position]) * 3
                for tap in 0..<filter.counts[position] {
                    let weight = filter.weights[position * filter.stride + tap]
                    red += Int32(pixels[source]) * weight
                    green += Int32(pixels[source + 1]) * weight
                    blue += Int32(pixels[source + 2]) * weight
                    source += 3
                }
                let target = (row * filter.outputCount + position) * 3
                output[target] = level(red, filter.precision)
                output[target + 1] = level(green, filter.precision)
                output[target + 2] = level(blue, filter.precision)
            }
        }
        return output
    }

    private static func resampleColumns(_ pixels: [UInt8], rowByteCount: Int, _ filter: Filter) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: filter.outputCount * rowByteCount)
        let half = Int32(1) << (filter.precision - 1)
        var sums = [Int32](repeating: 0, count: rowByteCount)
        for position in 0..<filter.outputCount {
            for index in 0..<rowByteCount { sums[index] = half }
            for tap in 0..<filter.counts[position] {
                let weight = filter.weights[position * filter.stride + tap]
                let source = (filter.starts[position] + tap) * rowByteCount
                for index in 0..<rowByteCount { sums[index] += Int32(pixels[source + index]) * weight }
            }
            for index in 0..<rowByteCount { output[position * rowByteCount + index] = level(sums[index], filter.precision) }
        }
        return output
    }

    /// A fixed-point sum as an 8-bit level.
    private static func level(_ sum: Int32, _ precision: Int) -> UInt8 {
        UInt8(max(0, min(255, sum >> Int32(precision))))
    }
}
