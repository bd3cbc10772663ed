package import ActorRuntime
package import Tasks
package import Distributed
import LinearAlgebra
package import Trajectories

/// Looks at pictures of the data sets for the controller, on any rank: the work before the first step is shared.
package distributed actor PictureChecker {
    package typealias ActorSystem = ClusterActorSystem

    private let inputs: RunInputs

    init(actorSystem: ClusterActorSystem, inputs: RunInputs) {
        self.actorSystem = actorSystem
        self.inputs = inputs
    }

    /// What `count` pictures from `first` on are here, of the data set that groups of a purpose draw from.
    ///
    /// - Parameters:
    ///   - decodes: whether they are decoded too.
    ///   - data: the digest of the asker's metadata.
    /// - Throws: ``ClusterError`` if this rank reads other metadata.
    package distributed func sights(
        _ purpose: Purpose, first: Int, count: Int, decodes: Bool, data: String
    ) async throws -> [PictureSight] {
        guard let check = try inputs.pictureCheck(for: purpose), check.folder.digest == data, first >= 0, count >= 0,
            first + count <= check.count
        else {
            throw ClusterError("this rank reads another data set than the controller's: is data.*.path the same folder on all machines?")
        }
        return try await ComputeThreads.run { check.sights(in: first..<first + count, decodes: decodes) }
    }
}
