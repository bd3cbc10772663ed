package import Configuration
package import Foundation
import Multimodal
package import PolicyModel
package import Trajectories

/// What every rank of a run reads before it works: the same on all of them.
package struct RunInputs: Sendable {
    package let configuration: RunConfiguration
    package let model: PolicyModel.ModelConfiguration
    package let prompts: PolicyPrompts
    package let sampler: TrajectorySampler
    package let train: any ProblemSource
    package let validation: (any ProblemSource)?

    package init(_ configuration: RunConfiguration) throws {
        self.configuration = configuration
        let folder = URL(filePath: configuration.model.policy)
        model = try PolicyModel.ModelConfiguration(location: folder)
        let processor = try MultimodalProcessor(contentsOf: folder)
        try ModelAgreement.check(processor, model, at: folder.path)
        prompts = PolicyPrompts(
            processor: processor, systemPrompt: configuration.data.systemPrompt, template: configuration.data.promptTemplate)
        sampler = configuration.sampler(processor: processor, model: model)
        train = try ProblemSources.open(configuration.data.train)
        validation = try configuration.data.validation.map { try ProblemSources.open($0) }
    }

    /// The policy's model folder.
    package var policyFolder: URL { URL(filePath: configuration.model.policy) }

    /// The data that groups of a purpose draw from.
    package func source(for purpose: Purpose) throws -> any ProblemSource {
        guard purpose != .train else { return train }
        guard let validation else { throw ClusterError("data.validation is not set") }
        return validation
    }

    /// The problem and prompt of a group.
    package func prompt(_ assignment: GroupAssignment) throws -> PolicyPrompt {
        try prompts.encode(try source(for: assignment.group.purpose).problem(at: assignment.problemIndex))
    }
}
