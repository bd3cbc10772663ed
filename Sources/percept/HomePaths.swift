import Files

/// A leading `~` of arguments, which the shell leaves in `--output=~/runs`.
enum HomePaths {
    /// Options whose values are texts.
    private static let texts: Set = ["--prompt", "--system", "--response", "--id-prefix"]

    /// Arguments with home folders in place of `~`: of values that stand alone, and of those behind `--option=`. An unknown user's name stays.
    /// `--set key=~/…` is left to the configuration, which knows what is a path.
    static func expanding(_ arguments: [String]) -> [String] {
        var before = ""
        return arguments.map { argument in
            defer { before = argument }
            guard argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") else {
                return texts.contains(before) ? argument : FilePath.expandingHome(argument) ?? argument
            }
            let (name, value) = (argument[..<equals], String(argument[argument.index(after: equals)...]))
            guard !texts.contains(String(name)), let expanded = FilePath.expandingHome(value) else { return argument }
            return "\(name)=\(expanded)"
        }
    }
}
