/// What one reading of a configuration gathers: faults, places and origins. Reference semantics, because nested sections report into one.
final class ReadingSession {
    /// Whether values come from a source; otherwise the present values are only checked and written.
    let isReading: Bool
    private(set) var diagnostics: [ConfigurationDiagnostic] = []
    /// How many faults there are beside those that are kept.
    private(set) var untoldCount = 0
    /// Where each key that somebody wrote stands.
    private(set) var locations: [String: SourceLocation] = [:]
    /// Every key asked for, by dotted path.
    private(set) var knownPaths: [String] = []
    /// What each key with a number may say.
    private(set) var ranges: [String: KeyRange] = [:]
    private var unknownEntries: [(path: String, entry: SourceNode.Entry, siblings: [String])] = []

    init(isReading: Bool) { self.isReading = isReading }

    /// Notes a fault. A file with thousands of them is no configuration; the first say so, the others are counted.
    func report(_ path: String, _ message: String, at location: SourceLocation? = nil) {
        guard diagnostics.count < ConfigurationError.toldCount else {
            untoldCount += 1
            return
        }
        diagnostics.append(ConfigurationDiagnostic(location: location ?? locations[path], path: path, message: message))
    }

    func register(_ path: String, at location: SourceLocation?) {
        knownPaths.append(path)
        if let location { locations[path] = location }
    }

    func bound(_ path: String, by range: KeyRange) { ranges[path] = range }

    func reportUnknown(_ entry: SourceNode.Entry, path: String, siblings: [String]) {
        unknownEntries.append((path, entry, siblings))
    }

    /// Turns unknown keys into diagnostics, once every known key of every section has been seen.
    func resolveUnknownKeys() {
        for (path, entry, siblings) in unknownEntries {
            // Looking for the nearest spelling is work, and nobody would read it.
            guard diagnostics.count < ConfigurationError.toldCount else {
                untoldCount += 1
                continue
            }
            let hint: String
            if let near = NearestSpelling.candidate(for: entry.key, among: siblings) {
                hint = "did you mean '\(near)'?"
            } else if let elsewhere = knownPaths.first(where: { $0.hasSuffix(".\(entry.key)") || $0 == entry.key }) {
                hint = "did you mean '\(elsewhere)'?"
            } else {
                hint = "known here: \(siblings.joined(separator: ", "))"
            }
            report(path, "unknown key; \(hint)", at: entry.keyLocation)
        }
        unknownEntries = []
    }

    /// The diagnostics in the order of the places that they name.
    func sortedDiagnostics(fileOrder: [String]) -> [ConfigurationDiagnostic] {
        func key(_ diagnostic: ConfigurationDiagnostic) -> (Int, Int, Int) {
            switch diagnostic.location {
            case .file(let name, let line, let column): (fileOrder.firstIndex(of: name) ?? fileOrder.count, line, column)
            case .option: (fileOrder.count + 1, 0, 0)
            case nil: (fileOrder.count + 2, 0, 0)
            }
        }
        return diagnostics.enumerated().sorted { a, b in
            let (first, second) = (key(a.element), key(b.element))
            return first == second ? a.offset < b.offset : first < second
        }.map(\.element)
    }
}
