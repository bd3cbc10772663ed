import Trajectories

/// A task whose problems Percept makes itself, with everything that it knows of them: the truth, how a policy answers, how a judge is taught.
package protocol EmbeddedTask: ProblemSource {
    /// Its word, as in `data.train.type`.
    static var word: String { get }
    /// Who knows the truth about its annotations.
    static var truth: any TaskOracle { get }
    /// The words of annotations that the picture alone tells, each as it stands behind a space or a hyphen: what a model has to look up.
    static var lookUpWords: [String] { get }
    /// The keys of worked problems that a starting policy learns from.
    static var policyLessons: any PolicyLessonsSettings.Type { get }
    /// What a judge learns from.
    static var judgeTexts: any JudgeTexts { get }

    /// The files that its pictures are made of, beside the program.
    ///
    /// - Throws: ``DatasetError`` if one is missing.
    static func files() throws -> [TaskFile]

    /// A part of the task.
    ///
    /// - Parameters:
    ///   - split: which pictures the problems show.
    ///   - problems: how many problems, at least 1.
    ///   - seed: another seed, other problems.
    /// - Throws: ``DatasetError``.
    static func part(_ split: TaskSplit, problems: Int, seed: UInt64) throws -> Self

    /// A right response to a problem, which states all annotations first.
    func referenceResponse(at index: Int) -> String

    /// Texts to train a tokenizer on: questions and reference responses of the first problems, and every other word of the task.
    ///
    /// - Parameter problems: how many problems lend their texts; never more than the task has.
    func corpus(problems: Int) -> [String]
}

extension EmbeddedTask {
    package var oracle: (any TaskOracle)? { Self.truth }
    package static func files() -> [TaskFile] { [] }
}
