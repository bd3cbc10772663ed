import Files
import Foundation

/// A mapping with a closed set of keys.
package protocol ConfigurationSection: Sendable {
    /// The defaults.
    init()
    /// Names each key once, in the order in which people read them.
    mutating func visit(_ fields: inout ConfigurationFields)
}

/// What a configuration file says, as one value.
package protocol ConfigurationDocument: ConfigurationSection, Codable, Hashable {
    /// The rules that span several keys.
    func checkAcross(_ findings: inout ConfigurationFindings)
}

/// Broken rules that span several keys, by the key that a person would change.
package struct ConfigurationFindings {
    private(set) var findings: [(path: String, message: String)] = []

    /// Notes a broken rule unless `condition` holds.
    package mutating func require(_ condition: Bool, _ path: String, _ message: @autoclosure () -> String) {
        if !condition { findings.append((path, message())) }
    }
}

/// One assignment from the command line.
package struct ConfigurationOverride: Hashable, Sendable {
    /// The dotted key.
    package let path: String
    /// The text of the value.
    package let value: String
    let location: SourceLocation

    /// The assignment behind a flag of its own, such as `--steps 5` for `training.steps`.
    ///
    /// - Parameters:
    ///   - path: The dotted key.
    ///   - value: The text of the value.
    ///   - option: The flag, for messages and origins.
    package init(path: String, value: String, option: String) {
        self.path = path
        self.value = value
        location = .option(option, text: "\(option) \(value)")
    }

    /// The assignment `key=value` of `--set`.
    ///
    /// - Parameter assignment: `a.b=c`; all after the first `=` is the value. `[..]` and `{..}` are YAML where a list or a mapping is wanted.
    /// - Throws: ``ConfigurationError`` if there is no `=`, no key, or an empty part between dots.
    package init(parsing assignment: String) throws(ConfigurationError) {
        let location = SourceLocation.option("--set", text: "--set \(assignment.prefix(200))")
        guard let equals = assignment.firstIndex(of: "=") else {
            throw ConfigurationError("expected key=value, such as --set training.steps=5", location: location)
        }
        let path = String(assignment[..<equals])
        guard !path.split(separator: ".", omittingEmptySubsequences: false).contains(where: \.isEmpty) else {
            throw ConfigurationError("expected a dotted key before '=', such as training.steps", location: location)
        }
        self.path = path
        value = String(assignment[assignment.index(after: equals)...])
        self.location = location
    }
}

/// The text of one configuration file.
package struct ConfigurationSource: Hashable, Sendable {
    /// What messages call the file.
    package let name: String
    /// The whole YAML text.
    package let text: String

    /// A source whose text is at hand. A byte order mark before it, which some editors write, is passed over.
    package init(name: String, text: String) {
        self.name = name
        let mark: Unicode.Scalar = "\u{FEFF}"
        self.text = text.unicodeScalars.first == mark ? String(text.unicodeScalars.dropFirst()) : text
    }

    /// Reads a file of at most 1 MiB of UTF-8.
    ///
    /// - Parameter path: The file; messages use this spelling.
    /// - Throws: ``ConfigurationError`` if it can't be read, is too long or is not UTF-8.
    package init(file path: String) throws(ConfigurationError) {
        let limit = 1 << 20
        let data: Data
        do { data = try InputFile.read(path, upTo: limit + 1) } catch {
            throw ConfigurationError("\(path): the configuration file can't be read: \(error.reason); check its name and its permissions")
        }
        guard data.count <= limit else { throw ConfigurationError("\(path): longer than 1 MiB, so it is no configuration file") }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ConfigurationError("\(path): not UTF-8 text; save it as UTF-8 (not as UTF-16 or in an older encoding)")
        }
        self.init(name: path, text: text)
    }
}

/// A configuration with the origin of each of its values.
package struct ResolvedConfiguration<Document: ConfigurationDocument>: Sendable {
    /// The configuration.
    package let value: Document
    /// By dotted key: `file:line`, the option's name, or `default`.
    package let origins: [String: String]
    /// By dotted key: what each key with a number may say.
    package let ranges: [String: KeyRange]

    /// One line a value, `key = value  # origin`, in the order of the JSON: what `percept config show` prints.
    package var listing: String {
        value.resolved.leaves.map { leaf in
            let compact = leaf.value.json.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: " ")
            return "\(leaf.path) = \(compact)  # \(origin(of: leaf.path))\n"
        }.joined()
    }

    /// The origin of a key, or of the nearest key above it (the keys of a model architecture are not ours).
    private func origin(of path: String) -> String {
        if let origin = origins[path] { return origin }
        guard let dot = path.lastIndex(of: ".") else { return "default" }
        return origin(of: String(path[..<dot]))
    }
}
