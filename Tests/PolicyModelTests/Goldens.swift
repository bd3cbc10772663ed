import Foundation
import LinearAlgebra
import PolicyModel
import Safetensors
import TestSupport

/// Reference values that Hugging Face transformers computed (see `Fixtures/*/golden`).
struct Golden {
    let folder: URL
    let weights: PolicyWeights

    init(_ name: String) throws {
        folder = Bundle.module.bundleURL.appending(path: "Fixtures/\(name)")
        weights = try PolicyFolder.load(folder)
    }

    func file(_ name: String) throws -> SafetensorsFile {
        try SafetensorsFile(path: folder.appending(path: "golden/\(name).safetensors").path)
    }
}

/// One row of a golden batch: ids without padding, its images, and which positions carry a label.
struct GoldenRow {
    let ids: [Int32]
    let images: [VisualInput]
    let labels: [Int32]
    /// First position of the row in the padded `[rows * length]` order.
    let offset: Int
}

func goldenRows(_ file: SafetensorsFile, configuration: ModelConfiguration) throws -> (rows: [GoldenRow], length: Int) {
    let shape = try file.tensor(named: "input_ids").shape
    let ids = try file.integers(named: "input_ids")
    let labels = try file.integers(named: "labels")
    let mask =
        file.info(named: "attention_mask") == nil ? [Int](repeating: 1, count: ids.count) : try file.integers(named: "attention_mask")
    var images: [VisualInput] = []
    if let vision = configuration.vision {
        let grids = try file.integers(named: "image_grid_thw")
        let pixels = try file.floats(named: "pixel_values")
        var patch = 0
        for i in stride(from: 0, to: grids.count, by: 3) {
            let count = grids[i] * grids[i + 1] * grids[i + 2]
            images.append(
                VisualInput(
                    time: grids[i], height: grids[i + 1], width: grids[i + 2],
                    patches: Array(pixels[(patch * vision.patchLength)..<((patch + count) * vision.patchLength)])))
            patch += count
        }
    }
    var rows: [GoldenRow] = []
    for row in 0..<shape[0] {
        let range = (row * shape[1])..<((row + 1) * shape[1])
        let kept = range.filter { mask[$0] == 1 }
        let rowIDs = kept.map { Int32(ids[$0]) }
        var needed = rowIDs.filter { $0 == configuration.imageTokenID }.count
        var own: [VisualInput] = []
        while needed > 0 {
            let image = images.removeFirst()
            needed -= image.tokenCount(mergeSize: configuration.vision?.mergeSize ?? 1)
            own.append(image)
        }
        rows.append(GoldenRow(ids: rowIDs, images: own, labels: kept.map { Int32(labels[$0]) }, offset: row * shape[1]))
    }
    return (rows, shape[1])
}

/// The shifted language-model loss of golden rows, as transformers defines it: each labelled token is predicted by the row before it.
struct GoldenLoss {
    let batch: PackedBatch
    let targets: [TokenTarget]

    init(_ rows: [GoldenRow], configuration: ModelConfiguration) throws {
        batch = try PackedBatch(rows.map { TokenFamily(prompt: $0.ids, images: $0.images) }, configuration: configuration)
        var targets: [TokenTarget] = []
        for (row, last) in zip(rows, batch.lastPromptRows) {
            let start = last - row.ids.count + 1
            for i in 1..<row.ids.count where row.labels[i] >= 0 { targets.append(TokenTarget(row: start + i - 1, token: row.labels[i])) }
        }
        self.targets = targets
    }

    /// The loss, and its gradient added to `gradients`.
    func evaluate(_ weights: PolicyWeights, gradients: FloatBuffer?) -> Double {
        let pass = ForwardPass(weights: weights, batch: batch, arena: Arena())
        let loss = pass.logProbs(targets).reduce(0.0) { $0 - Double($1.logProb) } / Double(targets.count)
        if let gradients {
            pass.backward(targets, coefficients: [Float](repeating: -1 / Float(targets.count), count: targets.count), gradients: gradients)
        }
        return loss
    }
}

/// |a - b| / |b| over whole tensors.
func relativeNorm(_ a: [Float], _ b: [Float]) -> Double {
    var difference = 0.0
    var norm = 0.0
    for (x, y) in zip(a, b) {
        difference += Double(x - y) * Double(x - y)
        norm += Double(y) * Double(y)
    }
    return norm == 0 ? difference.squareRoot() : (difference / norm).squareRoot()
}
