import Configuration
import Tasks
import Judging
import Orchestration
import Rewards
import Telemetry
import Trajectories

/// Means over the validation problems.
struct ValidationScores: Sendable {
    let accuracy: Double
    /// By the judge that gives the reward; nil without annotations.
    let visual: Double?
    /// The reward that would have trained.
    let reward: Double
    /// All annotations reflected, by the task's oracle; nil where it has none.
    let perception: Double?
    /// Problems that were left out because a picture can't be read.
    var unreadable = 0
}

extension Controller {
    /// Answers the validation problems greedily with the newest policy, through the same workers as training.
    func validate(_ step: Int) async throws -> ValidationScores {
        guard let source = validationProblems else { throw ClusterError("data.validation is not set") }
        let count = min(inputs.configuration.validation.problems, source.count)
        var assignments: [GroupAssignment] = []
        for place in 0..<count {
            let assignment = GroupAssignment(
                group: GroupID(purpose: .validation, step: StepIndex(step), slot: place), problemIndex: source.index(at: place), visit: 0,
                version: PolicyVersion(step), memberCount: 1)
            do {
                problems[assignment.group] = try source.problem(at: place)
                assignments.append(assignment)
            } catch let error where UnreadablePicture.isCause(of: error) {
                log.warning("a validation problem is left out for its picture", ["step": step, "reason": "\(error)"])
            }
        }
        try validation.add(assignments)
        pump()
        try await wait(for: "the validation of step \(step)") {
            assignments.allSatisfy { self.validation.phase(of: $0.group) == .judged }
        }
        var scores = scores(assignments)
        scores.unreadable = count - assignments.count
        try recordUnknown(assignments)
        try validation.release(assignments.map(\.group))
        forget(assignments.map(\.group), members: 1)
        return scores
    }

    private func scores(_ assignments: [GroupAssignment]) -> ValidationScores {
        var accuracy = 0.0
        var reward = 0.0
        var visual: [Double] = []
        var perceived: [Bool] = []
        let oracle = inputs.validation?.oracle
        for assignment in assignments {
            guard let (trajectory, verdicts) = judgedMembers(assignment).first, let problem = problems[assignment.group] else { continue }
            let values = inputs.rubric.judged(
                trajectory.rewards, verdicts: verdicts, annotationCount: problem.annotations.count,
                ownValues: ownValues(of: trajectory.id))
            let seen = values[VisualReward.self].number
            accuracy += Double(trajectory.rewards[AccuracyReward.self].number ?? 0)
            // A verdict that stayed unknown adds nothing here: coverage tells how many there are.
            reward += Double(inputs.rubric.knownComposition(values).overall)
            if let seen { visual.append(Double(seen)) }
            if let oracle {
                let rules = oracle.verdicts(annotations: problem.annotations, response: trajectory.text)
                perceived.append(rules.allSatisfy { $0 == .reflected })
            }
        }
        let count = Double(max(1, assignments.count))
        return ValidationScores(
            accuracy: accuracy / count, visual: visual.isEmpty ? nil : visual.reduce(0, +) / Double(visual.count), reward: reward / count,
            perception: perceived.isEmpty ? nil : Double(perceived.count(where: \.self)) / Double(perceived.count))
    }

    /// The policy's scores before training, as the record of step 0.
    func recordStart() async throws {
        var record = MetricRecord(step: 0)
        let scores = try await validate(0)
        record.set(scores)
        try records.append(record, samples: [])
    }
}

extension MetricRecord {
    mutating func set(_ scores: ValidationScores) {
        set(.validationAccuracy, scores.accuracy)
        set(.validationVisual, scores.visual)
        set(.validationReward, scores.reward)
        set("val/perception", scores.perception)
        if scores.unreadable > 0 { set("val/unreadable_images", scores.unreadable) }
    }
}
