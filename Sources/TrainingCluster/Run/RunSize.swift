import Tasks
package import Configuration
import ConfigurationReading
package import Footprints
import Foundation
import PolicyModel
import Trajectories

/// How large a run is, from its configuration, the models' `config.json` and, where they can be read, its first prompts: nothing is loaded.
package struct RunSize: Sendable {
    package let footprint: RunFootprint
    package let policy: ModelFootprint
    package let judges: [HostedJudge]
    package let prompt: PromptSize
    /// Why the prompts' size is the configuration's limit and not the data's: what a run would end by; nil if prompts were read.
    package let promptFault: (any Error)?

    /// Prompts that are looked at.
    private static let sampleCount = 64

    /// - Parameter inputs: nil lets them be opened here, if they can be.
    /// - Throws: errors naming a model's file that can't be used.
    package init(_ configuration: RunConfiguration, inputs: RunInputs? = nil) throws {
        let model = try PolicyModel.ModelConfiguration(location: URL(filePath: configuration.model.policy))
        let limit = PromptSize.limit(configuration.rollout, model)
        do {
            prompt = try Self.longestPrompt(try inputs ?? RunInputs(configuration), limit: limit)
            promptFault = nil
        } catch {
            prompt = limit
            promptFault = error
        }
        policy = ModelFootprint(model)
        judges = try configuration.judge.chain.compactMap { pool in
            guard pool.kind == .model, let location = pool.model else { return nil }
            let model = ModelFootprint(try PolicyModel.ModelConfiguration(location: URL(filePath: location)))
            return HostedJudge(model: model, storage: pool.weights.storage)
        }
        footprint = RunFootprint(configuration: configuration, policy: model, judges: judges, prompt: prompt)
    }

    /// The longest of the first training prompts that are not passed over for their length.
    private static func longestPrompt(_ inputs: RunInputs, limit: PromptSize) throws -> PromptSize {
        var (tokens, patches) = (1, 0)
        for index in 0..<min(sampleCount, inputs.train.count) {
            let prompt: PolicyPrompt
            do {
                prompt = try inputs.prompts.encode(try inputs.train.problem(at: index), of: inputs.train)
            } catch let error where UnreadablePicture.isCause(of: error) {
                continue
            }
            guard prompt.tokens.count <= limit.tokens else { continue }
            tokens = max(tokens, prompt.tokens.count)
            patches = max(patches, prompt.images.reduce(0) { $0 + $1.patchCount })
        }
        return PromptSize(tokens: tokens, patches: patches)
    }
}
