import Digests

/// A picture that can't be used.
package struct PictureFault: Hashable, Codable, Sendable {
    /// Its place in ``ImageFolder/pictures``.
    package let picture: Int
    /// What is wrong, with the file's full path.
    package let reason: String

    package init(picture: Int, reason: String) {
        self.picture = picture
        self.reason = reason
    }
}

/// Looks at the bytes of an image file; throws if they can't be used.
package typealias PictureInspector = (_ bytes: [UInt8]) throws -> Void

extension ImageFolder {
    /// As many bytes at the start of a file as hold the header of almost every picture.
    private static let headerLimit = 1 << 18

    /// What is wrong with picture `index` as a whole; nil if it can be used.
    ///
    /// - Precondition: `index` is in the range of ``pictures``.
    package func fault(ofPicture index: Int, inspect: PictureInspector) -> PictureFault? {
        fault(index) { name in try using(name, try root.read(name, limit: Self.imageLimit), inspect) }
    }

    /// What is wrong with the header of picture `index`, as far as that shows; nil if nothing is. Reads little of a large file.
    ///
    /// - Precondition: `index` is in the range of ``pictures``.
    package func fault(ofHeaderOfPicture index: Int, inspect: PictureInspector) -> PictureFault? {
        fault(index) { name in
            let start = try root.read(name, limit: Self.imageLimit, prefix: Self.headerLimit)
            do {
                try using(name, start, inspect)
            } catch  where start.count == Self.headerLimit {
                // The header may end further on.
                try using(name, try root.read(name, limit: Self.imageLimit), inspect)
            }
        }
    }

    private func fault(_ index: Int, _ inspect: (String) throws -> Void) -> PictureFault? {
        do {
            try inspect(pictures[index])
            return nil
        } catch {
            return PictureFault(picture: index, reason: "\(error)")
        }
    }

    /// Names the state of everything that ``fault(ofPicture:inspect:)`` depends on beside the inspector: the metadata, and of each picture its size
    /// and when it last changed. A picture that is replaced gives another digest, also where it keeps its size and date.
    package var stateDigest: String {
        var sha = SHA256()
        sha.update(digest)
        for picture in pictures {
            sha.update(picture)
            sha.update(root.stamp(of: picture) ?? [])
        }
        return sha.hex
    }

    /// The problems whose pictures are all without fault.
    package func usable(without faults: [PictureFault]) -> UsableProblems {
        var report = PictureReport(file: self.report.file, problemCount: count)
        let reasons = Dictionary(faults.map { (pictures[$0.picture], $0.reason) }) { first, _ in first }
        var kept: [Int] = []
        for (index, record) in records.enumerated() {
            if let reason = record.content.files.lazy.compactMap({ reasons[$0] }).first {
                report.add(.init(line: record.line, id: record.id, reason: reason))
            } else {
                kept.append(index)
            }
        }
        return UsableProblems(self, leftOut: report.problems.isEmpty ? nil : report, kept: kept.count == count ? nil : kept)
    }
}
