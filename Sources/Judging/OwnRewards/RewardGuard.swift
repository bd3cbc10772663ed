import CPrograms
import Foundation
import Glibc

/// The process between a rank and a program of a user's own: it starts the program in a process group of its own, and kills it with all that it has
/// started once the program has ended or the rank is gone, however either came about.
package enum RewardGuard {
    /// The word behind which this program is a guard.
    private static let word = "guard-reward"
    /// What a program finds in its environment beside what its configuration names.
    package static let variables = ["PATH", "HOME", "LANG"]

    /// Becomes a guard, where the arguments say so, and never returns then.
    ///
    /// - Parameter arguments: the process's: program, word, names of variables, words of the program.
    package static func runIfAsked(_ arguments: [String] = CommandLine.arguments) {
        guard arguments.count >= 4, arguments[1] == word else { return }
        let names = variables + arguments[2].split(separator: ",").map(String.init)
        let environment = ProcessInfo.processInfo.environment
        let pairs = Set(names).sorted().compactMap { name in environment[name].map { "\(name)=\($0)" } }
        let words = arguments[3...].map { strdup($0) } + [nil]
        let variables = pairs.map { strdup($0) } + [nil]
        programs_guard(words, variables)
    }

    /// The program that is a guard: `percept`, this process's own or the one beside it.
    static var program: String {
        let own = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let name = "percept"
        return own.lastPathComponent.hasPrefix(name) && !own.lastPathComponent.hasSuffix(".xctest")
            ? "/proc/self/exe" : own.deletingLastPathComponent().appending(path: name).path
    }

    /// Starts a guard with its program.
    ///
    /// - Returns: its process, and the ends of its pipes.
    /// - Throws: ``StartFailure``.
    static func start(_ command: [String], variables: [String]) throws(StartFailure) -> (process: pid_t, pipes: program_pipes) {
        var environment = ProcessInfo.processInfo.environment
        // It computes nothing.
        environment["OPENBLAS_NUM_THREADS"] = "1"
        let words = [program, word, variables.joined(separator: ",")] + command
        let arguments = words.map { strdup($0) } + [nil]
        let pairs = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + pairs { free(text) } }
        var (pipes, process) = (program_pipes(), pid_t())
        let code = programs_start(program, arguments, pairs, &pipes, &process)
        guard code == 0 else { throw StartFailure(reason: String(cString: strerror(code))) }
        return (process, pipes)
    }

    /// Why a guard can't be started.
    struct StartFailure: Error {
        let reason: String
    }
}
