/// Something that is found out about an endpoint while it is asked, and that people should hear of.
package enum EndpointNotice: Sendable {
    /// A server refused a request and took it otherwise: so it is asked from now on.
    ///
    /// - Parameters:
    ///   - change: what is done, such as "no temperature 0.0".
    ///   - reason: what the server said, shortened and without the key.
    case adapted(host: String, change: String, reason: String)
    /// A well-formed reply that its reader could not use.
    ///
    /// - Parameters:
    ///   - count: which one it is, from 1.
    ///   - reason: what is wrong with it.
    ///   - reply: all of it, or its beginning and end, without the key; otherwise as the model wrote it.
    case unreadable(host: String, count: Int, reason: String, reply: String)
}
