/// The outlines of the kinds, in 1/1024 of a size's radius, x to the right and y down.
///
/// They are scaled so that all kinds of a size cover about the same area, pi r^2; the star covers the least, 0.85 of it. A sample point is
/// inside or not by integer arithmetic alone.
enum ShapeOutline {
    /// Units of a radius.
    static let unit = 1024
    /// No outline reaches farther from its centre, in 1 / `unit` of a radius.
    static let reach = 1400

    /// Radius of a size in eighths of a pixel.
    static func radius(_ size: ShapeSize) -> Int {
        switch size {
        case .small: 22
        case .medium: 32
        case .large: 44
        }
    }

    /// Whether a point belongs to a shape.
    ///
    /// - Parameters:
    ///   - x: Distance from the centre to the right in eighths of a pixel.
    ///   - y: Distance from the centre downwards in eighths of a pixel.
    ///   - kind: The shape's kind.
    ///   - radius: The shape's radius in eighths of a pixel.
    static func contains(x: Int, y: Int, kind: ShapeKind, radius: Int) -> Bool {
        switch kind {
        case .circle: x * x + y * y <= radius * radius
        case .square: max(abs(x), abs(y)) * unit <= 907 * radius
        case .diamond: (abs(x) + abs(y)) * unit <= 1283 * radius
        case .triangle: isInside(triangle, x: x * unit, y: y * unit, scale: radius)
        case .star: isInside(star, x: x * unit, y: y * unit, scale: radius)
        }
    }

    private static let triangle = [(0, -1400), (1330, 960), (-1330, 960)]
    /// Five points at a distance of 1382, five corners between them at 691.
    private static let star = [
        (0, -1382), (406, -559), (1314, -427), (657, 214), (812, 1118), (0, 691), (-812, 1118), (-657, 214), (-1314, -427), (-406, -559),
    ]

    /// The even-odd rule: a ray to the right crosses the border an odd number of times.
    private static func isInside(_ corners: [(Int, Int)], x: Int, y: Int, scale: Int) -> Bool {
        var isInside = false
        var (fromX, fromY) = corners[corners.count - 1]
        for (toX, toY) in corners {
            if (fromY * scale > y) != (toY * scale > y) {
                // x < fromX + (y - fromY) (toX - fromX) / (toY - fromY), multiplied out.
                let rise = (toY - fromY) * scale
                let left = (x - fromX * scale) * rise
                let right = (y - fromY * scale) * (toX - fromX) * scale
                if rise > 0 ? left < right : left > right { isInside.toggle() }
            }
            (fromX, fromY) = (toX, toY)
        }
        return isInside
    }
}
