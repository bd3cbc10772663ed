package import Tasks
import Trajectories

/// What annotating needs of a problem; its images stay files.
package struct AnnotationProblem: Hashable, Sendable {
    package let id: String
    package let question: String
    package let answer: String
    /// The data set's own annotations, if it has some.
    package let knownFacts: [String]
    /// Its image files, names inside the folder, in the order of the prompt.
    package let files: [String]

    package init(id: String, question: String, answer: String, knownFacts: [String] = [], files: [String]) {
        self.id = id
        self.question = question
        self.answer = answer
        self.knownFacts = knownFacts
        self.files = files
    }

    /// All problems of `folder`, in its order.
    ///
    /// - Parameter usable: those whose pictures can be used; nil for all.
    package static func all(of folder: ImageFolder, usable: UsableProblems? = nil) -> [AnnotationProblem] {
        (0..<(usable?.count ?? folder.count)).map { place in
            let index = usable?.index(at: place) ?? place
            let text = folder.text(at: index)
            return AnnotationProblem(
                id: text.id.rawValue, question: text.question, answer: text.answer, knownFacts: text.annotations,
                files: folder.files(at: index))
        }
    }
}
