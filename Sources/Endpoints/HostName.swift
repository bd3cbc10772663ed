import Foundation
import Glibc

/// Asks the system's resolver about host names.
package enum HostName {
    /// What the resolver knows of a name.
    package enum Answer: Hashable, Sendable {
        case known
        /// There is no such name.
        case unknown
        /// The resolver gives no answer now.
        case undecided
    }

    /// Looks a name up, on a thread of its own: the resolver may wait for servers.
    package static func lookUp(_ name: String) async -> Answer {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: answer(to: name)) }
        }
    }

    private static func answer(to name: String) -> Answer {
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, nil, nil, &found)
        freeaddrinfo(found)
        return switch code {
        case 0: .known
        // -5 is EAI_NODATA, a name without addresses, which Glibc shows to GNU sources only.
        case EAI_NONAME, -5: .unknown
        default: .undecided
        }
    }
}
