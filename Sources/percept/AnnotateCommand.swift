import Annotation
import ArgumentParser
import Tasks
import Foundation
import Multimodal
import Telemetry
import Trajectories

/// `percept annotate`: chains of thought → visual facts → a data set for training, and a sheet for review.
struct AnnotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "annotate", abstract: "Extract atomic visual facts from chains of thought, as the annotations of an image folder.",
        discussion: """
            Chains whose final answer is right are given to the extractor; its facts are checked by rules, merged and written as visual_key_info \
            of an image folder, with review.html for a person's marks and report.json with every loss. A run that ended anyhow goes on where it \
            was. With --apply-review the marks of a sheet are applied to a folder written before. With --measure the extractor reads chains of \
            thought that are written from the data's own annotations, and precision and recall are printed.
            """)

    @Option(help: ArgumentHelp("The image folder with the problems.", valueName: "dir"), completion: .directory)
    var data: String?
    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Files of chains of thought, one JSON object a line.", valueName: "file"),
        completion: .file())
    var chains: [String] = []
    @Option(help: ArgumentHelp("The folder to write, or to go on with.", valueName: "dir"), completion: .directory)
    var output: String
    @OptionGroup var pictures: PictureOptions
    @OptionGroup(title: "Extractor") var extractor: ExtractorOptions

    @Option(help: ArgumentHelp("The key of a chain's problem id.", valueName: "key"))
    var idKey = "id"
    @Option(help: ArgumentHelp("What the data folder puts before the chains' ids, such as mathvision-.", valueName: "text"))
    var idPrefix = ""
    @Option(help: ArgumentHelp("The key of a chain's text.", valueName: "key"))
    var responseKey = "response"
    @Option(help: ArgumentHelp("Use at most n right chains of a problem.", valueName: "n"))
    var chainsPerProblem: Int?
    @Option(help: ArgumentHelp("Ask at most n chains in all; another run goes on.", valueName: "n"))
    var maxChains: Int?
    @Option(help: ArgumentHelp("Keep facts that at least n chains state.", valueName: "n"))
    var minSupport = 1
    @Option(help: ArgumentHelp("Keep at most n facts of a problem.", valueName: "n"))
    var factsPerProblem = 32
    @Flag(help: "Write problems without facts too.")
    var keepUnannotated = false
    @Option(help: ArgumentHelp("Show at most n problems on the review sheet.", valueName: "n"))
    var sheetProblems = 500

    @Option(help: ArgumentHelp("Apply the marks that a review sheet exported.", valueName: "file"), completion: .file())
    var applyReview: String?
    @Flag(help: "Keep only facts that a review accepts.")
    var onlyAccepted = false

    @Flag(help: "Measure the extractor on the data's own annotations.")
    var measure = false
    @Option(help: ArgumentHelp("Problems to measure on.", valueName: "n"))
    var measureProblems = 200
    @Option(help: ArgumentHelp("Another seed, other chains of thought.", valueName: "s"))
    var seed: UInt64 = 1

    func validate() throws {
        for (name, value) in [
            ("--chains-per-problem", chainsPerProblem), ("--max-chains", maxChains), ("--min-support", minSupport),
            ("--facts-per-problem", factsPerProblem), ("--sheet-problems", sheetProblems), ("--measure-problems", measureProblems),
        ] {
            if let value, value < 1 { throw ValidationError("\(name) must be at least 1, not \(value).") }
        }
        if applyReview == nil, data == nil { throw ValidationError("--data is missing: name the image folder with the problems.") }
        if measure, !chains.isEmpty { throw ValidationError("--measure writes its own chains of thought: leave --chains away.") }
        if applyReview == nil, !measure, chains.isEmpty {
            throw ValidationError("--chains is missing: name the files of chains of thought.")
        }
    }

    func run() async throws {
        let folder = try AnnotatedFolder(path: output)
        if let applyReview, data == nil { return try apply(applyReview, to: folder) }
        let source = try ImageFolder(directory: data ?? "") { try RGBImage(decoding: $0) }
        let usable = try await pictures.usable(source)
        if measure { return try await measure(source, usable, folder) }
        if let applyReview { try folder.write(try folder.review().merged(with: Review(path: applyReview)).json(), to: Review.fileName) }
        try await annotate(source, usable, folder)
    }

    private static func tell(_ text: String) { Console.standardError.say(text) }

    private static func open(_ folder: AnnotatedFolder) throws -> ExtractionLog {
        let log = try ExtractionLog(path: folder.file(ExtractionLog.fileName))
        if log.repairedByteCount > 0 {
            tell("\(folder.file(ExtractionLog.fileName)): a torn last line was removed; its chain is asked again")
        }
        if log.damagedLineCount > 0 {
            tell("\(folder.file(ExtractionLog.fileName)): \(log.damagedLineCount) damaged lines were passed over")
        }
        return log
    }

    // MARK: - Annotating

    private func annotate(_ source: ImageFolder, _ usable: UsableProblems, _ folder: AnnotatedFolder) async throws {
        var keys = ChainFile.Keys()
        (keys.problem, keys.response, keys.prefix) = (idKey, responseKey, idPrefix)
        var file = ChainFile()
        for path in chains { try file.read(path, keys: keys) }
        let problems = AnnotationProblem.all(of: source, usable: usable)
        let selection = ChainSelection(file.chains, problems: problems, perProblem: chainsPerProblem ?? .max)
        let opened = try extractor.open()
        let log = try Self.open(folder)
        let requests = zip(problems, selection.kept).flatMap { problem, chains in chains.map { ExtractionRequest(problem, $0) } }
        let run = ExtractionRun(
            extractor: opened.extractor, log: log, attempts: extractor.attempts, progress: { ProgressTelling(verb: "extracted")($0, $1) })
        let outcome = try await run(Array(requests.prefix(maxChains ?? requests.count)))

        var options = AnnotationSet.Options()
        (options.minimumSupport, options.factsPerProblem) = (minSupport, factsPerProblem)
        let identity = opened.extractor.identity
        let set = AnnotationSet(problems: problems, selection: selection, options: options) { log[$0.key(extractor: identity)] }
        let review = try folder.review()
        try folder.writeCandidates(of: set, keepsUnannotated: keepUnannotated, from: source)
        let sheet = try ReviewSheet(set, review: review, title: URL(filePath: data ?? "").lastPathComponent, limit: sheetProblems).html {
            try source.bytes(ofImage: $1)
        }
        try folder.write(Data(sheet.utf8), to: ReviewSheet.fileName)
        let written = try folder.writeMetadata(review: review, onlyAccepted: onlyAccepted)
        let report = AnnotationReport(
            chains: file, selection: selection, set: set, extractor: identity, run: outcome, leftOut: usable.leftOut?.problems.count ?? 0,
            review: written)
        try folder.write(report.json(), to: AnnotationReport.fileName)
        StandardOutput.print(report.table)
        if let costs = opened.costs() { StandardOutput.print(costs) }
        StandardOutput.print("\(folder.file("metadata.jsonl")): the annotated problems; \(folder.file(ReviewSheet.fileName)): for review")
        if written.problems == 0 { Self.tell("no problem has a fact: metadata.jsonl is empty, and training would refuse it") }
    }

    private func apply(_ path: String, to folder: AnnotatedFolder) throws {
        let review = try folder.review().merged(with: Review(path: path))
        var report = try AnnotationReport(path: folder.file(AnnotationReport.fileName))
        report.review = try folder.writeMetadata(review: review, onlyAccepted: onlyAccepted)
        try folder.write(review.json(), to: Review.fileName)
        try folder.write(report.json(), to: AnnotationReport.fileName)
        let outcome = report.review
        StandardOutput.print(
            "\(outcome.accepted) facts accepted, \(outcome.rejected) rejected, \(outcome.unmarked) without a mark; "
                + "\(outcome.facts) facts of \(outcome.problems) problems written")
        if outcome.emptiedProblems > 0 { StandardOutput.print("\(outcome.emptiedProblems) problems lost all their facts and are left out") }
        if outcome.staleMarks > 0 {
            StandardOutput.print("\(outcome.staleMarks) marks are of facts that are no more: the sheet is older than the folder")
        }
    }

    // MARK: - Measuring

    private func measure(_ source: ImageFolder, _ usable: UsableProblems, _ folder: AnnotatedFolder) async throws {
        let annotated = AnnotationProblem.all(of: source, usable: usable).filter { !$0.knownFacts.isEmpty }.prefix(measureProblems)
        guard !annotated.isEmpty else {
            throw CommandFailure("\(data ?? ""): no problem has visual_key_info, so there is nothing to measure on")
        }
        let known = annotated.enumerated().map { index, problem in
            (problem: problem, chain: KnownChain(problem: problem, seed: seed, index: index))
        }
        let opened = try extractor.open()
        let log = try Self.open(folder)
        let run = ExtractionRun(
            extractor: opened.extractor, log: log, attempts: extractor.attempts, progress: { ProgressTelling(verb: "extracted")($0, $1) })
        _ = try await run(
            known.map { ExtractionRequest(problemID: $0.problem.id, question: $0.problem.question, response: $0.chain.response) })
        let identity = opened.extractor.identity
        let measurement = FactMeasurement(extractor: identity, known: known) { log[$0.key(extractor: identity)] }
        try folder.write(measurement.json(), to: "measurement.json")
        StandardOutput.print(measurement.table)
        if let costs = opened.costs() { StandardOutput.print(costs) }
    }
}
