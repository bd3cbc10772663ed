import Tasks
import Multimodal

/// Problems that can't be shown for a picture of theirs, in place of problems that are wrong in another way.
///
/// The controller decides whether a problem is dropped, when it draws it; where another rank can't read what the controller could, because it is on
/// another machine or the file is gone since, it asks the controller for the picture (``LostPicture``).
package enum UnreadablePicture {
    /// Whether an error of making a problem or its prompt means that a picture can't be read, decoded or processed.
    package static func isCause(of error: any Error) -> Bool { (error as? DatasetError)?.code == .picture || error is ImageError }
}
