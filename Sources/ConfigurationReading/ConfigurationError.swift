/// Where a value stands that a person wrote.
package enum SourceLocation: Hashable, Sendable, CustomStringConvertible {
    /// A place in a file; line and column count from 1.
    case file(name: String, line: Int, column: Int)
    /// A command-line option. `option` is its name (`--set`), `text` the whole of it (`--set training.steps=5`).
    case option(String, text: String)

    /// `file:line:column`, or the option as it was written.
    package var description: String {
        switch self {
        case .file(let name, let line, let column): "\(name):\(line):\(column)"
        case .option(_, let text): text
        }
    }

    /// The short form that `percept config show` prints beside a value: `file:line`, or the option's name.
    package var origin: String {
        switch self {
        case .file(let name, let line, _): "\(name):\(line)"
        case .option(let name, _): name
        }
    }
}

/// One thing that is wrong with a configuration, and what to do about it.
package struct ConfigurationDiagnostic: Hashable, Sendable, CustomStringConvertible {
    /// Where it was written; nil for a value that nobody wrote (a missing key, a default).
    package let location: SourceLocation?
    /// The dotted key (`rollout.group_size`); empty if the fault is not in one key.
    package let path: String
    /// What was wrong and what to do.
    package let message: String

    /// One finding.
    package init(location: SourceLocation? = nil, path: String = "", message: String) {
        self.location = location
        self.path = path
        self.message = message
    }

    /// `file:line:column: key: message`, without the parts that are unknown.
    package var description: String {
        [location?.description, path.isEmpty ? nil : path, message].compactMap { $0 }.joined(separator: ": ")
    }
}

/// What is wrong with a configuration, found in one go: the first faults, and how many there are beside them. The description is ready to print: one
/// line a diagnostic.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// At least one; in the order of the files, lines and columns, then those without a place. At most ``toldCount``.
    package let diagnostics: [ConfigurationDiagnostic]
    /// Faults that are not told.
    package let untoldCount: Int

    /// How many faults are told.
    package static let toldCount = 50

    /// Several findings, at least one.
    ///
    /// - Parameter untoldCount: How many there are beside them.
    package init(_ diagnostics: [ConfigurationDiagnostic], untoldCount: Int = 0) {
        self.diagnostics = Array(diagnostics.prefix(Self.toldCount))
        self.untoldCount = untoldCount + diagnostics.count - self.diagnostics.count
    }

    /// One finding.
    package init(_ message: String, path: String = "", location: SourceLocation? = nil) {
        diagnostics = [ConfigurationDiagnostic(location: location, path: path, message: message)]
        untoldCount = 0
    }

    package var description: String {
        (diagnostics.map(\.description) + (untoldCount > 0 ? ["and \(untoldCount) more faults"] : [])).joined(separator: "\n")
    }
}
