package import ActorRuntime
package import Datasets
package import Distributed
import LinearAlgebra
package import Trajectories

/// Checks pictures of the data sets for the controller, on any rank: the work before the first step is shared.
package distributed actor PictureChecker {
    package typealias ActorSystem = ClusterActorSystem

    private let inputs: RunInputs

    init(actorSystem: ClusterActorSystem, inputs: RunInputs) {
        self.actorSystem = actorSystem
        self.inputs = inputs
    }

    /// What is wrong with `count` pictures from `first` on, of the data set that groups of a purpose draw from.
    ///
    /// - Parameter data: the digest of the asker's metadata.
    /// - Throws: ``ClusterError`` if this rank reads other metadata.
    package distributed func faults(_ purpose: Purpose, first: Int, count: Int, data: String) async throws -> [PictureFault] {
        guard let check = try inputs.pictureCheck(for: purpose), check.folder.digest == data, first >= 0, count >= 0,
            first + count <= check.count
        else {
            throw ClusterError("this rank reads another data set than the controller's: is data.*.path the same folder on all machines?")
        }
        return try await ComputeThreads.run { check.faults(in: first..<first + count) }
    }
}
