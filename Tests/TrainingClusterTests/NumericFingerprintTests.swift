import Foundation
import LinearAlgebra
import Testing
import TrainingCluster

/// Machines that compute other bits must have another fingerprint: it runs every kernel that there is.
@Suite("the numeric fingerprint", .serialized)
struct NumericFingerprintTests {
    private static let header = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Sources/CKernels/include/kernels.h")

    @Test("it is the same each time, and no kernel of kernels.h is left out")
    func kernels() throws {
        let text = try String(contentsOf: Self.header, encoding: .utf8)
        let declared = Set(text.matches(of: #/^(?:void|float|int64_t) (ck_[a-z0-9_]+)\(/#.anchorsMatchLineEndings()).map { String($0.1) })
            .subtracting(["ck_observe"])
        #expect(declared.count > 20)
        let (names, value) = try KernelTrace.names { try NumericFingerprint.compute() }
        #expect(declared.subtracting(names).sorted() == [])
        #expect(try NumericFingerprint.compute() == value)
    }
}
