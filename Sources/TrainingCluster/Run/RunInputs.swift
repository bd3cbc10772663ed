package import Configuration
package import Tasks
package import Foundation
import Multimodal
package import PolicyModel
package import Rewards
package import Trajectories

/// What every rank of a run reads before it works: the same on all of them.
package struct RunInputs: Sendable {
    package let configuration: RunConfiguration
    package let model: PolicyModel.ModelConfiguration
    package let prompts: PolicyPrompts
    package let sampler: TrajectorySampler
    /// What a response is worth.
    package let rubric: Rubric
    package let train: any ProblemSource
    package let validation: (any ProblemSource)?

    /// - Parameter task: The training problems, where they are not the configuration's: a task of a test.
    package init(_ configuration: RunConfiguration, task: (any ProblemSource)? = nil) throws {
        self.configuration = configuration
        let folder = URL(filePath: configuration.model.policy)
        model = try PolicyModel.ModelConfiguration(location: folder)
        let processor = try MultimodalProcessor(contentsOf: folder)
        try ModelAgreement.check(processor, model, at: folder.path)
        prompts = PolicyPrompts(
            processor: processor, systemPrompt: configuration.data.systemPrompt, template: configuration.data.promptTemplate)
        rubric = Rubric(configuration.reward)
        sampler = configuration.sampler(processor: processor, model: model)
        train = try task ?? ProblemSources.open(configuration.data.train)
        validation = try configuration.data.validation.map { try ProblemSources.open($0) }
    }

    /// Whether prompts ask for the form that ``FormatReward`` rewards, as far as the settings and the first problem tell.
    var asksForForm: Bool {
        // A first problem whose picture can't be read tells nothing here; it is left out elsewhere, by name.
        let question = (try? train.problem(at: 0))?.question ?? ""
        let texts = [configuration.data.systemPrompt ?? "", configuration.data.promptTemplate, question]
        return ["<think>", "<answer>", "\\boxed"].allSatisfy { mark in texts.contains { $0.contains(mark) } }
    }

    /// - Throws: ``ClusterError`` if the judge is one that can't know these data.
    func checkJudge() throws {
        // Without a reward for sight, training asks nobody.
        let judged = [(configuration.reward.weights[VisualReward.self] > 0 ? train : nil, "data.train"), (validation, "data.validation")]
        for case (let source?, let name) in judged {
            // An oracle knows its own task.
            guard source.oracle == nil else { continue }
            if let fault = try Judges.rulesFault(configuration.judge, source, named: name) { throw ClusterError(fault) }
        }
    }

    /// The policy's model folder.
    package var policyFolder: URL { URL(filePath: configuration.model.policy) }

    /// The data that groups of a purpose draw from.
    package func source(for purpose: Purpose) throws -> any ProblemSource {
        guard purpose != .train else { return train }
        guard let validation else { throw ClusterError("data.validation is not set") }
        return validation
    }

    /// The check of the pictures that groups of a purpose may show; nil for data without image files.
    package func pictureCheck(for purpose: Purpose) throws -> PictureCheck? {
        (try source(for: purpose) as? ImageFolder).map { PictureCheck(folder: $0, processor: prompts.processor) }
    }

    /// The problem and prompt of a group.
    ///
    /// - Parameters:
    ///   - index: the problem's, in the data set that the group's purpose draws from.
    ///   - fetched: the pictures of groups that were had from the controller.
    /// - Throws: ``LostPicture`` if a picture can't be read here.
    func prompt(_ group: GroupID, index: Int, fetched: [GroupID: [RGBImage]] = [:]) throws -> PolicyPrompt {
        let source = try source(for: group.purpose)
        if let images = fetched[group], let folder = source as? ImageFolder {
            let text = folder.text(at: index)
            return try prompts.encode(
                Problem(id: text.id, images: images, question: text.question, answer: text.answer, annotations: text.annotations),
                of: source)
        }
        do {
            return try prompts.encode(try source.problem(at: index), of: source)
        } catch let error where UnreadablePicture.isCause(of: error) {
            throw LostPicture(group: group, reason: "\(error)")
        }
    }

    /// The pictures of a group alone, as the model takes them.
    ///
    /// - Parameter fetched: the pictures of groups that were had from the controller.
    /// - Throws: ``LostPicture`` if a picture can't be read here.
    func visuals(_ key: PictureKey, fetched: [GroupID: [RGBImage]]) throws -> [VisualInput] {
        do {
            let images = try fetched[key.group] ?? source(for: key.group.purpose).problem(at: key.problemIndex).images
            return try prompts.visuals(images)
        } catch let error where UnreadablePicture.isCause(of: error) {
            throw LostPicture(group: key.group, reason: "\(error)")
        }
    }
}
