import Foundation

/// The tables of the module's fixtures: a line a row, tabs between columns, remarks behind `#`.
enum TableFixture {
    /// The rows with so many columns.
    static func rows(_ name: String, columns: Int) -> [[String]] {
        let text = (try? String(contentsOf: Bundle.module.bundleURL.appending(path: "Fixtures/\(name)"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
            .filter { $0.count == columns }
    }
}
