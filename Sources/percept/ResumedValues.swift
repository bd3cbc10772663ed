import Configuration
import ConfigurationReading
import Foundation

/// The configuration of a run that is continued: what the file and the command line name, and the run's own values of what they don't.
///
/// A default may have changed since the run began, with the program or with a line that was taken out of the file. The run goes on as it began; a value
/// that is *named* and differs is refused elsewhere (`ResumeCheck`).
struct ResumedValues {
    let configuration: RunConfiguration
    /// Which values are the run's own, for people; nil if none had to be.
    let note: String?

    /// - Throws: `ConfigurationError` for the file, the options, or a record that is damaged.
    init(folder: String, file: String, overrides: [ConfigurationOverride]) throws {
        let given = try RunConfiguration.load(files: [file], overrides: overrides)
        guard case .training(let record)? = try RunFolder(path: folder).configuration() else {
            (configuration, note) = (given.value, nil)
            return
        }
        let (here, there) = (given.value.everyAnswer, record.value.everyAnswer)
        let own = there.filter { key, value in here[key] != value && !given.isNamed(key) }
        guard !own.isEmpty,
            let merged = try? RunConfiguration.load(
                sources: [
                    record.value.source(of: own.keys, named: folder + "/" + RunFolder.configurationFile), ConfigurationSource(file: file),
                ], overrides: overrides
            ).value
        else {
            (configuration, note) = (given.value, nil)
            return
        }
        configuration = merged
        let values = own.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        note = "as the run in \(folder) had it, where nothing else is said: \(values.joined(separator: ", "))"
    }
}

extension ResolvedConfiguration {
    /// Whether a file or an option says the value of a key, or of one that it is a part of.
    fileprivate func isNamed(_ key: String) -> Bool {
        var path = key
        while true {
            if let origin = origins[path] { return origin != "default" }
            guard let cut = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { return false }
            path = String(path[..<cut])
        }
    }
}

extension RunConfiguration {
    /// The values of some keys, as a file would say them; of a part of a list, the whole list.
    fileprivate func source(of keys: some Collection<String>, named name: String) -> ConfigurationSource {
        var root: [String: ConfigurationValue] = ["schema_version": .integer(1)]
        for (path, value) in resolved.leaves where keys.contains(where: { $0 == path || $0.hasPrefix(path + "[") }) {
            root = Self.merged(root, path.split(separator: ".").map(String.init), value)
        }
        return ConfigurationSource(name: name, text: ConfigurationValue.mapping(root).json)
    }

    private static func merged(
        _ root: [String: ConfigurationValue], _ path: [String], _ value: ConfigurationValue
    ) -> [String: ConfigurationValue] {
        guard let key = path.first else { return root }
        var copy = root
        if path.count == 1 {
            copy[key] = value
        } else {
            let inner: [String: ConfigurationValue] = if case .mapping(let entries)? = root[key] { entries } else { [:] }
            copy[key] = .mapping(merged(inner, Array(path.dropFirst()), value))
        }
        return copy
    }
}
