import ArgumentParser
import Tasks
import Foundation
import Telemetry
import TrainingCluster

/// How commands without a configuration look at the pictures of an image folder.
struct PictureOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The largest share of the problems that may be left out for a picture that can't be used.", valueName: "share"))
    var maxBadShare = 0.05

    func validate() throws {
        guard (0...1).contains(maxBadShare) else { throw ValidationError("--max-bad-share must be 0 ... 1, not \(maxBadShare).") }
    }

    /// The problems whose pictures can all be decoded; what is left out, of lines and of pictures, is said on standard error.
    ///
    /// - Throws: `DatasetError` if it is too much.
    func usable(_ folder: ImageFolder) async throws -> UsableProblems {
        try await PictureCheck(folder: folder, processor: nil).usable(
            maximumBadShare: maxBadShare, setBy: "--max-bad-share", threads: ProcessInfo.processInfo.activeProcessorCount,
            say: { Console.standardError.say($0) })
    }
}
