package import Trajectories

extension ImageFolder {
    /// Problem `index` without its images: nothing is decoded.
    ///
    /// - Precondition: `index` is in `0 ..< count`.
    package func text(at index: Int) -> Problem {
        let record = records[index]
        return Problem(
            id: ProblemID(record.id), images: [], question: record.content.problem, answer: record.answer, annotations: record.annotations)
    }

    /// The names of the image files of problem `index`, in the order of the prompt.
    ///
    /// - Precondition: `index` is in `0 ..< count`.
    package func files(at index: Int) -> [String] { records[index].content.files }

    /// The bytes of an image file as they are; the name is checked again at each read.
    ///
    /// - Throws: ``DatasetError`` if the name leads out of the folder or the file can't be read.
    package func bytes(ofImage name: String) throws -> [UInt8] { try root.read(name, limit: Self.imageLimit) }
}
