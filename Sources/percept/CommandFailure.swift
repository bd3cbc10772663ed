import ActorRuntime
import ArgumentParser
import Checkpointing
import Files
import Foundation
import MessagePassing
import Telemetry
import TrainingCluster

/// Something that a command finds wrong with what it was given.
struct CommandFailure: Error, CustomStringConvertible {
    /// What was wrong, where, and what to do.
    let description: String

    init(_ description: String) { self.description = description }

    /// The exit code of every failure that has a message.
    static let exitCode: Int32 = 2

    /// Ends the process: help and version on standard output with exit code 0; an `ExitCode` as it is, silently; anything else as one
    /// message with exit code 2 or, for a loss, 1. A rank leaves its message to its launcher, which says it once; ranks without one, which fail
    /// alike before they meet, let one of a host speak first.
    static func end(_ error: any Error) async -> Never {
        if Percept.exitCode(for: error).isSuccess {
            StandardOutput.print(Percept.fullMessage(for: error))
            finish()
        }
        if let code = error as? ExitCode { leave(code.rawValue) }
        let code = code(of: error)
        if RankWords.leave(message(of: error), code: code) { leave(code) }
        if JobPlace.isSpokesman {
            tell(error)
        } else {
            // mpirun ends the whole job when the first rank fails: not before its message is out, nor for what it has said.
            try? await Task.sleep(for: .milliseconds(500))
            if let rank = JobPlace.current?.rank { tell(error, place: "rank \(rank) on \(ProcessInfo.processInfo.hostName): ") }
        }
        // A launcher on another host sees no process of this one end.
        RankWords.leave(code: code)
        leave(code)
    }

    /// Ends a command that has done its work: with exit code 0 or, if its result could not be written, with a message and 1.
    static func finish() -> Never {
        if let number = StandardOutput.failureNumber {
            Console.standardError.say("Error: can't write to standard output: \(FileFailure.systemWords(number))")
            leave(1)
        }
        leave(0)
    }

    /// Ends the process at once: other ranks of it may still compute, and exit handlers would take what they use from under them.
    private static func leave(_ code: Int32) -> Never {
        fflush(nil)
        _exit(code)
    }

    /// Writes the error's message to standard error, at once and whole.
    ///
    /// - Parameter place: stands before the message, such as "rank 3: ".
    static func tell(_ error: any Error, place: String = "") {
        Console.standardError.say(place + message(of: error))
    }

    /// 1 where something was lost on the way, so that another attempt may succeed; 2 for everything else that has a message.
    static func code(of error: any Error) -> Int32 {
        let isLoss =
            switch error {
            case let error as ClusterError: error.isInterruption
            case let error as TransportError: error.code != .mixedCluster
            case let error as CheckpointError: error.code == .leaseLost
            case is RemoteFailure, is MPIError, is CancellationError: true
            default: false
            }
        return isLoss ? 1 : exitCode
    }

    /// The parser's message with its usage line, or our errors' own words, which are ready to print.
    static func message(of error: any Error) -> String {
        if Percept.exitCode(for: error) == .validationFailure { return Percept.fullMessage(for: error) }
        // Foundation's errors describe themselves for debuggers; people get the file and the reason.
        return "Error: \(FileFailure.message(of: error))"
    }
}
