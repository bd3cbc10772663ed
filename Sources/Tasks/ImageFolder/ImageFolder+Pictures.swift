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

/// What one look at a picture found.
package struct PictureSight: Hashable, Codable, Sendable {
    /// Its place in ``ImageFolder/pictures``.
    package let picture: Int
    /// SHA-256 of the file; nil of one that can't be read.
    package let digest: String?
    /// What is wrong, with the file's full path; nil of one that can be used, as far as it was looked at.
    package let fault: String?

    package init(picture: Int, digest: String?, fault: String?) {
        self.picture = picture
        self.digest = digest
        self.fault = fault
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

    /// Reads picture `index` whole: its SHA-256, and what is wrong with it.
    ///
    /// - Parameter inspect: nil looks no further than whether the file can be read.
    /// - Precondition: `index` is in the range of ``pictures``.
    package func sight(ofPicture index: Int, inspect: PictureInspector?) -> PictureSight {
        let name = pictures[index]
        do {
            let bytes = try root.read(name, limit: Self.imageLimit)
            let digest = bytes.withUnsafeBytes { SHA256.hex(SHA256.digest(of: $0)) }
            do {
                if let inspect { try using(name, bytes, inspect) }
                return PictureSight(picture: index, digest: digest, fault: nil)
            } catch {
                return PictureSight(picture: index, digest: digest, fault: "\(error)")
            }
        } catch {
            return PictureSight(picture: index, digest: nil, fault: "\(error)")
        }
    }

    /// A picture's full path, for people.
    package func path(ofPicture index: Int) -> String { root.fullPath(pictures[index]) }

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
