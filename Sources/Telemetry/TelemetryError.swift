/// What can go wrong with the records of a run.
package enum TelemetryError: Error, CustomStringConvertible, Hashable {
    /// A system call on a file failed.
    case file(path: String, operation: String, reason: String)
    /// A line, counted from 1, is not what its file should hold.
    case line(path: String, number: Int, reason: String)
    /// A value that can't be written as one record.
    case record(reason: String)

    package var description: String {
        switch self {
        case .file(let path, let operation, let reason): "can't \(operation) \(path): \(reason)"
        case .line(let path, let number, let reason): "\(path), line \(number): \(reason)"
        case .record(let reason): "can't write the record: \(reason)"
        }
    }
}
