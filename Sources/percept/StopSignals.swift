import Dispatch
import Glibc
import Telemetry
import TrainingCluster

/// The signals by which people, terminals, batch systems and mpirun (which forwards SIGUSR1 and SIGUSR2 to its ranks) ask a run to finish its
/// step, write a checkpoint and end.
///
/// Only rank 0 heeds the request; the others ignore the signals and are dismissed by it. A second one ends the process at once, but for SIGUSR1
/// and SIGUSR2, which batch systems repeat.
final class StopSignals {
    private let sources: [any DispatchSourceSignal]

    init(_ stop: StopRequest, log: Log) {
        let queue = DispatchQueue(label: "percept.signals")
        sources = Self.numbers().map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if stop.isRequested, ![SIGUSR1, SIGUSR2].contains(number) { _exit(128 + number) }
                stop.request()
                // The others are dismissed by the first rank.
                if (JobPlace.current?.rank ?? 0) == 0 { log.notice("stopping after this step", ["signal": number]) }
            }
            source.resume()
            return source
        }
    }

    /// All of them, but for a SIGHUP that is ignored already: `nohup` lets a run outlive its terminal.
    static func numbers() -> [Int32] {
        var hangup = sigaction()
        let isIgnored = sigaction(SIGHUP, nil, &hangup) == 0 && unsafeBitCast(hangup.__sigaction_handler.sa_handler, to: Int.self) == 1
        return [SIGUSR1, SIGUSR2, SIGTERM, SIGINT, SIGQUIT] + (isIgnored ? [] : [SIGHUP])
    }

    func cancel() { for source in sources { source.cancel() } }
}
