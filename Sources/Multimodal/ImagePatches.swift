/// How many patches an image gives in time, height and width.
package struct PatchGrid: Hashable, Sendable {
    /// Temporal patches: 1 for a still image.
    package let t: Int
    /// Patch rows.
    package let h: Int
    /// Patch columns.
    package let w: Int

    package init(t: Int, h: Int, w: Int) {
        self.t = t
        self.h = h
        self.w = w
    }

    /// t h w, the rows of `pixel_values`.
    package var patchCount: Int { t * h * w }

    /// t h w / mergeSize^2: the placeholders of the image in a prompt, and the rows that the vision tower gives the language model.
    package func tokenCount(mergeSize: Int) -> Int { patchCount / (mergeSize * mergeSize) }
}

/// An image cut into patches: one image's rows of the reference processor's `pixel_values`.
package struct ImagePatches: Hashable, Sendable {
    package let grid: PatchGrid
    /// `[t * h * w, 3 * temporal_patch_size * patch_size^2]`, row-major. Rows go block by block of merge size x merge size patches
    /// (blocks in reading order, patches in reading order inside a block); columns are (channel, time, y, x).
    package let values: [Float]

    package init(grid: PatchGrid, values: [Float]) {
        self.grid = grid
        self.values = values
    }

    /// The columns of `values`.
    package var columnCount: Int { grid.patchCount == 0 ? 0 : values.count / grid.patchCount }
}
