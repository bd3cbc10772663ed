import ArgumentParser
import LinearAlgebra

/// `percept version`: what ran, for bug reports.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version and the math library in use.")

    func run() {
        let library = Products.openBLASDescription
        print("percept \(Version.current)")
        print("\(library.configuration.split(separator: " ").joined(separator: " ")), kernels in use: \(library.core)")
        print("large products: \(Products.route == .openBLAS ? "OpenBLAS, which keeps the canonical dot product here" : "own kernels")")
    }
}
