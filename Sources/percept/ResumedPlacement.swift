import Configuration
import ConfigurationReading
import Foundation

/// The placement of a run that is continued: its own, as its folder records it, where the command line names none.
///
/// A file that a run began with may say another one: the run began with `--placement`, or the file was edited since. Neither is chosen in
/// silence. Where ranks stand already, one that has a place for each wins.
struct ResumedPlacement {
    /// The value of `--placement` that stands for it.
    let text: String
    /// What was chosen, in place of what, and how to choose otherwise.
    let note: String

    /// - Parameters:
    ///   - folder: the run's.
    ///   - overrides: what the command line says; roles that it names are as it says.
    ///   - given: the placement of the configuration with these overrides.
    ///   - rankCount: the ranks that stand already; nil where as many will be started as it takes.
    /// - Returns: nil where nothing is to be said: the folder records the same placement, or none.
    /// - Throws: `ConfigurationError` for a record that is damaged.
    init?(folder: String, overrides: [ConfigurationOverride], given: PlacementConfiguration, rankCount: Int?) throws {
        guard case .training(let record)? = try RunFolder(path: folder).configuration() else { return nil }
        let named = Set(overrides.map(\.path))
        guard !named.contains("placement") else { return nil }
        var own = record.value.placement
        if named.contains("placement.learner") { own.learner = given.learner }
        if named.contains("placement.rollout") { own.rollout = given.rollout }
        if named.contains("placement.judge") { own.judge = given.judge }
        guard own != given else { return nil }
        let fits = rankCount.map { $0 == given.rankCount && $0 != own.rankCount } ?? false
        text = fits ? given.text : own.text
        note =
            fits
            ? "placement \(given.text) of the configuration, which the \(given.rankCount) ranks fit; the run in \(folder) had \(own.text)"
            : "placement \(own.text), as the run in \(folder) had it; the configuration says \(given.text): --placement chooses"
    }
}

extension PlacementConfiguration {
    /// As `--placement` takes it.
    var text: String { "learner=\(learner),rollout=\(rollout),judge=\(judge)" }
}
