/// The order in which the vision tower computes patches, and who attends to whom (Qwen2.5-VL's `get_window_index` and `rot_pos_emb`).
struct VisionWindows: Sendable {
    /// For each merge unit in computing order, its index in the image processor's order.
    let unitOrder: [Int]
    /// Row and column of each patch, in computing order.
    let places: [SIMD2<Int32>]
    /// Patches that attend to one another in windowed blocks.
    let windows: [Segment]
    /// Patches that attend to one another in full-attention blocks: a frame each.
    let frames: [Segment]

    init(_ images: [VisualInput], _ vision: VisionConfiguration) {
        let merge = vision.mergeSize
        let unit = merge * merge
        let side = vision.windowSize / merge / vision.patchSize
        var order: [Int] = []
        var places: [SIMD2<Int32>] = []
        var windows: [Segment] = []
        var frames: [Segment] = []
        var firstUnit = 0
        for image in images {
            let (height, width) = (image.grid.height / merge, image.grid.width / merge)
            for frame in 0..<image.grid.time {
                let frameStart = order.count * unit
                for windowY in stride(from: 0, to: height, by: side) {
                    for windowX in stride(from: 0, to: width, by: side) {
                        let start = order.count * unit
                        for y in windowY..<min(windowY + side, height) {
                            for x in windowX..<min(windowX + side, width) {
                                order.append(firstUnit + (frame * height + y) * width + x)
                                for dy in 0..<merge {
                                    for dx in 0..<merge { places.append(SIMD2(Int32(y * merge + dy), Int32(x * merge + dx))) }
                                }
                            }
                        }
                        windows.append(Segment(rows: start..<(order.count * unit), parent: nil))
                    }
                }
                frames.append(Segment(rows: frameStart..<(order.count * unit), parent: nil))
            }
            firstUnit += image.grid.time * height * width
        }
        unitOrder = order
        self.places = places
        self.windows = windows
        self.frames = frames
    }
}
