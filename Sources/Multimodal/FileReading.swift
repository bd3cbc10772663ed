import Files
import Foundation

/// The bytes of a regular file of at most `byteLimit` bytes.
///
/// - Throws: ``MultimodalError`` naming the path if the file is missing, unreadable or longer.
func readFile(at url: URL, byteLimit: Int) throws(MultimodalError) -> [UInt8] {
    do {
        let data = try InputFile.read(url.path, upTo: byteLimit + 1)
        guard data.count <= byteLimit else {
            throw MultimodalError(.tooLarge, "\(url.path) is longer than \(byteLimit) bytes")
        }
        return [UInt8](data)
    } catch let error as MultimodalError {
        throw error
    } catch {
        throw MultimodalError(.unreadable, "\(url.path) can't be read: \(FileFailure.words(of: error))")
    }
}
