import CMPI
import Glibc

/// mpirun as a child of this process.
package enum JobProcess {
    /// Starts a program in a session of its own, without input and with default signals. When the calling thread, or its process, ends however it
    /// may, the program gets a SIGTERM.
    ///
    /// - Parameters:
    ///   - words: The program, looked for in `PATH`, and its arguments.
    ///   - environment: All its variables.
    ///   - inherited: A descriptor that the program keeps open as long as it lives.
    ///   - errors: What becomes its standard error; nil leaves it this process's.
    /// - Returns: Its process.
    /// - Throws: ``StartFailure`` if it can't be started.
    package static func start(
        _ words: [String], environment: [String: String], inherited: Int32? = nil, errors: Int32? = nil
    ) throws(StartFailure) -> Int32 {
        let arguments = words.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var child: pid_t = 0
        let code = cmpi_start_job(arguments, variables, inherited ?? -1, errors ?? -1, &child)
        guard code == 0 else { throw StartFailure(reason: String(cString: strerror(code))) }
        return child
    }

    /// Why a program can't be started.
    package struct StartFailure: Error {
        /// The system's words.
        package let reason: String
    }
}
