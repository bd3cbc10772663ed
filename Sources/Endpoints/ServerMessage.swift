import Foundation

/// What a server says of a failure, fit for one line of a message.
enum ServerMessage {
    private struct Wire: Decodable {
        struct Detail: Decodable { let message: String? }
        let error: Detail?
        let message: String?
    }

    /// The message inside an error body, or the start of the body; printable, without the key, at most 200 characters.
    static func text(of body: Data, key: EndpointKey?) -> String {
        let wire = try? JSONDecoder().decode(Wire.self, from: body)
        let said = wire?.error?.message ?? wire?.message ?? String(decoding: body.prefix(4096), as: UTF8.self)
        // Before anything is cut off, so that no half of a key is left.
        let text = key?.redacted(said) ?? said
        let printable = text.unicodeScalars.prefix(800).map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: " "
            default: scalar
            }
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: printable)
        return String(String(view).split(separator: " ").joined(separator: " ").prefix(200))
    }
}
