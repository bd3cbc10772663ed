import ArgumentParser
import Foundation
import Telemetry

/// `percept status`: what a run is doing, and who holds it up.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what each rank of a run does or waits for.",
        discussion: "Reads RUN/status.json, which a live run replaces every second; asks nobody anything.")

    @Argument(help: ArgumentHelp("The run folder.", valueName: "run"), completion: .directory)
    var folder: String
    @Flag(help: "Print the status as JSON.") var json = false
    @Option(help: ArgumentHelp("Show it again every so many seconds until the run ends.", valueName: "seconds"))
    var every: Double?

    func validate() throws {
        if let every, !(0.1...86_400).contains(every) { throw ValidationError("--every must be 0.1 ... 86,400 seconds, not \(every).") }
    }

    func run() async throws {
        while true {
            let end = try RunEnd.load(fromFolder: folder)
            try show(end)
            guard let every, end == nil else { return }
            let next = ContinuousClock.now + .seconds(every)
            repeat {
                // A reader that has seen enough, such as `head`, is not waited for.
                guard StandardOutput.isTaken else { return }
                try await Task.sleep(until: min(next, .now + Self.look), clock: .continuous)
            } while .now < next
        }
    }

    /// Between two looks whether somebody still reads.
    private static let look = Duration.milliseconds(200)

    private func show(_ end: RunEnd?) throws {
        guard let status = try RunStatus.load(fromFolder: folder) else {
            if let end { return StandardOutput.print(Self.line(of: end)) }
            throw CommandFailure(
                "\(folder) has no \(RunStatus.fileName): it is no run folder, or its run has not met all its ranks yet")
        }
        if json { return StandardOutput.print(try JSONText.encode(status, isIndented: true)) }
        let age = max(0, Date().timeIntervalSince1970 - status.written)
        for line in StatusTable.lines(status, age: age, end: end) { StandardOutput.print(line) }
        if let end { StandardOutput.print(Self.line(of: end)) }
    }

    private static func line(of end: RunEnd) -> String {
        "the run \(end.status == .finished ? "has" : "was") \(end.status.rawValue) after step \(end.step)"
            + (end.message.map { ": \($0)" } ?? "")
    }
}
