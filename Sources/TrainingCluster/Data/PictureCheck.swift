package import Tasks
import Digests
import LinearAlgebra
package import Multimodal
import Trajectories

/// The check of an image folder's pictures before they are needed: each is decoded once, and shown to the model's image processing, so that one that
/// can't be used is known before the first step and not found in the middle.
///
/// A pure function of the files and the processing: whoever checks a picture, and when, finds the same.
package struct PictureCheck: Sendable {
    /// Pictures that are decoded as a whole; of those behind them the headers are read.
    package static let decodedCount = 20_000

    package let folder: ImageFolder
    /// The model's; nil checks that pictures can be decoded and no more.
    private let processor: MultimodalProcessor?

    /// Changes whenever the check finds something else in the same files.
    private static let version = "1"

    package init(folder: ImageFolder, processor: MultimodalProcessor?) {
        self.folder = folder
        self.processor = processor
    }

    /// How many pictures there are.
    package var count: Int { folder.pictures.count }

    /// What is wrong with the pictures in a range, in their order. Takes long: belongs on a compute thread.
    package func faults(in range: Range<Int>) -> [PictureFault] { range.compactMap(fault) }

    private func fault(_ index: Int) -> PictureFault? {
        guard index < Self.decodedCount else { return folder.fault(ofHeaderOfPicture: index, inspect: readHeader) }
        return folder.fault(ofPicture: index, inspect: decode)
    }

    private func readHeader(_ bytes: [UInt8]) throws {
        let header = try ImageHeader(decoding: bytes)
        _ = try processor?.grid(width: header.width, height: header.height)
    }

    private func decode(_ bytes: [UInt8]) throws {
        let image = try RGBImage(decoding: bytes)
        _ = try processor?.grid(width: image.width, height: image.height)
    }

    /// Reads the pictures in a range whole. Takes long: belongs on a compute thread.
    ///
    /// - Parameter decodes: whether they are decoded too; otherwise they are read and no more.
    package func sights(in range: Range<Int>, decodes: Bool) -> [PictureSight] {
        range.map { index in
            guard decodes else { return folder.sight(ofPicture: index, inspect: nil) }
            return folder.sight(ofPicture: index, inspect: index < Self.decodedCount ? decode : readHeader)
        }
    }

    /// Decodes one picture whole, whatever its place.
    func decodedSight(of index: Int) -> PictureSight { folder.sight(ofPicture: index, inspect: decode) }

    /// Names the problems and the processing, whatever has become of the image files since.
    package var listDigest: String {
        var sha = SHA256()
        sha.update(Self.version)
        sha.update(folder.digest)
        sha.update(processor.map { $0.imageProcessor.map { "\($0)" } ?? "text alone" } ?? "decoding")
        sha.update(Self.decodedCount)
        return sha.hex
    }

    /// Checks all pictures in this process.
    ///
    /// - Parameters:
    ///   - threads: how many compute threads do it.
    ///   - progressed: told how many are done, now and then, on any thread.
    package func all(threads: Int, progressed: @escaping @Sendable (_ done: Int) -> Void = { _ in }) async throws -> [PictureFault] {
        let parts = PictureParts<PictureFault>(count: count)
        return try await ComputeThreads.run {
            try ComputeThreads.forEach(parts.ranges.count, threads: threads) { index in
                parts.finish(index, faults(in: parts.ranges[index]))
                progressed(parts.doneCount)
            }
            return parts.found
        }
    }

    /// The problems without those that can't be used, after a check in this process.
    ///
    /// - Parameters:
    ///   - limit: the largest share that may be left out, 0 ... 1.
    ///   - name: what sets it, for people.
    ///   - threads: how many compute threads do it.
    ///   - say: told how far it is, what the lines lost, and what is left out, a line at a time, on any thread.
    /// - Throws: `DatasetError` if too much is left out, or all.
    package func usable(
        maximumBadShare limit: Double, setBy name: String = "data.max_bad_share", threads: Int, say: @escaping @Sendable (String) -> Void
    ) async throws -> UsableProblems {
        if folder.report.hasLosses { say("\(folder.report)") }
        let beat = ProgressBeat(interval: .seconds(5))
        let faults = try await all(threads: threads) { [count] done in
            if beat.isDue() { say("\(done) of \(count) pictures looked at") }
        }
        let problems = folder.usable(without: faults)
        try problems.check(maximumBadShare: limit, setBy: name)
        if let leftOut = problems.leftOut { say("\(leftOut)") }
        return problems
    }
}
