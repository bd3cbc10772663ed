package import Trajectories

/// Qwen2-VL's image processing: resize to whole merge blocks, normalise, cut into patches.
///
/// The result equals transformers' `Qwen2VLImageProcessor`: the same size, the same 8-bit resampling, and
/// `(level - 255 mean) / (255 std)` in single precision (its fused rescale and normalisation).
package struct ImageProcessor: Hashable, Sendable {
    /// Side of a patch in pixels.
    package let patchSize: Int
    /// A token is `mergeSize` x `mergeSize` patches.
    package let mergeSize: Int
    /// A still image is repeated in this many frames.
    package let temporalPatchSize: Int
    /// The least area of a resized image, in pixels.
    package let minimumPixels: Int
    /// The greatest area of a resized image, in pixels.
    package let maximumPixels: Int
    /// Mean of each channel (RGB), in 0...1.
    package let mean: [Float]
    /// Standard deviation of each channel (RGB), in 0...1.
    package let standardDeviation: [Float]

    /// CLIP's channel means, which Qwen2-VL uses.
    package static let clipMean: [Float] = [0.48145466, 0.4578275, 0.40821073]
    /// CLIP's channel standard deviations, which Qwen2-VL uses.
    package static let clipStandardDeviation: [Float] = [0.26862954, 0.26130258, 0.27577711]

    /// - Throws: ``ImageError`` (`invalidConfiguration`) if a value is out of its range.
    package init(
        patchSize: Int = 14, mergeSize: Int = 2, temporalPatchSize: Int = 2, minimumPixels: Int = 56 * 56,
        maximumPixels: Int = 28 * 28 * 1280,
        mean: [Float] = ImageProcessor.clipMean, standardDeviation: [Float] = ImageProcessor.clipStandardDeviation
    ) throws(ImageError) {
        func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(ImageError) {
            guard condition else { throw ImageError(.invalidConfiguration, message()) }
        }
        try require((1...256).contains(patchSize), "patch_size must be 1...256, not \(patchSize)")
        try require((1...16).contains(mergeSize), "merge_size must be 1...16, not \(mergeSize)")
        try require((1...16).contains(temporalPatchSize), "temporal_patch_size must be 1...16, not \(temporalPatchSize)")
        try require(
            minimumPixels >= 1 && minimumPixels <= maximumPixels && maximumPixels <= 1 << 26,
            "min_pixels and max_pixels must be 1 <= min_pixels <= max_pixels <= \(1 << 26), not \(minimumPixels) and \(maximumPixels)")
        try require(
            mean.count == 3 && mean.allSatisfy(\.isFinite) && standardDeviation.count == 3
                && standardDeviation.allSatisfy { $0.isFinite && $0 > 0 },
            "image_mean and image_std must be three numbers each, image_std positive")
        self.patchSize = patchSize
        self.mergeSize = mergeSize
        self.temporalPatchSize = temporalPatchSize
        self.minimumPixels = minimumPixels
        self.maximumPixels = maximumPixels
        self.mean = mean
        self.standardDeviation = standardDeviation
    }

    /// The grid of an image of this size, and so its token count, without its pixels.
    ///
    /// - Throws: ``ImageError`` for an empty image or one that is more than 200 times longer than wide.
    package func grid(width: Int, height: Int) throws(ImageError) -> PatchGrid {
        let size = try resizedSize(width: width, height: height)
        return PatchGrid(t: 1, h: size.height / patchSize, w: size.width / patchSize)
    }

    /// Resizes, normalises and cuts `image`.
    ///
    /// - Throws: ``ImageError`` for an empty image or one that is more than 200 times longer than wide.
    package func patches(of image: RGBImage) throws(ImageError) -> ImagePatches {
        let size = try resizedSize(width: image.width, height: image.height)
        let resized = BicubicResampling.resize(image, width: size.width, height: size.height)
        let grid = PatchGrid(t: 1, h: size.height / patchSize, w: size.width / patchSize)
        return ImagePatches(grid: grid, values: cut(resized, grid))
    }

    private func resizedSize(width: Int, height: Int) throws(ImageError) -> (height: Int, width: Int) {
        try smartResize(
            height: height, width: width, factor: patchSize * mergeSize, minimumPixels: minimumPixels, maximumPixels: maximumPixels)
    }

    /// The rows of `pixel_values`, in the order that ``ImagePatches`` describes.
    private func cut(_ image: RGBImage, _ grid: PatchGrid) -> [Float] {
        let normalized = normalizedLevels()
        let framePixelCount = patchSize * patchSize
        return [Float](unsafeUninitializedCapacity: grid.patchCount * 3 * temporalPatchSize * framePixelCount) { values, count in
            var next = 0
            for blockRow in 0..<grid.h / mergeSize {
                for blockColumn in 0..<grid.w / mergeSize {
                    for patch in 0..<mergeSize * mergeSize {
                        let top = (blockRow * mergeSize + patch / mergeSize) * patchSize
                        let left = (blockColumn * mergeSize + patch % mergeSize) * patchSize
                        for channel in 0..<3 {
                            let frame = next
                            for y in top..<top + patchSize {
                                let row = (y * image.width + left) * 3 + channel
                                for x in 0..<patchSize {
                                    values[next] = normalized[channel * 256 + Int(image.pixels[row + x * 3])]
                                    next += 1
                                }
                            }
                            for _ in 1..<temporalPatchSize {
                                for index in frame..<frame + framePixelCount {
                                    values[next] = values[index]
                                    next += 1
                                }
                            }
                        }
                    }
                }
            }
            count = next
        }
    }

    /// `[3, 256]`: the normalised value of each level of each channel.
    private func normalizedLevels() -> [Float] {
        (0..<3).flatMap { channel in
            (0..<256).map { level in (Float(level) - mean[channel] * 255) / (standardDeviation[channel] * 255) }
        }
    }
}
