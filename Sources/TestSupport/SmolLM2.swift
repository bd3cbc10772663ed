package import Foundation

/// SmolLM2-135M-Instruct, the one real language model of the tests.
package enum SmolLM2 {
    /// The `.gguf` file that the environment variable `PERCEPT_SMOLLM2` names (`cluster/fetch-smollm2` prints it); nil where it is absent.
    package static let file: URL? = {
        guard let path = ProcessInfo.processInfo.environment["PERCEPT_SMOLLM2"], FileManager.default.isReadableFile(atPath: path) else {
            return nil
        }
        return URL(filePath: path)
    }()

    /// For `.enabled(if:)`.
    package static var isThere: Bool { file != nil }

    /// Why a test that needs the model is skipped.
    package static let absence = "needs SmolLM2: set PERCEPT_SMOLLM2 to what cluster/fetch-smollm2 prints"
}
