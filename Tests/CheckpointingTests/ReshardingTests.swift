import Checkpointing
import LinearAlgebra
import Testing

@Suite("Resharding")
struct ReshardingTests {
    /// A model of random shapes, with gaps, in a flat buffer.
    private func fixture(_ random: inout SeededGenerator) -> CheckpointFixture {
        var slices: [ParameterSlice] = []
        var offset = Int.random(in: 0...3, using: &random)
        for index in 0..<Int.random(in: 1...6, using: &random) {
            let shape = (0..<Int.random(in: 0...3, using: &random)).map { _ in Int.random(in: 0...9, using: &random) }
            let count = shape.reduce(1, *)
            slices.append(ParameterSlice(name: "tensor.\(index)", shape: shape, offset: offset, count: count))
            offset += count + Int.random(in: 0...17, using: &random)
        }
        return CheckpointFixture(slices: slices, count: offset)
    }

    /// Any cut of a buffer into neighbours, empty ones included.
    private func cut(_ count: Int, into parts: Int, _ random: inout SeededGenerator) -> [Range<Int>] {
        let cuts = [0] + (1..<parts).map { _ in Int.random(in: 0...count, using: &random) }.sorted() + [count]
        return zip(cuts, cuts.dropFirst()).map { $0..<$1 }
    }

    @Test(
        "what L ranks save, L' ranks load: masters and both moments, bit for bit, for random shapes and cuts", arguments: 1...4, 1...4)
    func law(savers: Int, loaders: Int) async throws {
        var random = SeededGenerator(state: UInt64(savers * 10 + loaders))
        for round in 0..<12 {
            let fixture = fixture(&random)
            let folder = try TemporaryFolder()
            let store = CheckpointStore(path: folder.path)
            let errors = await fixture.save(
                store, fixture.contents(step: 120), ranges: cut(fixture.count, into: savers, &random))
            #expect(errors.allSatisfy { $0 == nil }, "round \(round): \(errors)")
            let checkpoint = try Checkpoint(path: store.folder(step: 120))
            try checkpoint.verify()
            #expect(checkpoint.manifest.rankCount == savers)
            for kind in TensorKind.allCases {
                let expected = fixture.values(kind)
                for range in cut(fixture.count, into: loaders, &random) {
                    var loaded = [Float](repeating: -1, count: max(1, range.count))
                    try loaded.withUnsafeMutableBufferPointer {
                        try checkpoint.read(kind, slices: fixture.slices, range: range, into: $0.baseAddress!)
                    }
                    for place in range {
                        let isInTensor = fixture.slices.contains { $0.range.contains(place) }
                        let value = loaded[place - range.lowerBound]
                        guard value.bitPattern == (isInTensor ? expected[place] : -1).bitPattern else {
                            Issue.record("round \(round), \(kind), element \(place) of \(fixture.slices.map(\.shape)): \(value)")
                            return
                        }
                    }
                }
            }
        }
    }
}
