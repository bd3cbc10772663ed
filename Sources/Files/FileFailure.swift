import Foundation

/// A file operation that failed: on which file, what was tried, and the operating system's reason. Its words never stand alone.
package struct FileFailure: Error, CustomStringConvertible, Sendable {
    /// The file or folder, as it was named.
    package let path: String
    /// `can't write /runs/a/run.json: Read-only file system`.
    package let description: String
    /// `Read-only file system`: for a sentence that names the file.
    package let reason: String

    /// - Parameters:
    ///   - operation: what was tried, such as "write" or "create the folder".
    ///   - path: the file or folder.
    ///   - error: what the operation threw.
    package init(_ operation: String, _ path: String, _ error: any Error) {
        self.path = path
        reason = Self.words(of: error)
        description = "can't \(operation) \(path): \(reason)"
    }

    /// Runs a file operation so that its failure names the file.
    ///
    /// - Throws: ``FileFailure``; one that `body` throws goes on as it is.
    package static func naming<Result>(
        _ operation: String, _ path: String, _ body: () throws -> Result
    ) throws(FileFailure) -> Result {
        do {
            return try body()
        } catch let failure as FileFailure {
            throw failure
        } catch {
            throw FileFailure(operation, path, error)
        }
    }

    /// The reason in an error of Foundation's or of the system: short, without a path, for a sentence that names the file. Other errors describe
    /// themselves.
    package static func words(of error: any Error) -> String {
        if let error = error as? FileFailure { return error.reason }
        if let error = error as? POSIXError { return systemWords(error.code.rawValue) }
        if let error = error as? DecodingError { return words(of: error) }
        guard let error = error as? CocoaError else { return "\(error)" }
        if let cause = error.underlying as? POSIXError { return systemWords(cause.code.rawValue) }
        let text = error.localizedDescription
        let preamble = "The operation could not be completed. "
        return text.hasPrefix(preamble) ? String(text.dropFirst(preamble.count)) : text
    }

    private static func words(of error: DecodingError) -> String {
        func text(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
            let path = (context.codingPath + [key].compactMap(\.self)).map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }
                .joined()
            return (path.isEmpty ? "" : "\(path.drop { $0 == "." }): ") + context.debugDescription
        }
        return switch error {
        case .keyNotFound(let key, let context): text(context, key)
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): text(context)
        @unknown default: "\(error)"
        }
    }

    /// An error for people: Foundation's with the file that it names and without what is meant for debuggers, others as they describe themselves.
    package static func message(of error: any Error) -> String {
        let path = (error as? CocoaError).flatMap { $0.filePath ?? $0.url?.path }
        return path.map { "\($0): \(words(of: error))" } ?? ((error as? FileFailure)?.description ?? words(of: error))
    }

    /// What the system says of an error number.
    package static func systemWords(_ number: Int32) -> String { strerror(number).map { String(cString: $0) } ?? "error \(number)" }
}
