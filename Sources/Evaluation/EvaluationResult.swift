import Files
package import Foundation
import Trajectories

/// A model's outcomes on a data set: what `percept evaluate` writes and `percept compare` reads.
package struct EvaluationResult: Hashable, Codable, Sendable {
    /// Sums over the outcomes, written beside them so that a reader needn't add up and a damaged file is noticed.
    package struct Counts: Hashable, Codable, Sendable {
        package let problems: Int
        /// Right answers.
        package let accurate: Int
        /// Problems whose perception is known.
        package let judged: Int
        /// Problems all of whose annotations were reflected.
        package let perceived: Int
    }

    /// The model folder or checkpoint, as a person would name it.
    package let model: String
    /// Digest of the model's weights, if known.
    package let modelDigest: String?
    package let dataSet: String
    /// Who measured perception, settings included.
    package let judge: String
    /// Who gave the reward, if it was asked too.
    package let rewardJudge: String?
    package let counts: Counts
    /// In the order of the data set.
    package let outcomes: [OutcomeRecord]
    /// Problems of the data set that have no outcome because they can't be used; nil in files that don't say.
    package let leftOut: LeftOut?

    private enum CodingKeys: String, CodingKey {
        case model
        case modelDigest = "model_digest"
        case dataSet = "data_set"
        case judge
        case rewardJudge = "reward_judge"
        case counts, outcomes
        case leftOut = "left_out"
    }

    /// - Throws: ``EvaluationError`` if there are no outcomes or a problem appears twice.
    package init(
        model: String, modelDigest: String? = nil, dataSet: String, judge: String, rewardJudge: String? = nil, outcomes: [OutcomeRecord],
        leftOut: LeftOut? = nil
    ) throws(EvaluationError) {
        self.model = model
        self.modelDigest = modelDigest
        self.dataSet = dataSet
        self.judge = judge
        self.rewardJudge = rewardJudge
        self.outcomes = outcomes
        self.leftOut = leftOut
        counts = try Self.count(outcomes)
    }

    /// Share of right answers, 0 ... 1.
    package var accuracy: Double { Double(counts.accurate) / Double(counts.problems) }

    /// Share of problems, among those judged, with every annotation reflected; nil if none was judged.
    package var perception: Double? { counts.judged == 0 ? nil : Double(counts.perceived) / Double(counts.judged) }

    /// Mean share of annotations reflected; nil if no problem was judged.
    package var perceptionShare: Double? { Self.mean(outcomes.compactMap(\.perceptionShare)) }

    /// Mean share by the judge that gives the reward; nil if it was not asked.
    package var rewardJudgeShare: Double? { Self.mean(outcomes.compactMap(\.rewardJudgeShare)) }

    static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    private static func count(_ outcomes: [OutcomeRecord]) throws(EvaluationError) -> Counts {
        guard !outcomes.isEmpty else { throw .inconsistent(reason: "it holds no outcomes") }
        var seen: Set<String> = []
        for outcome in outcomes {
            let id = outcome.problem.rawValue
            guard seen.insert(id).inserted else { throw .inconsistent(reason: "problem '\(id)' appears twice") }
            for (name, share) in [("perception_share", outcome.perceptionShare), ("reward_judge_share", outcome.rewardJudgeShare)] {
                guard let share, !(0...1).contains(share) else { continue }
                throw .inconsistent(reason: "problem '\(id)' has \(name) \(share), outside 0...1")
            }
            guard outcome.perception == outcome.perceptionShare.map({ $0 == 1 }) else {
                throw .inconsistent(reason: "problem '\(id)' has a perception that contradicts its perception_share")
            }
        }
        return Counts(
            problems: outcomes.count, accurate: outcomes.count { $0.accuracy },
            judged: outcomes.count { $0.perception != nil }, perceived: outcomes.count { $0.perception == true })
    }

    // MARK: - Files

    /// The JSON text: sorted keys, indented.
    package func json() throws -> Data { try Self.encode(self) }

    /// Writes the file so that a reader sees the whole of it or none.
    ///
    /// - Throws: ``EvaluationError``.
    package func write(to path: String) throws(EvaluationError) {
        do {
            try json().write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw .file(path: path, reason: "can't be written: \(FileFailure.words(of: error))")
        }
    }

    /// Reads a file and checks it against its own counts.
    ///
    /// - Throws: ``EvaluationError``.
    package static func load(from path: String) throws(EvaluationError) -> EvaluationResult {
        let result: EvaluationResult
        do {
            result = try JSONDecoder().decode(EvaluationResult.self, from: InputFile.read(path, limit: 1 << 30))
        } catch let error as FileFailure {
            throw .file(path: path, reason: "can't be read: \(error.reason)")
        } catch {
            throw .file(path: path, reason: "is not an evaluation result of `percept evaluate`: \(error)")
        }
        guard try count(result.outcomes) == result.counts else {
            throw .file(path: path, reason: "its counts don't match its outcomes: the file was changed or damaged")
        }
        return result
    }

    /// Sorted keys, indented, one trailing line end.
    static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        var data = try encoder.encode(value)
        data.append(0x0A)
        return data
    }
}
