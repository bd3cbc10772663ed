/// A host where ranks may be started, `node3`, or `node3:2` with the number of places.
///
/// Names come from files and command lines and become words of the remote shell's and mpirun's command lines: only what a host may be called is one.
package enum HostPlace {
    /// What is wrong with a text that should be one; nil if nothing is.
    package static func fault(of text: String) -> String? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first ?? ""
        let shown = VisibleText.message(text, limit: 80)
        guard !name.isEmpty, name.utf8.count <= 253, name.utf8.allSatisfy(isNameByte), name.first != "-", name.first != "." else {
            return "'\(shown)' is no host: letters, digits, dots, hyphens and underscores make a name, and a letter or digit begins it"
        }
        guard parts.count == 1 || (Int(parts[1]).map { (1...10_000).contains($0) } ?? false) else {
            return "'\(shown)': behind a host's name and a colon stands how many ranks it takes, 1 to 10000"
        }
        return nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
        default: false
        }
    }
}
