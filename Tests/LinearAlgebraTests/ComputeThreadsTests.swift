import LinearAlgebra
import Synchronization
import Testing

private struct Failure: Error, Equatable { let index: Int }

@Suite("Compute threads")
struct ComputeThreadsTests {
    @Test("every index runs exactly once, whatever the number of threads", arguments: [1, 2, 7])
    func everyIndex(threads: Int) throws {
        let counts = Mutex([Int](repeating: 0, count: 100))
        try ComputeThreads.forEach(100, threads: threads) { index in counts.withLock { $0[index] += 1 } }
        #expect(counts.withLock { $0 } == [Int](repeating: 1, count: 100))
        try ComputeThreads.forEach(0, threads: threads) { _ in Issue.record("there is no index") }
    }

    @Test("the first error by index is thrown, and the others still run")
    func errors() throws {
        let done = Mutex(0)
        #expect(throws: Failure(index: 3)) {
            try ComputeThreads.forEach(20, threads: 2) { index in
                done.withLock { $0 += 1 }
                if [3, 9, 17].contains(index) { throw Failure(index: index) }
            }
        }
        #expect(done.withLock { $0 } == 20)
    }

    @Test("run hands back the result or the error of its body")
    func run() async throws {
        #expect(try await ComputeThreads.run { 6 * 7 } == 42)
        await #expect(throws: Failure(index: 1)) { try await ComputeThreads.run { throw Failure(index: 1) } }
    }
}
