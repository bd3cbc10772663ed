import Glibc

/// A view of float32 rows that somebody else owns: row-major, `stride` floats from row to row.
///
/// Convention of the whole package: `[rows, columns]`, `C = A B`.
package struct Matrix: @unchecked Sendable {
    package let base: UnsafeMutablePointer<Float>
    package let rows: Int
    package let columns: Int
    package let stride: Int

    package init(_ base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int? = nil) {
        self.base = base
        self.rows = rows
        self.columns = columns
        self.stride = stride ?? columns
    }

    /// The first value of a row.
    package func row(_ index: Int) -> UnsafeMutablePointer<Float> { base + index * stride }

    /// A range of rows.
    package func rows(_ range: Range<Int>) -> Matrix {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
        return Matrix(base + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
    }

    /// A range of columns.
    package func columns(_ range: Range<Int>) -> Matrix {
        precondition(range.lowerBound >= 0 && range.upperBound <= columns, "columns \(range) of \(columns)")
        return Matrix(base + range.lowerBound, rows: rows, columns: range.count, stride: stride)
    }

    /// Sets every value to zero.
    package func clear() {
        for r in 0..<rows { memset(row(r), 0, columns * 4) }
    }

    /// Copies a matrix of the same shape.
    package func copy(from other: Matrix) {
        precondition(rows == other.rows && columns == other.columns, "copy of \(other.rows)x\(other.columns) into \(rows)x\(columns)")
        for r in 0..<rows { memcpy(row(r), other.row(r), columns * 4) }
    }

    /// Row `i` becomes row `indices[i]` of `source`.
    package func gather(_ indices: [Int], from source: Matrix) {
        for (i, index) in indices.enumerated() { memcpy(row(i), source.row(index), columns * 4) }
    }
}

/// A bump allocator for the activations of one pass: memory is kept from pass to pass and given back all at once.
///
/// A pass that outgrows the memory takes further blocks; the next one finds a single block of that size, so that an arena holds what its
/// largest pass needed and no more.
///
/// - Isolation: one thread at a time.
package final class Arena: @unchecked Sendable {
    private var blocks: [FloatBuffer] = []
    /// Floats taken from the last block, and from all.
    private var used = 0
    private var total = 0
    /// The most floats that were taken at once since the last reset.
    package private(set) var peak = 0

    private static let firstBlockCount = 1 << 16

    package init() {}

    /// Takes back all memory; views handed out before must not be used any more.
    package func reset() {
        if blocks.count > 1 {
            blocks = []
            blocks = [FloatBuffer(uninitializedCount: peak)]
        }
        used = 0
        total = 0
        peak = 0
    }

    /// What is taken while `body` runs is taken back when it returns.
    package func scope<Result>(_ body: () throws -> Result) rethrows -> Result {
        let mark = (blockCount: blocks.count, used: used, total: total)
        defer {
            // A block that was added meanwhile stays, empty: what follows finds room there.
            used = blocks.count == mark.blockCount ? mark.used : 0
            total = mark.total
        }
        return try body()
    }

    /// Memory of undefined content, aligned to 64 bytes.
    package func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
        let rounded = (count + 15) / 16 * 16
        if used + rounded > blocks.last?.count ?? 0 {
            // Each further block doubles what there is.
            blocks.append(FloatBuffer(uninitializedCount: max(Self.firstBlockCount, total, rounded)))
            used = 0
        }
        guard let block = blocks.last else { preconditionFailure("an arena without a block") }
        defer {
            used += rounded
            total += rounded
            peak = max(peak, total)
        }
        return block.base + used
    }

    /// A matrix of undefined content.
    package func matrix(_ rows: Int, _ columns: Int) -> Matrix { Matrix(floats(rows * columns), rows: rows, columns: columns) }

    /// A matrix of zeros.
    package func zeros(_ rows: Int, _ columns: Int) -> Matrix {
        let result = matrix(rows, columns)
        memset(result.base, 0, rows * columns * 4)
        return result
    }
}
