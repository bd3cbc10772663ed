/// The size to which Qwen2-VL's processor resizes an image.
///
/// Both sides become multiples of `factor` (halves round to even, as in Python); if the area leaves
/// `minimumPixels...maximumPixels`, both sides are scaled by the same `sqrt` first, and rounded inwards.
/// Formula: `smart_resize` of transformers, in the same order of double-precision operations.
///
/// - Parameters:
///   - height: pixels, at least 1.
///   - width: pixels, at least 1.
///   - factor: patch size x merge size.
///   - minimumPixels: the least area.
///   - maximumPixels: the greatest area.
/// - Throws: ``ImageError`` for an empty image or if one side is more than 200 times the other.
func smartResize(height: Int, width: Int, factor: Int, minimumPixels: Int, maximumPixels: Int) throws(ImageError) -> (
    height: Int, width: Int
) {
    guard height > 0, width > 0 else { throw ImageError(.unsupportedShape, "an image of \(width) x \(height) pixels is empty") }
    let h = Double(height)
    let w = Double(width)
    guard max(h, w) / min(h, w) <= 200 else {
        throw ImageError(
            .unsupportedShape, "an image of \(width) x \(height) pixels is too narrow: one side may be at most 200 times the other")
    }
    let f = Double(factor)
    var resizedHeight = Int((h / f).rounded(.toNearestOrEven)) * factor
    var resizedWidth = Int((w / f).rounded(.toNearestOrEven)) * factor
    if resizedHeight * resizedWidth > maximumPixels {
        let beta = (Double(height * width) / Double(maximumPixels)).squareRoot()
        resizedHeight = max(factor, Int((h / beta / f).rounded(.down)) * factor)
        resizedWidth = max(factor, Int((w / beta / f).rounded(.down)) * factor)
    } else if resizedHeight * resizedWidth < minimumPixels {
        let beta = (Double(minimumPixels) / Double(height * width)).squareRoot()
        resizedHeight = Int((h * beta / f).rounded(.up)) * factor
        resizedWidth = Int((w * beta / f).rounded(.up)) * factor
    }
    return (resizedHeight, resizedWidth)
}
