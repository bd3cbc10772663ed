import Foundation

/// Paths as people write them.
package enum FilePath {
    /// `path` with a leading `~` or `~name` in place of a home folder, as a shell has it: `~/runs` becomes `/home/me/runs`. Any other path stays as
    /// it is. `HOME` says where home is; without it, the user's entry in the system's list.
    ///
    /// - Returns: nil for a user that does not exist.
    package static func expandingHome(_ path: String) -> String? {
        guard path.hasPrefix("~") else { return path }
        let name = path.dropFirst().prefix { $0 != "/" }
        let rest = path.dropFirst(1 + name.count)
        if name.isEmpty, let home = ProcessInfo.processInfo.environment["HOME"], home.hasPrefix("/") { return join(home, rest) }
        guard let entry = name.isEmpty ? getpwuid(getuid()) : getpwnam(String(name)), let home = entry.pointee.pw_dir else { return nil }
        return join(String(cString: home), rest)
    }

    /// Home ends with no slash before a rest that begins with one.
    private static func join(_ home: String, _ rest: Substring) -> String { (home == "/" && !rest.isEmpty ? "" : home) + rest }
}
