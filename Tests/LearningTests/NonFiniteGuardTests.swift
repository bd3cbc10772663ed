import Learning
import LinearAlgebra
import Testing

@Suite("Non-finite guard")
struct NonFiniteGuardTests {
    private let slices = [
        ParameterSlice(name: "second", shape: [3000], offset: 2000, count: 3000),
        ParameterSlice(name: "first", shape: [2000], offset: 0, count: 2000),
    ]

    @Test("the first tensor with a value that is not finite is named, with the element", arguments: [Float.nan, .infinity, -.infinity])
    func naming(value: Float) {
        for (place, name, index) in [
            (0, "first", 0), (1999, "first", 1999), (2000, "second", 0), (4999, "second", 2999), (3025, "second", 1025),
        ] {
            var gradients = [Float](repeating: .greatestFiniteMagnitude, count: 5000)
            gradients[place] = value
            gradients[4999] = value
            let found = gradients.withUnsafeBufferPointer { NonFiniteValue.first(in: $0, slices: slices) }
            #expect(found == NonFiniteValue(name: name, index: index, value: value))
        }
    }

    @Test("a rank's part of the buffer gives the element's index in the tensor")
    func window() {
        var part = [Float](repeating: 0, count: 1000)
        part[600] = .nan
        let found = part.withUnsafeBufferPointer { NonFiniteValue.first(in: $0, offset: 1500, slices: slices) }
        #expect(found?.name == "second" && found?.index == 100)
        part[600] = -0.0
        #expect(part.withUnsafeBufferPointer { NonFiniteValue.first(in: $0, offset: 1500, slices: slices) } == nil)
    }

    @Test("skips in a row stop the run, an update ends the row")
    func counter() {
        var counter = SkipCounter(limit: 3)
        let culprit = NonFiniteValue(name: "loss", index: 0, value: .nan)
        #expect(counter.recordSkip(culprit) == .proceed)
        #expect(counter.recordSkip(culprit) == .proceed)
        counter.recordUpdate()
        #expect(counter.recordSkip(culprit) == .proceed)
        #expect(counter.recordSkip(culprit) == .proceed)
        guard case .stop(let message) = counter.recordSkip(culprit) else {
            Issue.record("three skips in a row went on")
            return
        }
        #expect(message.contains("loss[0] is nan"))
        #expect(counter.totalCount == 5)
    }
}
