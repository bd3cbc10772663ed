import ConfigurationReading
import ArgumentParser
import Configuration
import Files
import Foundation
import Multimodal
import Tasks
import Telemetry
import TrainingCluster
import Trajectories

/// `percept report`: a run as one HTML file.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write a run's report: one HTML file that needs nothing else.")

    @Argument(help: ArgumentHelp("The run folder.", valueName: "run"), completion: .directory)
    var folder: String
    @Option(help: ArgumentHelp("The file to write; RUN/report.html if absent.", valueName: "file"), completion: .file())
    var output: String?

    func run() throws {
        guard FileManager.default.fileExists(atPath: folder + "/metrics.jsonl") else {
            throw CommandFailure("\(folder) is no run folder: it has no metrics.jsonl")
        }
        let pictures = try Pictures(run: RunFolder(path: folder))
        let html = try RunReport.html(runFolder: folder, image: pictures.png)
        let path = output ?? folder + "/report.html"
        do {
            try Data(html.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw CommandFailure("\(path) can't be written: \(FileFailure.words(of: error))")
        }
        StandardOutput.write(path + "\n")
    }
}

/// The pictures of a run's problems, made or read again from its training data.
private struct Pictures {
    private let source: (any ProblemSource)?

    /// Without a configuration in the run folder, or where its data are gone, the report has no pictures.
    init(run: RunFolder) throws {
        guard case .training(let resolved)? = try run.configuration() else {
            source = nil
            return
        }
        source = try? ProblemSources.open(resolved.value.data.train)
    }

    /// The first image of a sample's problem; nil if the data have changed since.
    func png(of sample: SampleRecord) -> [UInt8]? {
        guard let source, (0..<source.count).contains(sample.problemIndex), let problem = try? source.problem(at: sample.problemIndex),
            problem.id.rawValue == sample.problemID
        else { return nil }
        return try? problem.images.first?.pngEncoded()
    }
}
