/// The names of distributed methods, as people know them.
package enum MethodName {
    /// `install` for `$s15TrainingCluster13RolloutWorkerC7install_…`; the mangled name itself where it does not begin with a module, a
    /// type and a method.
    package static func of(_ target: String) -> String {
        var rest = Substring(target)
        guard rest.hasPrefix("$s") else { return target }
        rest = rest.dropFirst(2)
        guard identifier(&rest) != nil, identifier(&rest) != nil, rest.popFirst() == "C", let method = identifier(&rest) else {
            return target
        }
        return String(method)
    }

    /// Reads a name behind its length.
    private static func identifier(_ text: inout Substring) -> Substring? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int(digits), count > 0, text.count >= digits.count + count else { return nil }
        let name = text.dropFirst(digits.count).prefix(count)
        text = text.dropFirst(digits.count + count)
        return name
    }
}
