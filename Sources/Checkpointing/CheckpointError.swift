/// Why a checkpoint can't be saved or loaded.
package struct CheckpointError: Error, CustomStringConvertible, Hashable, Sendable {
    /// The closed set of causes.
    package enum Code: String, Codable, Hashable, Sendable {
        /// A file can't be written; the previous checkpoint is untouched.
        case unwritable
        /// A file is missing or can't be read.
        case unreadable
        /// Bytes differ from their checksum, or the manifest contradicts itself.
        case corrupt
        /// The checkpoint is of another model: names or shapes differ.
        case differentModel
        /// The checkpoint was saved by another run than the folder's.
        case differentRun
        /// There are checkpoints and none is good.
        case noGoodCheckpoint
        /// Another process writes this run.
        case leaseHeld
        /// This process wrote the run once; another has taken over.
        case leaseLost
    }

    package let code: Code
    /// The file or folder concerned.
    package let path: String
    /// What was wrong and what to do, without the path.
    package let message: String

    package init(_ code: Code, path: String, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    package var description: String { "\(path): \(message)" }
}
