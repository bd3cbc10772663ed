extension ShapesTask {
    /// The split that a picture belongs to, by a hash of the kind, colour and place of all its shapes: 10 of 16 buckets are training's, two
    /// each the others'. Sizes don't count, so that pictures that differ only in them are in one split.
    ///
    /// - Parameter shapes: The shapes in reading order.
    package static func split(showing shapes: [Shape]) -> TaskSplit {
        let words = shapes.map { shape in
            let kind = ShapeKind.allCases.firstIndex(of: shape.kind) ?? 0
            let color = ShapeColor.allCases.firstIndex(of: shape.color) ?? 0
            let place = GridPlace.all.firstIndex(of: shape.place) ?? 0
            return UInt64(place * 64 + kind * 8 + color)
        }
        return switch KeyedRandom(seed: 0x5348_4150_4553, words: words)[0] % 16 {
        case 0, 1: .warmStart
        case 2, 3: .validation
        case 4, 5: .test
        default: .training
        }
    }
}
