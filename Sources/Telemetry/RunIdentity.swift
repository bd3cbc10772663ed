/// What a run is a function of, as `run.json` and each checkpoint name it: equal identities give equal digests.
package struct RunIdentity: Hashable, Codable, Sendable {
    /// SHA-256 of everything below.
    package let digest: String
    /// The values of the configuration that bear on digests, but for defaults, as JSON by dotted key.
    package let configuration: [String: String]
    /// SHA-256 of every file that is read, by the key that names its place and its name there, such as `model.policy/tokenizer.json`; of pictures, of the
    /// list of theirs.
    package let files: [String: String]

    package init(digest: String, configuration: [String: String], files: [String: String]) {
        self.digest = digest
        self.configuration = configuration
        self.files = files
    }
}

/// A program that computed a part of a run, and on what: a run may go on with another build or on another CPU, and its records say since when.
package struct RunProgram: Hashable, Codable, Sendable {
    /// The steps after this one are its own.
    package let afterStep: Int
    package let version: String
    package let build: String
    package let numeric: String
    /// OpenBLAS's name of the kernels.
    package let coreName: String

    private enum CodingKeys: String, CodingKey {
        case afterStep = "after_step"
        case version, build, numeric
        case coreName = "core_name"
    }

    package init(afterStep: Int, version: String, build: String, numeric: String, coreName: String) {
        self.afterStep = afterStep
        self.version = version
        self.build = build
        self.numeric = numeric
        self.coreName = coreName
    }

    /// What differs from another program's bits, for people; nil if nothing does.
    package func difference(from other: RunProgram) -> String? {
        var parts: [String] = []
        if build != other.build { parts.append("another build (\(other.build), now \(build))") }
        if numeric != other.numeric { parts.append("other bits (numeric fingerprint \(other.numeric), now \(numeric))") }
        if coreName != other.coreName { parts.append("other CPU kernels of OpenBLAS (\(other.coreName), now \(coreName))") }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
