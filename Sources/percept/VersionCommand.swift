import ArgumentParser
import LinearAlgebra
import Telemetry

/// `percept version`: what ran, for bug reports.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version and the math library in use.")

    func run() {
        let library = Products.openBLASDescription
        StandardOutput.print("percept \(Version.current)")
        StandardOutput.print("\(library.configuration.split(separator: " ").joined(separator: " ")), kernels in use: \(library.core)")
        StandardOutput.print(
            "large products: \(Products.route == .openBLAS ? "OpenBLAS, which keeps the canonical dot product here" : "own kernels")")
    }
}
