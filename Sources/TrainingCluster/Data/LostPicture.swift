import Multimodal
import Trajectories

/// A rank can't read a picture of a group that the controller planned, and so could read.
struct LostPicture: Error, CustomStringConvertible {
    let group: GroupID
    let reason: String

    var description: String { "\(group): \(reason)" }

    /// Runs work that reads pictures. Where one is lost, all of its group come from the controller, and the work begins again.
    ///
    /// - Parameters:
    ///   - fetch: asks the controller for a group's pictures.
    ///   - body: the work, given the pictures that were fetched so far; throws ``LostPicture``.
    static func recovering<Result: Sendable>(
        _ fetch: @Sendable (GroupID) async throws -> [PictureMessage],
        _ body: @escaping @Sendable (_ fetched: [GroupID: [RGBImage]]) async throws -> Result
    ) async throws -> Result {
        var fetched: [GroupID: [RGBImage]] = [:]
        while true {
            do {
                return try await body(fetched)
            } catch let lost as LostPicture where fetched[lost.group] == nil {
                fetched[lost.group] = try await fetch(lost.group).map { try RGBImage(decoding: $0.png) }
            }
        }
    }
}

/// A picture on its way to another rank: the same pixels, without loss.
package struct PictureMessage: Codable, Sendable {
    let png: [UInt8]

    init(_ image: RGBImage) throws { png = try image.pngEncoded() }
}
