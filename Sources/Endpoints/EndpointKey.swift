import Foundation

/// The key of an endpoint. It shows itself to nobody: printing, dumping or describing it says where it came from.
struct EndpointKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let variable: String
    private let text: String

    /// - Throws: ``EndpointError`` of kind `key` if the variable is unset or can't stand in a header.
    init(variable: String, environment: [String: String]) throws(EndpointError) {
        self.variable = variable
        text = (environment[variable] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else {
            throw EndpointError(
                .key, "the environment variable \(variable) is not set: put the endpoint's key into it (export \(variable)=…)")
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw EndpointError(.key, "the environment variable \(variable) holds spaces or characters that no key has: set it again")
        }
    }

    /// The value of the `Authorization` header.
    var authorization: String { "Bearer \(text)" }

    /// `message` without the key, should a server repeat it.
    func redacted(_ message: String) -> String { message.replacingOccurrences(of: text, with: "[key]") }

    var description: String { "the key in \(variable)" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}

extension ChatEndpoint {
    /// Says what is wrong with the key of an endpoint, before anything else is done; nil if nothing is.
    ///
    /// - Parameters:
    ///   - variable: The environment variable that is to hold the key.
    ///   - environment: Where to look.
    package static func keyFault(
        variable: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String? {
        do throws(EndpointError) {
            _ = try EndpointKey(variable: variable, environment: environment)
            return nil
        } catch {
            return error.description
        }
    }
}
